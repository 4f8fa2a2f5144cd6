import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { scratch } from '../data/support.ts';
import { run } from './run-main.ts';

const question = (answer: number, more: object): object => ({
  question: 'Q?',
  choices: ['a', 'b'],
  answer,
  hint: '',
  image: null,
  task: '',
  grade: 'grade2',
  subject: 'natural science',
  topic: '',
  category: '',
  skill: '',
  lecture: '',
  solution: '',
  split: 'test',
  ...more,
});

const exam = (): { dir: string; args: string[] } => {
  const dir = scratch({
    'problems.json': JSON.stringify({
      1: question(0, {}),
      2: question(1, { image: 'image.png' }),
      3: question(1, { hint: 'h', grade: 'grade9', subject: 'social science' }),
    }),
    'pid_splits.json': JSON.stringify({ train: ['1'], test: ['1', '2', '3'] }),
    'predictions.json': JSON.stringify({
      outputs: { 1: 'The answer is A.', 2: 'Well.', 3: 'The answer is B. BECAUSE: so.' },
    }),
  });
  const file = (name: string): string => join(dir, name);
  return {
    dir,
    args: [
      'eval',
      'science-qa',
      '--problems',
      file('problems.json'),
      '--splits',
      file('pid_splits.json'),
      '--predictions',
      file('predictions.json'),
    ],
  };
};

describe('llava eval science-qa', () => {
  it('prints the columns in percent as JSON, and what could not be read on stderr', async () => {
    const { code, out, err } = await run(...exam().args, '--json');
    expect(code).toBe(0);
    const row = JSON.parse(out) as Record<string, number | null>;
    expect(row).toEqual({
      accuracy: expect.closeTo(200 / 3, 9) as number,
      NAT: 50,
      SOC: 100,
      LAN: null,
      TXT: 100,
      IMG: 0,
      NO: 100,
      'G1-6': 50,
      'G7-12': 100,
      Avg: expect.closeTo(200 / 3, 9) as number,
      count: 3,
    });
    expect(err).toContain('1 of 3 answers name no choice; they count as wrong.');
  });

  it('prints a table, of another split if asked', async () => {
    const { code, out } = await run(...exam().args, '--split', 'train');
    expect(code).toBe(0);
    expect(out.split('\n')[1]!.trim().split(/ +/)).toEqual([
      '100',
      '100',
      '–',
      '–',
      '–',
      '–',
      '100',
      '100',
      '–',
      '100',
      '1',
    ]);
  });

  it('ends with 1 for wrong data and with 2 for wrong use, one message each', async () => {
    const { dir, args } = exam();
    const absent = await run(...args.slice(0, -1), join(dir, 'prediction.json'));
    expect([absent.code, absent.out]).toEqual([1, '']);
    expect(absent.err).toContain(`Did you mean ${join(dir, 'predictions.json')}?`);
    expect(absent.err.trim().split('\n')).toHaveLength(1);
    const use = await run('eval', 'science-qa', '--problems', 'x');
    expect(use.code).toBe(2);
    expect(use.err).toContain('--splits');
  });
});

describe('llava eval llava-bench', () => {
  it('prints the scores of one file, and mean and sd of several', async () => {
    const line = (model: number): string => JSON.stringify({ category: 'llava_bench_complex', tuple: [8, model] });
    const dir = scratch({ 'a.jsonl': line(4), 'b.jsonl': line(6) });
    const one = await run('eval', 'llava-bench', '--reviews', join(dir, 'a.jsonl'), '--json');
    expect(JSON.parse(one.out)).toEqual({ conv: null, detail: null, complex: 50, all: 50, count: 1 });
    const two = await run('eval', 'llava-bench', '--reviews', join(dir, 'a.jsonl'), join(dir, 'b.jsonl'), '--json');
    expect(JSON.parse(two.out)).toMatchObject({
      complex: 62.5,
      all: 62.5,
      count: 2,
      sd: { complex: expect.closeTo(Math.sqrt(312.5), 9) as number },
    });
    const table = await run('eval', 'llava-bench', '--reviews', join(dir, 'a.jsonl'), join(dir, 'b.jsonl'));
    expect(table.out).toMatch(/mean +– +– +62\.50 +62\.50 +2/);
    expect(table.out).toMatch(/sd +– +– +17\.68 +17\.68/);
  });
});
