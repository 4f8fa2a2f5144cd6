import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parametersOf } from '../../../dsl/model/parameters.ts';
import type { ModelPlan } from '../../../dsl/plan/types.ts';
import { fromHuggingFace, toHuggingFace } from '../../../ops/models/huggingface.ts';
import { initialise } from '../../../ops/models/initialise.ts';
import { parameters } from '../../../ops/models/parameters.ts';
import { imageSlots } from '../../../ops/models/slots.ts';
import { tinyModel } from './tiny.ts';

const shapesOf = (list: readonly { name: string; shape: readonly number[] }[]) =>
  list.map(({ name, shape }) => `${name} [${shape.join(', ')}]`);

describe('parameters', () => {
  it.each([true, false])('are those that the plan counts and freeze rules name (tied: %s)', (tieEmbeddings) => {
    const source = { kind: 'random' } as const;
    const plan: ModelPlan = {
      name: 'tiny',
      vision: { ...tinyModel.vision!, initializerRange: 0.02, source },
      contrast: tinyModel.contrast,
      projector: tinyModel.projector,
      language: {
        ...tinyModel.language!,
        initializerRange: 0.02,
        tieEmbeddings,
        source,
        template: 'short',
        tokenizer: { kind: 'bpe' },
      },
    };
    expect(shapesOf(parameters(plan)).sort()).toEqual(shapesOf(parametersOf(plan)).sort());
  });

  it('of an absent part are absent', () => {
    const names = parameters({ ...tinyModel, vision: null, contrast: null }).map(({ name }) => name);
    expect(new Set(names.map((name) => name.split('.')[0]))).toEqual(new Set(['language']));
  });
});

describe('initialise', () => {
  const weights = initialise(tinyModel, 3);

  it('gives each tensor numbers that depend on the seed and its name alone', () => {
    const alone = initialise({ ...tinyModel, vision: null, contrast: null }, 3, {
      only: (name) => name.includes('gate_proj'),
    });
    expect([...alone.keys()]).toEqual([
      'language.layers.0.mlp.gate_proj.weight',
      'language.layers.1.mlp.gate_proj.weight',
    ]);
    for (const [name, tensor] of alone) expect(tensor).toEqual(weights.get(name));
    const other = initialise(tinyModel, 4).get('language.lm_head.weight')!;
    expect(other.data).not.toEqual(weights.get('language.lm_head.weight')!.data);
    const [first, second] = [...alone.values()];
    expect(first!.data).not.toEqual(second!.data);
  });

  it('starts norms at one, biases at zero, the temperature at 1/0.07, matrices with their deviation', () => {
    expect([...weights.get('language.norm.weight')!.data]).toEqual(Array(24).fill(1));
    expect([...weights.get('projector.linear_1.bias')!.data]).toEqual(Array(24).fill(0));
    expect(Math.exp(weights.get('contrast.logit_scale')!.data[0]!)).toBeCloseTo(1 / 0.07, 4);
    const embedding = weights.get('language.embed_tokens.weight')!.data;
    const deviation = Math.sqrt(embedding.reduce((sum, x) => sum + x * x, 0) / embedding.length);
    expect(deviation).toBeGreaterThan(0.018);
    expect(deviation).toBeLessThan(0.022);
  });
});

describe('Hugging Face names', () => {
  it.each([
    ['model.vision_tower.encoder.layers.3.mlp.fc1.bias', 'vision.layers.3.mlp.fc1.bias'],
    [
      'vision_tower.vision_model.encoder.layers.0.self_attn.out_proj.weight',
      'vision.layers.0.self_attn.out_proj.weight',
    ],
    ['model.vision_tower.vision_tower.vision_model.pre_layrnorm.weight', 'vision.pre_layrnorm.weight'],
    ['vision_tower.vision_model.embeddings.position_ids', null],
    ['multi_modal_projector.linear_2.bias', 'projector.linear_2.bias'],
    ['model.mm_projector.weight', 'projector.linear_1.weight'],
    ['model.mm_projector.2.bias', 'projector.linear_2.bias'],
    ['language_model.model.layers.31.mlp.up_proj.weight', 'language.layers.31.mlp.up_proj.weight'],
    ['language_model.lm_head.weight', 'language.lm_head.weight'],
    ['model.language_model.embed_tokens.weight', 'language.embed_tokens.weight'],
    ['model.layers.0.input_layernorm.weight', 'language.layers.0.input_layernorm.weight'],
    ['model.layers.0.self_attn.rotary_emb.inv_freq', null],
    ['lm_head.weight', 'language.lm_head.weight'],
    ['text_model.encoder.layers.1.layer_norm2.weight', 'contrast.text.layers.1.layer_norm2.weight'],
    ['text_projection.weight', 'contrast.text_projection.weight'],
    ['logit_scale', 'contrast.logit_scale'],
    ['something.else', null],
  ])('%s is read as %s', (stored, name) => {
    expect(fromHuggingFace(stored)).toBe(name);
  });

  it('lead back to the same parameters for every kind of checkpoint', () => {
    for (const checkpoint of ['llava', 'llama', 'clip'] as const) {
      const stored = parameters(tinyModel).flatMap(({ name }) => {
        const key = toHuggingFace(name, checkpoint);
        if (key !== null) expect(fromHuggingFace(key)).toBe(name);
        return key ?? [];
      });
      expect(new Set(stored).size).toBe(stored.length);
    }
    const counts = (['llava', 'llama', 'clip'] as const).map(
      (c) => parameters(tinyModel).filter(({ name }) => toHuggingFace(name, c)).length,
    );
    const sizes = Object.fromEntries(['vision', 'contrast', 'projector', 'language'].map((part) => [part, parameters(tinyModel).filter(({ name }) => name.startsWith(part)).length])); // prettier-ignore
    expect(counts).toEqual([
      sizes.vision! + sizes.projector! + sizes.language!,
      sizes.language!,
      sizes.vision! + sizes.contrast!,
    ]);
  });

  const index = join(
    import.meta.dirname,
    '../../../../shared/data/hf_configs/llava-1.5-7b-hf/model.safetensors.index.json',
  );
  if (!existsSync(index))
    console.warn('skipped: the index of a published LLaVA in ../shared/data/hf_configs is not here');

  it.skipIf(!existsSync(index))('cover every tensor of the published LLaVA-1.5 7B', () => {
    const stored = Object.keys((JSON.parse(readFileSync(index, 'utf8')) as { weight_map: object }).weight_map);
    const seven = {
      vision: { ...tinyModel.vision!, layers: 24 },
      contrast: null,
      projector: tinyModel.projector,
      language: { ...tinyModel.language!, layers: 32 },
    };
    const wanted = parameters(seven).map(({ name }) => name);
    const read = stored.map(fromHuggingFace).filter((name) => name !== null);
    expect(read.sort()).toEqual(wanted.sort());
  });
});

describe('imageSlots', () => {
  it('numbers the image tokens of each row from its picture on', () => {
    const ids = Int32Array.of(1, 9, 9, 5, 6, 7, 8, 0, 9, 9, 2, 0);
    expect([...imageSlots(ids, 4, 9, 2, [1, -1, 0])]).toEqual([-1, 2, 3, -1, -1, -1, -1, -1, 0, 1, -1, -1]);
  });

  it('refuses rows whose image tokens do not match their picture', () => {
    expect(() => imageSlots(Int32Array.of(1, 9, 5), 3, 9, 2, [0])).toThrow('row 0 holds 1 image tokens, 2 are needed');
    expect(() => imageSlots(Int32Array.of(1, 9, 5), 3, 9, 2, [-1])).toThrow('0 are needed (it has no picture)');
  });
});
