import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach } from 'vitest';
import type { DatasetPlan, FileRef, TrainConfig } from '../../../dsl/plan/types.ts';
import type { Resolve } from '../../../engine/data/types.ts';

/** Folder of optional real data; tests that need it are skipped where it is absent. */
export const REAL_DATA = resolve(import.meta.dirname, '../../../../shared/data');

/** `[skipped, title]` for describe.skipIf: says in the title what is skipped and why. */
export function needsReal(folder: string): boolean {
  const absent = !existsSync(join(REAL_DATA, folder));
  if (absent) console.warn(`skipped: tests on real data need ../shared/data/${folder}, which is absent`);
  return absent;
}

/** File references → paths below `dir`. */
export function inFolder(dir: string): Resolve {
  return (ref: FileRef) => join(dir, 'file' in ref ? ref.file : ref.path);
}

const made: string[] = [];

/** An empty folder, deleted after the test. */
export function scratch(files: Record<string, string | Buffer> = {}): string {
  const dir = mkdtempSync(join(tmpdir(), 'llava-data-'));
  made.push(dir);
  for (const [name, content] of Object.entries(files)) writeFileSync(join(dir, name), content);
  return dir;
}

afterEach(() => {
  for (const dir of made.splice(0)) rmSync(dir, { recursive: true, force: true });
});

/** What a promise was rejected with: its message. */
export async function messageOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Error && error.name === 'DataError') return error.message;
    throw error;
  }
  throw new Error('it was expected to fail');
}

/** A train stage over these data sets, with small settings. */
export function trainConfig(data: DatasetPlan[], change: Partial<TrainConfig> = {}): TrainConfig {
  return {
    kind: 'train',
    objective: 'instruct',
    model: {
      name: 'm',
      vision: null,
      projector: null,
      contrast: { layers: 1, width: 8, heads: 1, mlp: 8, context: 40, embed: 8, vocab: 400 },
      language: {
        source: { kind: 'random' },
        layers: 1,
        width: 8,
        heads: 1,
        kvHeads: 1,
        headDim: 8,
        mlp: 8,
        vocab: 400,
        context: 128,
        ropeTheta: 10000,
        rmsNormEps: 1e-6,
        initializerRange: 0.02,
        tieEmbeddings: false,
        template: 'short',
        tokenizer: { kind: 'bpe' },
      },
    },
    from: [],
    data: data.map((dataset) => ({ dataset, limit: null })),
    sample: 'concat',
    order: 'reason_first',
    rules: [],
    changes: [],
    epochs: 1,
    steps: null,
    batch: 4,
    microBatch: 4,
    length: 128,
    schedule: { kind: 'cosine', warmup: { fraction: 0 } },
    optimizer: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 },
    clip: null,
    checkpoint: { everySteps: 100, keep: 1 },
    precision: 'f32',
    ...change,
  };
}
