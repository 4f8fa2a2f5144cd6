import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LeaseLost } from '../stages/types.ts';
import { errorCode, writeFileAtomic } from './files.ts';
import { isAlive, isLocal, processId, signal, waitGone } from './process.ts';
import type { ProcessId } from './process.ts';

/**
 * Who may write into a folder, as numbered files: the file with the highest number names the owner, and each taking over writes the
 * next number with `link(2)`, which fails when that number exists. So numbers are fencing tokens: an owner that was thought dead and
 * wakes up again sees a higher one and stops (M. Kleppmann, "How to do distributed locking", 2016). The highest file is never
 * removed, only marked as released; otherwise a slow taker could get a number that was in use before.
 */
export interface Owner {
  process: ProcessId;
  /** Which piece of work the owner is an attempt of: a later attempt of the same work may take over at once. */
  work: string;
  nonce: string;
  released: boolean;
}

export interface Lease {
  /** Fencing token, grows with each owner. */
  token: number;
  /** Throws `LeaseLost` when another owner has taken over. */
  check(): void;
  release(): void;
  /** File whose modification time says that a far-away owner lives; see `beat`. */
  heartbeat: string;
}

export interface AcquireOptions {
  work?: string;
  /** Called while another live owner holds it, about ten times a second; throw to give up. */
  waiting?: () => void;
  /** null: wait; otherwise answer null after so many milliseconds. */
  timeoutMs?: number | null;
}

/** An owner of another machine without a sign of life for so long is taken for dead. */
const FAR_OWNER_DEAD_MS = 60_000;
const HEARTBEAT = 'heartbeat';

export async function acquireLease(dir: string, options: AcquireOptions = {}): Promise<Lease | null> {
  const { work = randomBytes(8).toString('hex'), waiting, timeoutMs = null } = options;
  const me: Owner = { process: processId(), work, nonce: randomBytes(16).toString('hex'), released: false };
  const end = timeoutMs === null ? Infinity : Date.now() + timeoutMs;
  for (;;) {
    const lease = await tryAcquire(dir, me);
    if (lease) return lease;
    if (Date.now() >= end) return null;
    waiting?.();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** The live owner of a lease folder, if any. */
export function currentOwner(dir: string): Owner | null {
  const top = highest(dir);
  if (top === 0) return null;
  const owner = readOwner(dir, top);
  return owner && !owner.released && lives(dir, owner) ? owner : null;
}

/** Says that the owner lives, for owners on other machines. */
export function beat(heartbeat: string): void {
  const now = new Date();
  try {
    utimesSync(heartbeat, now, now);
  } catch {
    // The folder is gone after the commit.
  }
}

async function tryAcquire(dir: string, me: Owner): Promise<Lease | null> {
  mkdirSync(dir, { recursive: true });
  const top = highest(dir);
  const before = top === 0 ? null : readOwner(dir, top);
  if (before && !before.released && lives(dir, before) && before.work !== me.work) return null;
  const token = top + 1;
  if (!create(dir, token, me) || highest(dir) !== token) return null;
  if (before && !before.released && before.process.pid !== process.pid) {
    // An earlier attempt of the same work: its next check would fail anyway, and until then it only burns time.
    if (signal(before.process, 'SIGKILL')) await waitGone(before.process, 5000);
  }
  for (const n of numbers(dir)) if (n < token) rmSync(join(dir, fileOf(n)), { force: true });
  const heartbeat = join(dir, HEARTBEAT);
  writeFileSync(heartbeat, '');
  const mine = (): boolean => highest(dir) === token && readOwner(dir, token)?.nonce === me.nonce;
  return {
    token,
    heartbeat,
    check() {
      if (!mine()) throw new LeaseLost(`another attempt has taken over ${dir}`);
    },
    release() {
      if (mine()) writeFileAtomic(join(dir, fileOf(token)), JSON.stringify({ ...me, released: true }));
    },
  };
}

function lives(dir: string, owner: Owner): boolean {
  if (isLocal(owner.process)) return isAlive(owner.process);
  try {
    return Date.now() - statSync(join(dir, HEARTBEAT)).mtimeMs < FAR_OWNER_DEAD_MS;
  } catch {
    return false;
  }
}

const fileOf = (n: number): string => `owner-${n}`;

function numbers(dir: string): number[] {
  try {
    return readdirSync(dir).flatMap((name) => (/^owner-\d+$/.test(name) ? [Number(name.slice(6))] : []));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

const highest = (dir: string): number => Math.max(0, ...numbers(dir));

/** Null when the file is gone or torn, which an atomic write never leaves: then nobody owns that number. */
function readOwner(dir: string, n: number): Owner | null {
  try {
    return JSON.parse(readFileSync(join(dir, fileOf(n)), 'utf8')) as Owner;
  } catch {
    return null;
  }
}

/** Writes `owner-n` whole or not at all; false when it exists or the folder was removed meanwhile. */
function create(dir: string, n: number, owner: Owner): boolean {
  const aside = join(dir, `.${owner.nonce}`);
  try {
    writeFileSync(aside, JSON.stringify(owner));
    linkSync(aside, join(dir, fileOf(n)));
    return true;
  } catch (error) {
    const code = errorCode(error);
    if (code === 'EEXIST' || code === 'ENOENT') return false;
    throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}
