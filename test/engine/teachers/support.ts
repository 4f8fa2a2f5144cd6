import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import type { DatasetPlan, FileRef, GenerateConfig } from '../../../dsl/plan/types.ts';
import type { InstructEntry } from '../../../engine/data/teachers/generate.ts';
import { stage } from '../../../engine/stages/generate.ts';
import type { Metrics, StageContext } from '../../../engine/stages/types.ts';

export type Coco = Extract<DatasetPlan, { format: 'coco' }>;

export interface Generated {
  entries: InstructEntry[];
  metrics: Metrics;
  warnings: string[];
  /** Everything that was logged, as text. */
  log: string;
}

/** Folders of one stage: `work` survives between runs, `out` is fresh for each. */
export class Bench {
  readonly dir = mkdtempSync(join(tmpdir(), 'llava-teacher-'));
  private runs = 0;

  remove(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }

  async generate(config: GenerateConfig, options: { seed?: number; signal?: AbortSignal } = {}): Promise<Generated> {
    const out = join(this.dir, `out-${String((this.runs += 1))}`);
    const work = join(this.dir, 'work');
    for (const dir of [out, work]) mkdirSync(dir, { recursive: true });
    const lines: string[] = [];
    const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) });
    const context: StageContext<GenerateConfig> = {
      node: {
        id: 'instruct-00000000',
        name: 'instruct',
        kind: 'generate',
        config,
        inputs: [],
        after: [],
        seed: options.seed ?? 1,
        retry: { times: 0, backoffSeconds: 0 },
        asserts: [],
      },
      config,
      seed: options.seed ?? 1,
      inputs: new Map(),
      work,
      out,
      store: { cached: () => Promise.reject(new Error('this stage has no shared caches')) },
      resolve: (ref: FileRef) => {
        if ('file' in ref) return ref.file;
        throw new Error('only files on disk here');
      },
      progress: () => undefined,
      record: () => undefined,
      signal: options.signal ?? new AbortController().signal,
      checkLease: () => undefined,
      log,
    };
    const { metrics } = await stage.run(context);
    const entries = JSON.parse(readFileSync(join(out, 'instruct.json'), 'utf8')) as InstructEntry[];
    const warnings = lines
      .map((line) => JSON.parse(line) as { level: number; msg: string })
      .filter((l) => l.level === 40);
    return { entries, metrics, warnings: warnings.map((w) => w.msg), log: lines.join('') };
  }
}

/** The COCO files of a folder that `synthesize` wrote. */
export function worldCoco(dir: string, split: 'train' | 'val'): Coco {
  return {
    format: 'coco',
    name: 'scenes',
    captions: { file: join(dir, `captions_${split}.json`) },
    instances: { file: join(dir, `instances_${split}.json`) },
    images: { file: join(dir, 'images') },
    samples: null,
  };
}
