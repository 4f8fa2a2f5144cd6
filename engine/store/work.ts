import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { removeTree } from './files.ts';
import type { Home } from './home.ts';
import { acquireLease } from './lease.ts';
import type { AcquireOptions, Lease } from './lease.ts';

/** The folder `work/<key>/` in the hands of one attempt: checkpoints, and the artifact that is being made. */
export interface Work {
  key: string;
  dir: string;
  lease: Lease;
  /** Checkpoints: survive a crash, are there again at the next attempt. */
  checkpoints: string;
  /** Empty folder for the artifact's files; belongs to this attempt alone. */
  out: string;
  /** What becomes `store/<key>` by one rename: `out` and the manifest. */
  incoming: string;
}

export const workDir = (home: Home, key: string): string => join(home.work, key);

/** Files beside the checkpoints that go into the store with the artifact, though not as part of its content. */
export const SIDE_FILES = ['metrics.jsonl', 'log.jsonl'] as const;

/** What the attempt that owns a stage tells about itself, for those who wait; see `engine/worker/status.ts`. */
export const statusFile = (home: Home, key: string): string => join(workDir(home, key), 'status.json');

/** Appears when the compute process with this pid is to write a checkpoint and end. */
export const stopFile = (home: Home, key: string, pid: number): string => join(workDir(home, key), `stop.${pid}`);

/** Takes the folder over, waiting while a live owner of other work holds it; null after `timeoutMs`. */
export async function openWork(home: Home, key: string, options: AcquireOptions = {}): Promise<Work | null> {
  const dir = workDir(home, key);
  const lease = await acquireLease(join(dir, 'lease'), options);
  if (!lease) return null;
  // Half-made artifacts of attempts that died, and what they were told.
  for (const name of readdirSync(dir)) {
    if (name.startsWith('new.') || name.startsWith('stop.')) rmSync(join(dir, name), { recursive: true, force: true });
  }
  const incoming = join(dir, `new.${lease.token}`);
  const work: Work = {
    key,
    dir,
    lease,
    checkpoints: join(dir, 'checkpoints'),
    incoming,
    out: join(incoming, 'files'),
  };
  mkdirSync(work.checkpoints, { recursive: true });
  mkdirSync(work.out, { recursive: true });
  return work;
}

/** Leaves the checkpoints for the next attempt. */
export function closeWork(work: Work): void {
  rmSync(work.incoming, { recursive: true, force: true });
  work.lease.release();
}

/** Nothing of it is needed any more. */
export async function dropWork(work: Work): Promise<void> {
  await removeTree(work.dir);
}

export function takeSideFiles(work: Work): void {
  for (const name of SIDE_FILES) {
    if (existsSync(join(work.dir, name))) copyFileSync(join(work.dir, name), join(work.incoming, name));
  }
}
