import { existsSync } from 'node:fs';
import { UsageError } from '../cli/ui/exit.ts';
import type { Home } from '../store/home.ts';
import { runDir } from './record.ts';

/** `mini_ablation-20261124-1`: experiment, day, and the first free number. */
export function freshRunId(home: Home, experiment: string, now: Date = new Date()): string {
  const day = now.toISOString().slice(0, 10).replaceAll('-', '');
  for (let n = 1; ; n++) {
    const id = `${experiment}-${day}-${n}`;
    if (!existsSync(runDir(home, id))) return id;
  }
}

/** Run ids are names of folders and parts of workflow ids. */
export function checkRunId(id: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(id)) {
    throw new UsageError(
      `--run ${JSON.stringify(id)}: a run id has letters, digits, dots, dashes and underscores, at most 100, and begins with a letter or digit`,
    );
  }
  return id;
}
