import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { closest } from '../../../dsl/diagnostics/suggest.ts';

/** One sentence for a path that is not there: which part of it is absent, and the nearest name beside it. */
export function missingPath(path: string, what: string): string {
  let absent = path;
  while (dirname(absent) !== absent && !existsSync(dirname(absent))) absent = dirname(absent);
  const near = nearestName(absent);
  const help =
    near === null ? ' Check the name, or download the data first.' : ` Did you mean ${join(dirname(absent), near)}?`;
  const where = absent === path ? '' : ` (there is no folder ${absent})`;
  return `${path}: no such ${what}${where}.${help}`;
}

function nearestName(path: string): string | null {
  try {
    return closest(basename(path), readdirSync(dirname(path)).sort());
  } catch {
    return null;
  }
}
