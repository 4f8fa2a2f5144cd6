import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { exclusively, makeOnce } from '../../../engine/setup/once.ts';
import { recorded, scratch } from './support.ts';

const once = fileURLToPath(new URL('../../../engine/setup/once.ts', import.meta.url));

/** Another process that holds the lock on `path` until it is killed; resolves when it has it. */
async function holder(path: string): Promise<{ kill: () => void }> {
  const program = `
    import { exclusively } from ${JSON.stringify(once)};
    await exclusively(${JSON.stringify(path)}, { say() {}, task: () => ({ update() {}, end() {} }) }, async () => {
      process.stdout.write('held');
      await new Promise((resolve) => setTimeout(resolve, 60_000));
    });`;
  const child = spawn(process.execPath, ['--no-warnings', '--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  return { kill: () => void child.kill('SIGKILL') };
}

describe('makeOnce', () => {
  const valid = (dir: string): boolean => existsSync(join(dir, 'done'));

  it('makes a folder once for all who ask at once', async () => {
    const to = join(scratch(), 'thing');
    let made = 0;
    const make = async (dir: string): Promise<void> => {
      made++;
      await new Promise((resolve) => setTimeout(resolve, 50));
      writeFileSync(join(dir, 'done'), '');
    };
    await Promise.all([1, 2, 3].map(() => makeOnce(to, valid, make, recorded())));
    expect(made).toBe(1);
    expect(valid(to)).toBe(true);
  });

  it('leaves nothing under the name when making fails, and makes it the next time', async () => {
    const to = join(scratch(), 'thing');
    const fail = (dir: string): Promise<void> => {
      writeFileSync(join(dir, 'half'), '');
      return Promise.reject(new Error('cut off'));
    };
    await expect(makeOnce(to, valid, fail, recorded())).rejects.toThrow('cut off');
    expect(readdirSync(join(to, '..')).filter((name) => !name.endsWith('.lock'))).toEqual([]);
    await makeOnce(to, valid, (dir) => Promise.resolve(writeFileSync(join(dir, 'done'), '')), recorded());
    expect(readdirSync(to)).toEqual(['done']);
  });

  it('replaces a folder that is not whole', async () => {
    const to = join(scratch(), 'thing');
    mkdirSync(to);
    writeFileSync(join(to, 'half'), '');
    await makeOnce(to, valid, (dir) => Promise.resolve(writeFileSync(join(dir, 'done'), 'new')), recorded());
    expect(readdirSync(to)).toEqual(['done']);
    expect(readFileSync(join(to, 'done'), 'utf8')).toBe('new');
  });
});

describe('the lock', () => {
  it('is held against another process and goes with it when it is killed', async () => {
    const path = join(scratch(), 'thing');
    const other = await holder(path);
    const progress = recorded();
    let mine = false;
    const work = exclusively(path, progress, () => {
      mine = true;
      return Promise.resolve('done');
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(mine).toBe(false);
    expect(progress.lines).toEqual(['another process is busy with thing, waiting for it …']);
    other.kill();
    expect(await work).toBe('done');
  });
});
