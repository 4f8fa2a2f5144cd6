import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { EnvironmentError } from '../stages/types.ts';
import { asideName, errorCode, writeFileAtomic } from './files.ts';
import { linkSync, rmSync, writeFileSync } from 'node:fs';

export const HOME_NAME = '.llava';

/** Where all state of the experiments of a folder lives. */
export interface Home {
  /** Random, made once: names the home in Temporal (task queues, workflow ids), also after it was moved. */
  id: string;
  dir: string;
  store: string;
  work: string;
  runs: string;
  server: string;
}

/** `.llava/` beside the experiment file, unless `--home` says otherwise. */
export function homeOf(file: string, home?: string): string {
  return home === undefined ? join(dirname(resolve(file)), HOME_NAME) : resolve(home);
}

/** Opens the home, making it when it is not there yet. Throws `EnvironmentError` when it cannot be written. */
export function openHome(dir: string): Home {
  const home = resolve(dir);
  const paths = {
    dir: home,
    store: join(home, 'store'),
    work: join(home, 'work'),
    runs: join(home, 'runs'),
    server: join(home, 'server'),
  };
  try {
    for (const folder of Object.values(paths)) mkdirSync(folder, { recursive: true });
    const ignore = join(home, '.gitignore');
    if (!existsSync(ignore)) writeFileAtomic(ignore, '*\n');
    return { ...paths, id: idOf(home) };
  } catch (error) {
    throw new EnvironmentError(
      `cannot write the state folder ${home} (${errorCode(error) ?? String(error)}); make it writable or name another with --home DIR`,
    );
  }
}

function idOf(home: string): string {
  const file = join(home, 'id');
  if (!existsSync(file)) {
    const aside = asideName(file);
    writeFileSync(aside, randomBytes(6).toString('hex'));
    try {
      // `link` fails when another process made the id meanwhile: then that one counts.
      linkSync(aside, file);
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error;
    } finally {
      rmSync(aside, { force: true });
    }
  }
  return readFileSync(file, 'utf8').trim();
}
