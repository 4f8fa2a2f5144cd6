import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { sha256File } from '../store/files.ts';
import { enoughSpace } from './space.ts';
import type { Progress } from './progress.ts';

export interface Download {
  url: string;
  /** Where the whole, verified file goes; `FILE.part` beside it keeps what has come so far. */
  to: string;
  /** 64 hex digits; null only where the publisher names none, and then the caller verifies what it makes of the file. */
  sha256: string | null;
  label: string;
  progress: Progress;
  headers?: Record<string, string>;
  /** Give up a connection on which nothing came for so long. */
  stallMs?: number;
  /** Attempts in a row without a single new byte before giving up. */
  attempts?: number;
  /** Wait before the second of these attempts, doubled for each further one. */
  pauseMs?: number;
}

/** The server answered, and asking again will not change the answer. */
class Refused extends Error {}

/**
 * Brings a file into the cache. A part that an earlier call left is continued with an HTTP range request (RFC 9110, section 14), and so
 * is a connection that breaks off. A file whose digest is wrong is thrown away and fetched once more from its start.
 * The caller holds the lock on `to`. Throws an Error with one sentence.
 */
export async function download(options: Download): Promise<void> {
  const { to, sha256, label, progress } = options;
  const part = `${to}.part`;
  await mkdir(dirname(to), { recursive: true });
  if (await verified(to, sha256)) return;
  const task = progress.task(label, 'MB');
  try {
    for (let round = 1; ; round++) {
      await fetchWhole(options, part, (done, total) => task.update(done, total));
      const found = sha256 === null ? null : await sha256File(part);
      if (found === sha256) break;
      await rm(part, { force: true });
      if (round === 2) throw new Error(`the file from ${place(options.url)} has SHA-256 ${found}, expected ${sha256}`);
      progress.say(`${label}: what came does not have the expected SHA-256, fetching it anew`);
    }
    await rename(part, to);
  } finally {
    task.end();
  }
}

async function verified(file: string, sha256: string | null): Promise<boolean> {
  if (!(await stat(file).catch(() => null))) return false;
  if (sha256 === null || (await sha256File(file)) === sha256) return true;
  await rm(file, { force: true });
  return false;
}

async function fetchWhole(
  options: Download,
  part: string,
  update: (done: number, total: number) => void,
): Promise<void> {
  const { attempts = 5, pauseMs = 1000 } = options;
  for (let failures = 0; ;) {
    const before = await size(part);
    try {
      if (await fetchRest(options, part, before, update)) return;
      throw new Error('the connection ended before the file did');
    } catch (error) {
      if (error instanceof Refused) throw error;
      failures = (await size(part)) > before ? 0 : failures + 1;
      if (failures >= attempts)
        throw new Error(`no answer from ${place(options.url)} in ${attempts} attempts`, { cause: error });
      await new Promise((resolve) => setTimeout(resolve, failures === 0 ? 0 : pauseMs * 2 ** (failures - 1)));
    }
  }
}

/** Appends to the part what one connection gives; true when the file is whole. */
async function fetchRest(
  options: Download,
  part: string,
  have: number,
  update: (done: number, total: number) => void,
): Promise<boolean> {
  const { url, headers = {}, stallMs = 60_000 } = options;
  const stalled = new AbortController();
  const timer = setTimeout(() => stalled.abort(new Error(`nothing came for ${stallMs / 1000} s`)), stallMs);
  try {
    const range = have > 0 ? { range: `bytes=${have}-` } : {};
    // Bytes are counted and hashed as they are stored, so no encoding on the way.
    const response = await fetch(url, {
      headers: { 'accept-encoding': 'identity', ...headers, ...range },
      signal: stalled.signal,
    });
    const rest = await continuation(response, have, part, url);
    if (rest === null) return true;
    const { start, total } = rest;
    if (total > 0) await enoughSpace(dirname(part), total - start, options.label);
    if (!response.body) throw new Error('the answer has no body');
    let done = start;
    const file = await open(part, start > 0 ? 'a' : 'w');
    try {
      // Written one by one, so that what has come is kept when the connection breaks off.
      for await (const chunk of response.body) {
        timer.refresh();
        await file.writeFile(chunk);
        done += chunk.length;
        update(done, total);
      }
    } finally {
      await file.close();
    }
    return total === 0 || done === total;
  } finally {
    clearTimeout(timer);
  }
}

/** From which byte the answer goes on and how long the file is (0: unknown); null when the part is whole already. */
async function continuation(
  response: Response,
  have: number,
  part: string,
  url: string,
): Promise<{ start: number; total: number } | null> {
  const length = Number(response.headers.get('content-length') ?? 0);
  if (response.status === 200) return { start: 0, total: length };
  if (response.status === 206) {
    const [, from, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers.get('content-range') ?? '') ?? [];
    if (Number(from) === have) return { start: have, total: total === '*' ? have + length : Number(total) };
  }
  await response.body?.cancel();
  if (response.status === 416) {
    if (response.headers.get('content-range') === `bytes */${have}`) return null;
  }
  if (response.status === 206 || response.status === 416) {
    // The part does not fit the file that the server has now.
    await rm(part, { force: true });
    throw new Error(`${place(url)} cannot continue the download`);
  }
  const message = `${place(url)} answers ${response.status} ${response.statusText}`.trim();
  const passing = response.status >= 500 || response.status === 408 || response.status === 429;
  throw passing ? new Error(message) : new Refused(message);
}

async function size(file: string): Promise<number> {
  return (await stat(file).catch(() => null))?.size ?? 0;
}

/** The URL as people may see it: without a password and without the query. */
export function place(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}
