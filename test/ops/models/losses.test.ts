import { beforeAll, describe, expect, it } from 'vitest';
import { load, type Executable } from '../../../ops/backend/index.ts';
import { gradients, Program, type Graph, type HostTensor, type Value } from '../../../ops/graph/index.ts';
import { VisionEncoder } from '../../../ops/generate/features.ts';
import { featureCount, featureDepth, imageEmbedding, textEmbedding } from '../../../ops/models/clip.ts';
import { contrastiveLoss, instructLoss, textLoss } from '../../../ops/models/losses.ts';
import { parameters } from '../../../ops/models/parameters.ts';
import { imageSlots } from '../../../ops/models/slots.ts';
import { weightsOf } from '../../../ops/models/weights.ts';
import { normal } from '../../../ops/train/rng.ts';
import { openTensorFlow } from '../tensorflow.ts';
import { tinyModel, tinyWeights } from './tiny.ts';

const binding = openTensorFlow();
const weights = tinyWeights(2);
const i32 = (shape: number[], data: readonly number[]): HostTensor => ({
  dtype: 'i32',
  shape,
  data: Int32Array.from(data),
});
const pixels = (count: number) => normal(1, 'pixels', [count, 3, 8, 8]);

/** Runs functions with the tiny model's weights, operation by operation. */
function open(functions: Record<string, (g: Graph) => Record<string, Value>>): Executable {
  const program = new Program();
  for (const [name, build] of Object.entries(functions)) program.define(name, build);
  const executable = load(binding!, program, 'eager');
  executable.write(new Map([...weights].filter(([name]) => program.variables.has(name))));
  return executable;
}

const ids = [
  [1, 3, 3, 3, 3, 10, 11, 12, 2],
  [1, 20, 21, 22, 2, 0, 0, 0, 0],
];
const labels = [
  [-100, -100, -100, -100, -100, -100, 11, 12, 2],
  [-100, -100, 21, 22, 2, -100, -100, -100, -100],
];
const slots = (rows: readonly number[][], images: readonly number[]) =>
  i32([rows.length, 9], [...imageSlots(Int32Array.from(rows.flat()), 9, 3, 4, images)]);

describe.skipIf(!binding)('instructLoss', () => {
  let mixed: Record<string, HostTensor>;
  const shape = { batch: 2, length: 9, images: 1, cached: false };
  beforeAll(() => {
    const executable = open({ loss: (g) => ({ ...instructLoss(g, tinyModel, shape) }) });
    mixed = executable.run('loss', {
      input_ids: i32([2, 9], ids.flat()),
      labels: i32([2, 9], labels.flat()),
      image_slots: slots(ids, [0, -1]),
      pixel_values: pixels(1),
    });
    executable.dispose();
  });

  it('of rows with and without a picture is the sum of the rows’ own losses', () => {
    const executable = open({
      picture: (g) => ({ ...instructLoss(g, tinyModel, { ...shape, batch: 1 }) }),
      text: (g) => ({ ...instructLoss(g, tinyModel, { batch: 1, length: 5, images: 0, cached: false }) }),
    });
    const picture = executable.run('picture', {
      input_ids: i32([1, 9], ids[0]!),
      labels: i32([1, 9], labels[0]!),
      image_slots: slots([ids[0]!], [0]),
      pixel_values: pixels(1),
    });
    // The second row without its padding.
    const text = executable.run('text', {
      input_ids: i32([1, 5], ids[1]!.slice(0, 5)),
      labels: i32([1, 5], labels[1]!.slice(0, 5)),
    });
    executable.dispose();
    expect(mixed.count!.data[0]).toBe(6);
    expect(picture.loss!.data[0]! + text.loss!.data[0]!).toBeCloseTo(mixed.loss!.data[0]!, 4);
    expect(text.loss!.data[0]!).toBeGreaterThan(3);
  });

  it('is the same with features that were computed before', () => {
    const encoder = new VisionEncoder(binding!, tinyModel, weights, { batch: 3, executor: 'eager' });
    const features = encoder.encode(pixels(1).data as Float32Array);
    expect(features.length).toBe(encoder.featureSize);
    const two = encoder.encode(pixels(2).data as Float32Array);
    expect(two.slice(0, features.length)).toEqual(features);
    encoder.dispose();
    const executable = open({ loss: (g) => ({ ...instructLoss(g, tinyModel, { ...shape, cached: true }) }) });
    const cached = executable.run('loss', {
      input_ids: i32([2, 9], ids.flat()),
      labels: i32([2, 9], labels.flat()),
      image_slots: slots(ids, [0, -1]),
      image_features: { dtype: 'f32', shape: [1, 4, 16], data: features },
    });
    executable.dispose();
    expect(cached.loss!.data[0]).toBeCloseTo(mixed.loss!.data[0]!, 5);
  });

  it('does not compute layers of the vision tower above the features', () => {
    const program = new Program();
    program.define('loss', (g) => ({ ...instructLoss(g, tinyModel, shape) }));
    const read = [...program.variables.keys()];
    expect(read.filter((name) => name.startsWith('vision.layers.1.'))).not.toEqual([]);
    expect(read.filter((name) => /vision\.layers\.2\.|post_layernorm/.test(name))).toEqual([]);
  });

  it('builds no gradient through frozen parts', () => {
    const count = (trained: RegExp) => {
      const program = new Program();
      program.define('step', (g) => {
        const wanted = parameters(tinyModel).filter(({ name }) => trained.test(name));
        const { loss } = instructLoss(g, tinyModel, shape);
        gradients(g, loss, wanted.map((p) => g.variable(p.name, p.shape))); // prettier-ignore
        return { loss };
      });
      return program.functions.get('step')!.graph.nodes.length;
    };
    const [head, projector, all] = [
      count(/lm_head/),
      count(/^projector/),
      count(/^(vision\.(?!layers\.2|post)|projector|language)/),
    ];
    expect(head).toBeLessThan(projector);
    expect(projector).toBeLessThan(all);
  });
});

