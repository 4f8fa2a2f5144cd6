import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { RunProgress } from '../../workflows/types.ts';
import type { Home } from '../store/home.ts';
import { workDir } from '../store/work.ts';
import { readRows } from '../worker/rows.ts';
import { runDir } from './record.ts';

/** Where the rows that a stage records lie: in its work folder while it runs, beside its artifact from then on. */
export function rowsFile(home: Home, key: string): string | null {
  for (const file of [join(home.store, key, 'metrics.jsonl'), join(workDir(home, key), 'metrics.jsonl')]) {
    if (existsSync(file)) return file;
  }
  return null;
}

/** Rows recorded by the stage with this key so far, for loss curves. */
export function rowsOf(home: Home, key: string): Record<string, number>[] {
  const file = rowsFile(home, key);
  return file === null ? [] : readRows(file);
}

/** Copies the rows of all stages of a run into `runs/<id>/metrics/<stage>.jsonl`, so that the run can be read without the store. */
export function keepRows(home: Home, progress: RunProgress): void {
  const folder = join(runDir(home, progress.runId), 'metrics');
  mkdirSync(folder, { recursive: true });
  for (const { id, key } of progress.stages) {
    const file = key === null ? null : rowsFile(home, key);
    if (file !== null) copyFileSync(file, join(folder, `${id}.jsonl`));
  }
}
