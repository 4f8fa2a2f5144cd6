import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { load, type Binding } from '../../ops/backend/index.ts';
import { Program, sizeOf, type HostTensor } from '../../ops/graph/index.ts';
import type { TensorData } from '../../ops/io/safetensors/format.ts';
import { readSafetensors } from '../../ops/io/safetensors/read.ts';
import { writeSafetensors } from '../../ops/io/safetensors/write.ts';
import { featureCount, visionFeatures } from '../../ops/models/clip.ts';
import { required, type ModelConfig, type VisionConfig } from '../../ops/models/config.ts';
import { weightsOf } from '../../ops/models/weights.ts';
import { pixelBatches } from '../data/images.ts';
import { eachOf } from '../store/files.ts';
import { Cancelled, type StageContext } from '../stages/types.ts';
import { floatTensor } from './host.ts';

/** Pictures of one forward pass. */
const BATCH = 64;
/** Larger feature sets are not kept: their pictures go through the vision tower at each step. */
export const CACHED_BYTES = 2 ** 31;
const FILE = 'features.safetensors';
const TENSOR = 'features';

/** Features of many pictures, [pictures, N, W]. */
export class FeatureTable {
  readonly #table: Float32Array;
  readonly #shape: readonly [number, number];

  constructor(table: Float32Array, shape: readonly [number, number]) {
    this.#table = table;
    this.#shape = shape;
  }

  /** Features of the pictures with these numbers, [B, N, W]; −1 gives zeros. */
  batch(indices: Int32Array): HostTensor {
    const [count, width] = this.#shape;
    const each = count * width;
    const data = new Float32Array(indices.length * each);
    indices.forEach((index, row) => {
      if (index >= 0) data.set(this.#table.subarray(index * each, (index + 1) * each), row * each);
    });
    return floatTensor([indices.length, count, width], data);
  }
}

/** Whether the features of so many pictures may be kept in memory and in the store. */
export function cacheable(vision: VisionConfig, pictures: number): boolean {
  return pictures * featureCount(vision) * vision.width * Float32Array.BYTES_PER_ELEMENT <= CACHED_BYTES;
}

/**
 * What a frozen vision tower makes of the pictures, computed once and shared by every stage, variant and run that asks for the same
 * (weights, pictures, feature layer).
 */
export async function featureTable(
  context: Pick<StageContext, 'store' | 'signal' | 'progress'>,
  binding: Binding,
  model: ModelConfig,
  weights: ReadonlyMap<string, TensorData>,
  paths: readonly string[],
): Promise<FeatureTable> {
  const vision = required(model, 'vision');
  const shape = [featureCount(vision), vision.width] as const;
  const tower = new Map([...weights].filter(([name]) => name.startsWith('vision.')));
  const key = await featureKey(vision, tower, paths);
  const artifact = await context.store.cached(key, async (dir) => {
    const table = await computeFeatures(context, binding, model, tower, paths, shape);
    await writeSafetensors(join(dir, FILE), [[TENSOR, { shape: [paths.length, ...shape], data: table }]]);
    return { pictures: paths.length };
  });
  const stored = (await readSafetensors(join(artifact.dir, FILE))).get(TENSOR)!;
  return new FeatureTable(stored.data as Float32Array, shape);
}

async function computeFeatures(
  { signal, progress }: Pick<StageContext, 'signal' | 'progress'>,
  binding: Binding,
  model: ModelConfig,
  tower: ReadonlyMap<string, TensorData>,
  paths: readonly string[],
  shape: readonly [number, number],
): Promise<Float32Array> {
  const vision = required(model, 'vision');
  const program = new Program();
  program.define('features', (g) => {
    const pixels = g.input('pixel_values', [BATCH, 3, vision.image, vision.image]);
    return { features: visionFeatures(weightsOf(g, model), vision, pixels) };
  });
  const executable = load(binding, program);
  try {
    const used = [...tower].filter(([name]) => program.variables.has(name));
    executable.write(new Map(used.map(([name, t]) => [name, floatTensor(t.shape, t.data as Float32Array)])));
    const each = sizeOf(shape);
    const table = new Float32Array(paths.length * each);
    for await (const { start, count, shape: pixelShape, pixels } of pixelBatches(paths, vision.image, BATCH)) {
      if (signal.aborted) throw new Cancelled('image features are computed again from the start');
      const out = executable.run('features', { pixel_values: floatTensor(pixelShape, pixels) });
      const features = out['features']!.data as Float32Array;
      table.set(features.subarray(0, count * each), start * each);
      progress({ phase: 'features', done: start + count, total: paths.length, unit: 'images' });
    }
    return table;
  } finally {
    executable.dispose();
  }
}

/** Weights by content; pictures by path, size and time of change: reading them all again would cost as much as using them. */
async function featureKey(
  vision: VisionConfig,
  tower: ReadonlyMap<string, TensorData>,
  paths: readonly string[],
): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(vision));
  for (const [name, { data }] of [...tower].sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(name).update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  const files = new Map<string, string>();
  await eachOf(paths, 32, async (path) => {
    const { size, mtimeMs } = await stat(path);
    files.set(path, `${size} ${mtimeMs}`);
  });
  for (const path of paths) hash.update(`\n${path} ${files.get(path)}`);
  return `features-${hash.digest('hex')}`;
}