describe.skipIf(!binding)('textLoss', () => {
  it('predicts each token from those before it only', () => {
    const executable = open({ loss: (g) => ({ ...textLoss(g, tinyModel, { batch: 1, length: 6 }) }) });
    const lossOf = (tokens: number[], supervised: number[]) =>
      executable.run('loss', { input_ids: i32([1, 6], tokens), labels: i32([1, 6], supervised) });
    const third = [-100, -100, 7, -100, -100, -100];
    const one = lossOf([1, 5, 7, 8, 9, 2], third);
    const two = lossOf([1, 5, 7, 30, 31, 32], third);
    const three = lossOf([1, 6, 7, 8, 9, 2], third);
    executable.dispose();
    expect(one.count!.data[0]).toBe(1);
    expect(two.loss!.data).toEqual(one.loss!.data);
    expect(three.loss!.data[0]).not.toBe(one.loss!.data[0]);
  });
});

describe.skipIf(!binding)('contrastiveLoss', () => {
  const captions = i32([3, 5], [1, 9, 2, 0, 0, 1, 8, 7, 6, 2, 1, 5, 4, 2, 0]);
  const lengths = i32([3], [3, 5, 4]);
  const feeds = { pixel_values: pixels(3), input_ids: captions, lengths };

  it('is the mean of both cross entropies over the similarities of unit vectors', () => {
    const { vision, contrast } = tinyModel;
    const executable = open({
      loss: (g) => ({ ...contrastiveLoss(g, tinyModel, { batch: 3, length: 5 }) }),
      embed: (g) => ({
        images: imageEmbedding(weightsOf(g, tinyModel), vision!, g.input('pixel_values', [3, 3, 8, 8])),
        texts: textEmbedding(
          weightsOf(g, tinyModel),
          contrast!,
          g.input('input_ids', [3, 5], 'i32'),
          g.input('lengths', [3], 'i32'),
        ),
      }),
    });
    const { loss, count } = executable.run('loss', feeds);
    const { images, texts } = executable.run('embed', feeds);
    const scale = Math.exp(weights.get('contrast.logit_scale')!.data[0]!);
    const rows = (t: HostTensor) => [0, 1, 2].map((i) => [...t.data.slice(i * 8, (i + 1) * 8)]);
    const dot = (a: number[], b: number[]) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
    const logits = rows(images!).map((a) =>
      rows(texts!).map((b) => (scale * dot(a, b)) / Math.hypot(...a) / Math.hypot(...b)),
    );
    const entropy = (row: number[], i: number) => Math.log(row.reduce((sum, x) => sum + Math.exp(x - row[i]!), 0));
    const columns = [0, 1, 2].map((j) => logits.map((row) => row[j]!));
    const wanted = [0, 1, 2].reduce((sum, i) => sum + (entropy(logits[i]!, i) + entropy(columns[i]!, i)) / 2, 0);
    expect(loss!.data[0]).toBeCloseTo(wanted, 4);
    expect(count!.data[0]).toBe(3);
    // Padding after the end token changes nothing.
    const padded = { ...feeds, input_ids: i32([3, 5], [1, 9, 2, 33, 34, 1, 8, 7, 6, 2, 1, 5, 4, 2, 35]) };
    expect(executable.run('loss', padded).loss!.data).toEqual(loss!.data);
    executable.dispose();
  });

  it('uses no scale above 100, and lets one that is above come down', () => {
    const executable = open({
      loss: (g) => {
        const { loss } = contrastiveLoss(g, tinyModel, { batch: 3, length: 5 });
        return { loss, d: gradients(g, loss, [g.variable('contrast.logit_scale', [])])[0]! };
      },
    });
    const at = (scale: number) => {
      executable.write(
        new Map([['contrast.logit_scale', { dtype: 'f32' as const, shape: [], data: Float32Array.of(scale) }]]),
      );
      return executable.run('loss', feeds);
    };
    const [limit, above] = [at(Math.log(100)), at(Math.log(100) + 2)];
    expect(above.loss!.data[0]).toBeCloseTo(limit.loss!.data[0]!, 3);
    expect(Math.abs(above.d!.data[0]!)).toBeGreaterThan(1e-3);
    expect(at(2).loss!.data[0]).not.toBeCloseTo(limit.loss!.data[0]!, 2);
    executable.dispose();
  });
});

describe('picture features', () => {
  const vision = tinyModel.vision!;

  it('are counted with and without the class token', () => {
    expect(featureCount(vision)).toBe(4);
    expect(featureCount({ ...vision, featureSelect: 'patches_and_class' })).toBe(5);
  });

  it.each([
    [-1, 3],
    [-2, 2],
    [0, 0],
    [3, 3],
  ])('layer %i is hidden state %i', (featureLayer, depth) => {
    expect(featureDepth({ ...vision, featureLayer })).toBe(depth);
  });

  it('refuses a layer that does not exist', () => {
    expect(() => featureDepth({ ...vision, featureLayer: -5 })).toThrow('feature layer -5 does not exist');
    expect(() => featureDepth({ ...vision, featureLayer: null })).toThrow('reads no picture features');
  });
});
