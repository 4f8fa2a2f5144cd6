import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { main } from '../../../engine/cli/main.ts';
import type { PlanView } from '../../../engine/planview/types.ts';
import { folderWith, MINI, root } from './plans.ts';

let stdout = '';
let stderr = '';

beforeEach(() => {
  stdout = '';
  stderr = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((stdout += String(text)), true));
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((stderr += String(text)), true));
});
afterEach(() => vi.restoreAllMocks());

const paper = join(root, 'experiments/paper/llava-13b.llava');

describe('llava plan', () => {
  it('plans the paper without its data, and says so once, on stdout', async () => {
    expect(await main(['plan', paper])).toBe(0);
    expect(stdout).toContain('4,652 of 128');
    expect(stdout).toContain('595,375 samples, declared in the file; data/cc3m_595k/chat.json is absent');
    expect(stderr).toBe('');
  });

  it('--set changes what is planned, --json prints it as data', async () => {
    expect(await main(['plan', paper, '--set', 'align.batch=256', '--set', 'align.micro_batch=16', '--json'])).toBe(0);
    const { stages } = JSON.parse(stdout) as PlanView;
    const align = stages.find(({ name }) => name === 'align')!.details;
    expect(align).toMatchObject({
      kind: 'train',
      batch: 256,
      microBatch: 16,
      cost: { steps: Math.ceil(595_375 / 256) },
    });
  });

  it('--diff compares with another file', async () => {
    const folder = folderWith({ 'a.llava': MINI, 'b.llava': MINI.replace('batch = 32', 'batch = 16') });
    expect(await main(['plan', join(folder, 'b.llava'), '--diff', join(folder, 'a.llava')])).toBe(0);
    expect(stdout).toContain('~ tune: batch 32 → 16, microBatch 32 → 16');
  });

  it('--diff with a run that is not there is an error with its name', async () => {
    const folder = folderWith({ 'a.llava': MINI });
    const home = join(folder, '.llava');
    expect(await main(['plan', join(folder, 'a.llava'), '--diff', 'no-such-run', '--home', home])).not.toBe(0);
    expect(stderr).toContain(home);
  });

  it('a misspelt module ends with exit code 1 and the near name', async () => {
    const folder = folderWith({ 'a.llava': MINI.replace('freeze vision', 'freeze vison') });
    expect(await main(['plan', join(folder, 'a.llava')])).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/a\.llava:\d+:\d+[^]*`vision`/);
  });

  it('data that is neither there nor declared ends with exit code 1 and its path', async () => {
    const text = MINI.replace(
      'dataset corpus    { format = text, from = world }',
      'dataset corpus    { format = text, file = "data/corpus.txt" }',
    );
    const folder = folderWith({ 'a.llava': text });
    expect(await main(['plan', join(folder, 'a.llava')])).toBe(1);
    expect(stderr).toContain(join(folder, 'data/corpus.txt'));
    expect(stderr).toContain('samples = …');
  });

  it('a file that is not there ends with exit code 1', async () => {
    expect(await main(['plan', '/nowhere/a.llava'])).toBe(1);
    expect(stderr).toContain('/nowhere/a.llava');
  });
});
