import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { acquireLease, currentOwner } from '../../../engine/store/lease.ts';

const root = mkdtempSync(join(tmpdir(), 'llava-lease-'));
const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(root, { recursive: true, force: true });
});

const HOLDER = fileURLToPath(new URL('../support/lease-holder.ts', import.meta.url));

/** A process that takes the lease over and over, each time adding one to a number in a file, and dies where told to. */
function holder(dir: string, counter: string, rounds: number, dieHolding: boolean): Promise<number | null> {
  const child = fork(HOLDER, [dir, counter, String(rounds), String(dieHolding)], { stdio: 'inherit' });
  children.push(child);
  return new Promise((resolve) => child.on('exit', resolve));
}

test('processes that compete for a lease never hold it at once, also when some die with it', async () => {
  const dir = join(root, 'competed');
  const counter = join(root, 'counter');
  writeFileSync(counter, '0');
  await Promise.all([holder(dir, counter, 8, true), holder(dir, counter, 12, false), holder(dir, counter, 12, false)]);
  expect(Number(readFileSync(counter, 'utf8'))).toBe(32);
});

test('a lease of a killed process is free, and its owner is told apart from another process', async () => {
  const dir = join(root, 'dead');
  await holder(dir, join(root, 'unused'), 1, true);
  expect(currentOwner(dir)).toBeNull();
  const lease = await acquireLease(dir, { timeoutMs: 0 });
  expect(lease).not.toBeNull();
  expect(currentOwner(dir)?.process.pid).toBe(process.pid);
  lease?.release();
  expect(currentOwner(dir)).toBeNull();
});
