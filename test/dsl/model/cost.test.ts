import { describe, expect, it } from 'vitest';
import { trainCost, unusedParameters } from '../../../dsl/model/cost.ts';
import type { TrainConfig } from '../../../dsl/plan/types.ts';
import { freeze, llama7b, llava13b, tiny, unfreeze } from './models.ts';

const stage = (changes: Partial<TrainConfig>): TrainConfig => ({
  kind: 'train',
  objective: 'instruct',
  model: llava13b,
  from: [],
  data: [],
  sample: 'concat',
  order: 'reason_first',
  rules: [unfreeze(['projector'], 2e-3)],
  changes: [],
  epochs: 1,
  steps: null,
  batch: 128,
  microBatch: 128,
  length: 2048,
  schedule: { kind: 'cosine', warmup: { fraction: 0.03 } },
  optimizer: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 },
  clip: null,
  checkpoint: { everySteps: 100, keep: 2 },
  precision: 'f32',
  ...changes,
});

const text7b = (changes: Partial<TrainConfig>): TrainConfig =>
  stage({
    objective: 'text',
    model: { ...llava13b, vision: null, projector: null, language: llama7b },
    epochs: null,
    steps: 1,
    batch: 1,
    microBatch: 1,
    ...changes,
  });

describe('FLOPs', () => {
  const headFlops = 2 * 2048 * 4096 * 32000;
  // 2 FLOPs for every weight and token, embeddings apart, and 4·T²·W in each of the 32 layers for attention.
  const weights = 6_738_415_616 - 32000 * 4096 - 65 * 4096;
  const forward = 2 * weights * 2048 + 32 * 4 * 2048 ** 2 * 4096;

  it('forward: two for each weight and token, and attention', () => {
    expect(trainCost(text7b({ rules: [unfreeze(['*'], 1)] }), 0).flops.forward).toBe(forward);
  });

  it('backward: twice that where all is trained', () => {
    expect(trainCost(text7b({ rules: [unfreeze(['*'], 1)] }), 0).flops.backward).toBe(2 * forward);
  });

  it('backward: nothing below the lowest trained parameter', () => {
    const { backward } = trainCost(text7b({ rules: [unfreeze(['language.lm_head'], 1)] }), 0).flops;
    expect(backward).toBe(headFlops);
    const last = trainCost(text7b({ rules: [unfreeze(['language.layers[-1].mlp.down_proj'], 1)] }), 0).flops.backward;
    // The gradient of the head's input, and of the matrix itself.
    expect(last).toBe(headFlops + 2 * 2048 * 4096 * 11008);
  });

  it('backward: gradients pass through frozen layers, but not into their weights', () => {
    const { backward } = trainCost(text7b({ rules: [unfreeze(['language.embed_tokens'], 1)] }), 0).flops;
    const attention = 32 * 4 * 2048 ** 2 * 4096;
    expect(backward).toBe(2 * weights * 2048 + 2 * attention);
  });

  it('a frozen vision tower runs once for each picture, a trained one in every epoch', () => {
    const forwardOf = (epochs: number, rules = [unfreeze(['projector'], 1)]) =>
      trainCost(stage({ model: tiny, length: 8, batch: 4, epochs, rules }), 100).flops.forward;
    const trainedToo = [unfreeze(['projector', 'vision'], 1)];
    expect(forwardOf(1)).toBe(forwardOf(1, trainedToo));
    expect(forwardOf(3, trainedToo)).toBe(3 * forwardOf(1, trainedToo));
    expect(forwardOf(3)).toBeLessThan(forwardOf(3, trainedToo));
    const afterwards = forwardOf(3) - forwardOf(2);
    expect(forwardOf(2) - forwardOf(1)).toBe(afterwards);
  });

  it('change with the phases: each counts its own steps', () => {
    const rules = [unfreeze(['projector'], 1)];
    const more = [unfreeze(['language'], 1)];
    const base = { model: tiny, length: 8, batch: 4, epochs: null, steps: 10 };
    const backward = (config: Partial<TrainConfig>) => trainCost(stage({ ...base, ...config }), 100).flops.backward;
    const few = backward({ rules });
    const many = backward({ rules: [...rules, ...more] });
    expect(backward({ rules, changes: [{ at: { step: 4 }, rules: more }] })).toBeCloseTo(0.4 * few + 0.6 * many);
    expect(backward({ rules, changes: [{ at: { step: 10 }, rules: more }] })).toBe(few);
  });
});

describe('samples and tokens', () => {
  it('are bounded by the longest sequence', () => {
    const { steps, seen, tokens } = trainCost(stage({}), 595_375);
    expect([steps, seen, tokens]).toEqual([4652, 595_375, 595_375 * 2048]);
  });
});

describe('memory', () => {
  it('holds all weights once, and gradient and two moments of what is trained', () => {
    const { memory } = trainCost(stage({}), 595_375);
    expect(memory.weights).toBe(4 * 13_324_292_096);
    expect(memory.gradients).toBe(4 * 5_248_000);
    expect(memory.moments).toBe(8 * 5_248_000);
    expect(memory.total).toBe(memory.weights + memory.gradients + memory.moments + memory.activations);
  });

  it('shrinks with the micro-batch, but not where the contrastive loss needs the batch whole', () => {
    const activations = (config: Partial<TrainConfig>) =>
      trainCost(stage({ model: tiny, length: 8, ...config }), 100).memory.activations;
    expect(activations({ microBatch: 16 })).toBe(activations({ microBatch: 128 }) / 8);
    const contrastive = { objective: 'contrastive' as const, rules: [unfreeze(['vision', 'contrast'], 1)] };
    expect(activations({ ...contrastive, microBatch: 16 })).toBe(activations({ ...contrastive, microBatch: 128 }));
  });

  it('counts what is ever trained, also when only a later phase does', () => {
    const changes = [{ at: { epoch: 1 }, rules: [freeze('projector'), unfreeze(['language.norm'], 1)] }];
    const { memory } = trainCost(stage({ epochs: 2, changes }), 595_375);
    expect(memory.gradients).toBe(4 * (5_248_000 + 5120));
  });
});

describe('parameters that the loss does not depend on', () => {
  const modules = (config: Partial<TrainConfig>) => [
    ...new Set(
      unusedParameters(stage({ model: tiny, ...config })).map((name) => /^\w+(\.layers\.\d+|\.\w+)/.exec(name)![0]),
    ),
  ];
  const featureLayer = (layer: number) => ({
    ...tiny,
    contrast: null,
    vision: { ...tiny.vision!, featureLayer: layer },
  });

  it('are the layers above the one that the projector reads', () => {
    expect(modules({ model: featureLayer(-2) })).toEqual(['vision.layers.2', 'vision.post_layernorm']);
    expect(modules({ model: featureLayer(-1) })).toEqual(['vision.post_layernorm']);
  });

  it('are none of the towers that the contrastive loss compares', () => {
    const unused = unusedParameters(
      stage({ model: { ...tiny, projector: null, language: null }, objective: 'contrastive' }),
    );
    expect(unused).toEqual([]);
  });
});
