import fc from 'fast-check';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { LeaseLost } from '../../../engine/stages/types.ts';
import { openHome } from '../../../engine/store/home.ts';
import type { Home } from '../../../engine/store/home.ts';
import { Store } from '../../../engine/store/store.ts';
import type { CrashPoint } from '../../../engine/store/store.ts';
import { closeWork, openWork } from '../../../engine/store/work.ts';
import type { Work } from '../../../engine/store/work.ts';

const root = mkdtempSync(join(tmpdir(), 'llava-store-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let count = 0;
const freshHome = (): Home => openHome(join(root, String(++count)));
const about = { kind: 'count', name: 'x', madeOf: null };

type Files = Record<string, Uint8Array>;

const name = fc.stringMatching(/^[a-z][a-z0-9_.-]{0,8}$/);
const files: fc.Arbitrary<Files> = fc
  .uniqueArray(fc.tuple(fc.array(name, { minLength: 1, maxLength: 3 }), fc.uint8Array({ maxLength: 2000 })), {
    selector: ([path]) => path[0],
    maxLength: 6,
  })
  .map((entries) => Object.fromEntries(entries.map(([path, bytes]) => [path.join('/'), bytes])));

function write(dir: string, made: Files): void {
  for (const [path, bytes] of Object.entries(made)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), bytes);
  }
}

async function open(home: Home, key: string, work = 'same'): Promise<Work> {
  return (await openWork(home, key, { work, timeoutMs: 5000 }))!;
}

class Crash extends Error {}

describe('an artifact', () => {
  test('is there with the bytes that were written, and verify finds nothing', async () => {
    await fc.assert(
      fc.asyncProperty(files, async (made) => {
        const home = freshHome();
        const store = new Store(home);
        const artifact = await store.cached('k', async (dir) => {
          write(dir, made);
          return { size: Object.keys(made).length };
        });
        for (const [path, bytes] of Object.entries(made)) {
          expect(new Uint8Array(readFileSync(join(artifact.dir, path)))).toEqual(bytes);
        }
        expect(artifact.metrics).toEqual({ size: Object.keys(made).length });
        expect(await store.verify('k')).toEqual([]);
        expect(readdirSync(home.work)).toEqual([]);
      }),
      { numRuns: 25 },
    );
  });

  test('is whole or absent after a crash at any point, and the next attempt makes it', async () => {
    const points: CrashPoint[] = ['hashed', 'manifest', 'synced', 'renamed', 'committed'];
    await fc.assert(
      fc.asyncProperty(files, fc.constantFrom(...points), async (made, at) => {
        const home = freshHome();
        const crashing = new Store(home, (point) => {
          if (point === at) throw new Crash();
        });
        const work = await open(home, 'k');
        write(work.out, made);
        writeFileSync(join(work.checkpoints, 'step'), '7');
        await expect(crashing.commit(work, { a: 1 }, about)).rejects.toThrow(Crash);

        const store = new Store(home);
        const shown = store.get('k');
        expect(shown !== null).toBe(at === 'renamed' || at === 'committed');
        if (shown) {
          expect(await store.verify('k')).toEqual([]);
          return;
        }
        const again = await open(home, 'k');
        expect(readFileSync(join(again.checkpoints, 'step'), 'utf8')).toBe('7');
        expect(readdirSync(again.out)).toEqual([]);
        write(again.out, made);
        await store.commit(again, { a: 1 }, about);
        expect(await store.verify('k')).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });

  test('that was damaged is told by verify: cut, changed, removed, added', async () => {
    const store = new Store(freshHome());
    const { dir } = await store.cached('k', async (out) => {
      write(out, {
        'a.txt': Buffer.from('abcdef'),
        'sub/b.txt': Buffer.from('abcdef'),
        c: Buffer.from('x'),
        d: Buffer.from('y'),
      });
      return {};
    });
    truncateSync(join(dir, 'a.txt'), 3);
    writeFileSync(join(dir, 'sub/b.txt'), 'abcdeX');
    rmSync(join(dir, 'c'));
    writeFileSync(join(dir, 'extra'), '');
    expect(await store.verify('k')).toEqual([
      'k: a.txt has another size',
      'k: c is missing',
      'k: extra is not in the manifest',
      'k: sub/b.txt has another content',
    ]);
  });

  test('is made once by all who ask at once, and again after a failure', async () => {
    const home = freshHome();
    let makes = 0;
    const make = async (dir: string): Promise<Record<string, number>> => {
      makes += 1;
      await new Promise((resolve) => setTimeout(resolve, 30));
      writeFileSync(join(dir, 'n'), String(makes));
      if (makes === 1) throw new Error('disk trouble');
      return {};
    };
    const store = new Store(home);
    await expect(store.cached('k', make)).rejects.toThrow('disk trouble');
    expect(store.get('k')).toBeNull();
    const artifacts = await Promise.all([store.cached('k', make), store.cached('k', make), store.cached('k', make)]);
    expect(makes).toBe(2);
    for (const { dir } of artifacts) expect(readFileSync(join(dir, 'n'), 'utf8')).toBe('2');
  });
});

describe('the work folder', () => {
  test('goes to a later attempt of the same work, whose predecessor can write no more', async () => {
    const home = freshHome();
    const first = await open(home, 'k');
    writeFileSync(join(first.checkpoints, 'step'), '1');
    const second = await open(home, 'k');
    expect(() => first.lease.check()).toThrow(LeaseLost);
    second.lease.check();
    expect(existsSync(join(second.checkpoints, 'step'))).toBe(true);
    write(first.out, { late: Buffer.from('late') });
    await expect(new Store(home).commit(first, {}, about)).rejects.toThrow(LeaseLost);
    expect(new Store(home).get('k')).toBeNull();
  });

  test('is not taken from a live owner by other work, and is free when that one closes it', async () => {
    const home = freshHome();
    const first = await open(home, 'k', 'one');
    expect(await openWork(home, 'k', { work: 'other', timeoutMs: 150 })).toBeNull();
    closeWork(first);
    const second = await open(home, 'k', 'other');
    expect(second.lease.token).toBeGreaterThan(first.lease.token);
    expect(() => first.lease.check()).toThrow(LeaseLost);
  });
});
