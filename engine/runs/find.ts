import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { UsageError } from '../cli/ui/exit.ts';
import { DataError } from '../stages/types.ts';
import { HOME_NAME, openHome } from '../store/home.ts';
import type { Home } from '../store/home.ts';
import { loadRecord } from './record.ts';

/** How far below the working folder homes are looked for, and what is never entered. */
const DEPTH = 4;
const SKIP = new Set(['node_modules', 'store', 'work']);

/**
 * Homes that a command without an experiment file may mean: `--home`; otherwise every `.llava` folder in the working folder and up to
 * four levels below it (`experiments/mini/.llava`, …), the nearest first.
 */
export function findHomes(home: string | undefined, cwd: string = process.cwd()): Home[] {
  if (home !== undefined) {
    if (!existsSync(home)) throw new UsageError(`--home ${home}: there is no such folder`);
    return [openHome(home)];
  }
  const found: string[] = [];
  let level = [resolve(cwd)];
  for (let depth = 0; depth <= DEPTH && level.length > 0; depth++) {
    const next: string[] = [];
    for (const folder of level) {
      for (const name of foldersOf(folder)) {
        if (name === HOME_NAME) found.push(join(folder, name));
        else if (!name.startsWith('.') && !SKIP.has(name)) next.push(join(folder, name));
      }
    }
    level = next;
  }
  return found.filter((dir) => existsSync(join(dir, 'id'))).map(openHome);
}

/** The home that holds the run; `DataError` when none does, or several do. */
export function findRun(id: string, home: string | undefined): Home {
  const homes = findHomes(home);
  const holding = homes.filter((each) => loadRecord(each, id) !== null);
  if (holding.length > 1) {
    throw new DataError(
      `run ${id} is in several homes: ${holding.map(({ dir }) => dir).join(', ')}; choose one with --home DIR`,
    );
  }
  if (holding[0]) return holding[0];
  const where =
    homes.length === 0 ? `no ${HOME_NAME} folder in or below ${process.cwd()}` : homes.map(({ dir }) => dir).join(', ');
  throw new DataError(
    `there is no run ${id} (looked in: ${where}); llava runs lists the runs, --home DIR names another place`,
  );
}

function foldersOf(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
  } catch {
    return [];
  }
}
