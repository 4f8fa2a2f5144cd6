import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { Binding } from '../../ops/backend/index.ts';
import { VisionEncoder } from '../../ops/generate/features.ts';
import type { HostTensor } from '../../ops/graph/index.ts';
import type { TensorData } from '../../ops/io/safetensors/format.ts';
import { readSafetensors } from '../../ops/io/safetensors/read.ts';
import { writeSafetensors } from '../../ops/io/safetensors/write.ts';
import { featureCount } from '../../ops/models/clip.ts';
import { required, type ModelConfig, type VisionConfig } from '../../ops/models/config.ts';
import { pixelBatches } from '../data/images.ts';
import { eachOf } from '../store/files.ts';
import { Cancelled, type Artifact, type StageContext } from '../stages/types.ts';
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

  /** Features of one picture, [N, W]. */
  one(index: number): Float32Array {
    const each = this.#shape[0] * this.#shape[1];
    return this.#table.subarray(index * each, (index + 1) * each);
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
  context: Pick<StageContext, 'inputs' | 'store' | 'signal' | 'progress'>,
  binding: Binding,
  model: ModelConfig,
  weights: ReadonlyMap<string, TensorData>,
  paths: readonly string[],
): Promise<FeatureTable> {
  const vision = required(model, 'vision');
  const shape = [featureCount(vision), vision.width] as const;
  const tower = new Map([...weights].filter(([name]) => name.startsWith('vision.')));
  const key = await featureKey(vision, tower, paths, [...context.inputs.values()]);
  const artifact = await context.store.cached(key, async (dir) => {
    const encoder = new VisionEncoder(binding, model, tower, { batch: BATCH });
    const table = await computeFeatures(context, encoder, vision.image, paths);
    await writeSafetensors(join(dir, FILE), [[TENSOR, { shape: [paths.length, ...shape], data: table }]]);
    return { pictures: paths.length };
  });
  const stored = (await readSafetensors(join(artifact.dir, FILE))).get(TENSOR)!;
  return new FeatureTable(stored.data as Float32Array, shape);
}

async function computeFeatures(
  { signal, progress }: Pick<StageContext, 'signal' | 'progress'>,
  encoder: VisionEncoder,
  imageSize: number,
  paths: readonly string[],
): Promise<Float32Array> {
  try {
    const table = new Float32Array(paths.length * encoder.featureSize);
    for await (const { start, count, pixels } of pixelBatches(paths, imageSize, BATCH)) {
      if (signal.aborted) throw new Cancelled('image features are computed again from the start');
      table.set(encoder.encode(pixels.subarray(0, count * 3 * imageSize ** 2)), start * encoder.featureSize);
      progress({ phase: 'features', done: start + count, total: paths.length, unit: 'images' });
    }
    return table;
  } finally {
    encoder.dispose();
  }
}

/**
 * Weights by content; pictures that a stage made by its key and their place in it, others by path, size and time of change: reading them
 * all again would cost as much as using them.
 */
async function featureKey(
  vision: VisionConfig,
  tower: ReadonlyMap<string, TensorData>,
  paths: readonly string[],
  inputs: readonly Artifact[],
): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(vision));
  for (const [name, { data }] of [...tower].sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(name).update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  const identities = new Map<string, string>();
  await eachOf(paths, 32, async (path) => {
    const maker = inputs.find((artifact) => path.startsWith(artifact.dir + sep));
    identities.set(path, maker ? `${maker.key} ${relative(maker.dir, path)}` : await onDisk(path));
  });
  for (const path of paths) hash.update(`\n${identities.get(path)}`);
  return `features-${hash.digest('hex')}`;
}

async function onDisk(path: string): Promise<string> {
  const { size, mtimeMs } = await stat(path);
  return `${path} ${size} ${mtimeMs}`;
}
