import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { acquireLease, beat } from '../store/lease.ts';
import { removeTree } from '../store/files.ts';
import type { Progress } from './progress.ts';

const HEARTBEAT_MS = 5_000;
/** What a killed process left aside is removed after a day; its part files stay, for they are continued. */
const STALE_MS = 24 * 3600_000;

/**
 * The folder `to`, made by `make` in an empty folder beside it and renamed into place: whole or not at all. Of processes that ask at
 * once one makes it and the others wait; the lock dies with its owner. `valid` says whether a folder found there will do.
 */
export async function makeOnce(
  to: string,
  valid: (dir: string) => boolean | Promise<boolean>,
  make: (dir: string) => Promise<void>,
  progress: Progress,
): Promise<void> {
  const good = async (): Promise<boolean> => existsSync(to) && (await valid(to));
  if (await good()) return;
  await exclusively(to, progress, async () => {
    if (await good()) return;
    await sweep(to);
    const aside = await mkdtemp(`${to}.new-`);
    try {
      await make(aside);
      if (existsSync(to)) await removeTree(to);
      await rename(aside, to);
    } finally {
      await rm(aside, { recursive: true, force: true });
    }
  });
}

/** Runs `work` while no other process runs work of the same path. */
export async function exclusively<T>(path: string, progress: Progress, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(path), { recursive: true });
  let said = false;
  const lease = await acquireLease(`${path}.lock`, {
    waiting() {
      if (!said) progress.say(`another process is busy with ${basename(path)}, waiting for it …`);
      said = true;
    },
  });
  if (!lease) throw new Error(`cannot lock ${path}`);
  const timer = setInterval(() => beat(lease.heartbeat), HEARTBEAT_MS).unref();
  try {
    return await work();
  } finally {
    clearInterval(timer);
    lease.release();
  }
}

async function sweep(to: string): Promise<void> {
  const folder = dirname(to);
  for (const name of await readdir(folder)) {
    if (!name.startsWith(`${basename(to)}.new-`)) continue;
    const info = await stat(join(folder, name)).catch(() => null);
    if (info && Date.now() - info.mtimeMs > STALE_MS) await rm(join(folder, name), { recursive: true, force: true });
  }
}
