import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseAnswer } from '../../../engine/benchmarks/answers.ts';
import { evalScienceQa } from '../../../engine/benchmarks/eval-science-qa.ts';
import { combineScores, scoreReviews } from '../../../engine/benchmarks/llava-bench.ts';
import { columnsOf, scienceQaMetrics, scoreScienceQa } from '../../../engine/benchmarks/science-qa.ts';
import type { Problem } from '../../../engine/data/formats/science-qa.ts';
import { answerText, questionText } from '../../../engine/data/samples/science-qa.ts';
import { messageOf, needsReal, REAL_DATA, scratch } from '../data/support.ts';

const problem = (change: Partial<Problem> = {}): Problem => ({
  pid: '1',
  question: 'Which is it?',
  choices: ['north', 'south', 'A magnet'],
  answer: 1,
  hint: '',
  hasImage: false,
  image: null,
  subject: 'natural science',
  grade: 'grade3',
  lecture: 'Poles differ.',
  solution: 'It is south.',
  split: 'test',
  ...change,
});

describe('the prompt of a science question', () => {
  it('holds question, context, lettered options, and the picture first', () => {
    expect(questionText(problem())).toBe(
      'Question: Which is it?\nContext: N/A\nOptions: (A) north (B) south (C) A magnet',
    );
    expect(questionText(problem({ hint: 'Look. ', image: '/x.png' }))).toBe(
      '<image>\nQuestion: Which is it?\nContext: Look.\nOptions: (A) north (B) south (C) A magnet',
    );
  });

  it('reasons before the answer or after it', () => {
    expect(answerText(problem(), 'reason_first')).toBe('Poles differ. It is south. The answer is B.');
    expect(answerText(problem(), 'answer_first')).toBe('The answer is B. BECAUSE: Poles differ. It is south.');
    expect(answerText(problem({ lecture: '', solution: ' ' }), 'answer_first')).toBe('The answer is B.');
  });
});

describe('reading an answer', () => {
  const choices = ['north', 'south', 'A magnet'];
  it.each([
    ['Poles differ. It is south. The answer is B.', 1],
    ['The answer is B. BECAUSE: the answer is easy to see.', 1],
    ['The answer is (C).', 2],
    ['So the answer is A', 0],
    ['The answer is C\nIt is clear.', 2],
    ['The correct answer is B.', 1],
    ['The answer is B. I repeat: the answer is B.', 1],
    ['B', 1],
    ['(B)', 1],
    ['B. south', 1],
    ['South.', 1],
    ['a magnet', 2],
  ])('%j', (text, choice) => {
    expect(parseAnswer(text, choices).choice).toBe(choice);
  });

  it.each([
    ['The answer is A. No, the answer is B.'],
    ['The answer is D.'],
    ['The answer is south of here.'],
    ['The answer is A magnet'],
    ['I would say it is south, or north.'],
    ['Both A and B'],
    ['b'],
    [''],
  ])('does not guess: %j', (text) => {
    expect(parseAnswer(text, choices)).toEqual({ choice: null, how: 'unparsable' });
  });

  it('reads back whatever it was trained to say', () => {
    for (const order of ['reason_first', 'answer_first'] as const) {
      for (const answer of [0, 1, 2])
        expect(parseAnswer(answerText(problem({ answer }), order), choices)).toEqual({
          choice: answer,
          how: 'sentence',
        });
    }
  });
});

describe("ScienceQA's columns", () => {
  it.each([
    [{}, ['NAT', 'NO', 'G1-6', 'Avg']],
    [{ hint: 'x', subject: 'social science', grade: 'grade6' }, ['SOC', 'TXT', 'G1-6', 'Avg']],
    [{ hasImage: true, subject: 'language science', grade: 'grade7' }, ['LAN', 'IMG', 'G7-12', 'Avg']],
    [{ hint: 'x', hasImage: true, grade: 'grade12' }, ['NAT', 'TXT', 'IMG', 'G7-12', 'Avg']],
  ])('%j', (change, columns) => {
    expect(columnsOf(problem(change))).toEqual(columns);
  });

  it('count what cannot be read, and what is missing, as wrong', () => {
    const problems = ['1', '2', '3', '4'].map((pid) => problem({ pid, hasImage: pid === '4' }));
    const score = scoreScienceQa(problems, new Map<string, number | string | null>([['1', 1], ['2', 'no idea'], ['3', 7]])); // prettier-ignore
    expect(score).toMatchObject({ accuracy: 0.25, count: 4, unparsable: 2, missing: 1 });
    expect(score.columns).toMatchObject({ NAT: 0.25, SOC: null, IMG: 0, NO: 1 / 3, Avg: 0.25 });
    expect(scienceQaMetrics(score)).toEqual({
      accuracy: 0.25,
      NAT: 0.25,
      IMG: 0,
      NO: 1 / 3,
      'G1-6': 0.25,
      Avg: 0.25,
      count: 4,
      unparsable: 2,
      missing: 1,
    });
  });
});

describe.skipIf(needsReal('science_qa'))('genuine ScienceQA', () => {
  const dir = join(REAL_DATA, 'science_qa');
  const files = (predictions: string, split = 'test'): Parameters<typeof evalScienceQa>[0] => ({
    problems: join(dir, 'problems.json'),
    splits: join(dir, 'pid_splits.json'),
    predictions,
    split,
  });
  type Row = { answer: number; choices: string[]; subject: string; grade: string; hint: string; image: string | null };
  const problems = (): Record<string, Row> =>
    JSON.parse(readFileSync(join(dir, 'problems.json'), 'utf8')) as Record<string, Row>;
  const splits = (): Record<string, string[]> =>
    JSON.parse(readFileSync(join(dir, 'pid_splits.json'), 'utf8')) as Record<string, string[]>;
  /** Right for two questions of three. */
  const guess = (pid: string, row: Row): number =>
    Number(pid) % 3 === 0 ? (row.answer + 1) % row.choices.length : row.answer;

  it('agrees with a count made by hand, in all forms of predictions', async () => {
    const all = Object.entries(problems());
    const indices = Object.fromEntries(all.map(([pid, row]) => [pid, guess(pid, row)]));
    const outputs = Object.fromEntries(
      all.map(([pid, row]) => [pid, `Because. The answer is ${'ABCDE'[guess(pid, row)]!}.`]),
    );
    const forms = scratch({
      'a.json': JSON.stringify({ results: indices }),
      'b.json': JSON.stringify({ outputs }),
      'c.json': JSON.stringify(indices),
      'd.json': JSON.stringify(outputs),
    });
    for (const split of ['train', 'val', 'test']) {
      const of = splits()[split]!.map((pid) => ({ pid, ...problems()[pid]! }));
      const percent = (wanted: (row: Row) => boolean): number | null => {
        const among = of.filter(wanted);
        return among.length === 0
          ? null
          : (100 * among.filter((row) => guess(row.pid, row) === row.answer).length) / among.length;
      };
      const grade = (row: Row): number => Number(row.grade.replace('grade', ''));
      const expected = {
        NAT: percent((row) => row.subject === 'natural science'),
        SOC: percent((row) => row.subject === 'social science'),
        LAN: percent((row) => row.subject === 'language science'),
        TXT: percent((row) => row.hint !== ''),
        IMG: percent((row) => row.image !== null),
        NO: percent((row) => row.hint === '' && row.image === null),
        'G1-6': percent((row) => grade(row) <= 6),
        'G7-12': percent((row) => grade(row) >= 7),
        Avg: percent(() => true),
      };
      for (const name of ['a.json', 'b.json', 'c.json', 'd.json']) {
        const { row, warnings } = await evalScienceQa(files(join(forms, name), split));
        expect(warnings).toEqual([]);
        expect(Object.keys(row)).toEqual([
          'accuracy',
          'NAT',
          'SOC',
          'LAN',
          'TXT',
          'IMG',
          'NO',
          'G1-6',
          'G7-12',
          'Avg',
          'count',
        ]);
        expect(row.count).toBe(50);
        expect(row.accuracy).toBe(row.Avg);
        for (const [column, value] of Object.entries(expected))
          expect(row[column as keyof typeof expected], column).toBeCloseTo(value!, 9);
      }
    }
  });

  it('warns of answers that are missing or unreadable', async () => {
    const pids = splits()['test']!;
    const dir = scratch({
      'p.json': JSON.stringify({ outputs: Object.fromEntries(pids.slice(0, 40).map((pid) => [pid, 'hm'])) }),
      'q.json': '{"x": 1}',
      'r.json': '{"1": [2]}',
    });
    const { row, warnings } = await evalScienceQa(files(join(dir, 'p.json')));
    expect(row.accuracy).toBe(0);
    expect(warnings).toEqual([
      '10 of 50 questions have no prediction; they count as wrong.',
      '40 of 50 answers name no choice; they count as wrong.',
    ]);
    expect(await messageOf(evalScienceQa(files(join(dir, 'q.json'))))).toContain(
      'none of its 1 predictions is for a question of split "test"',
    );
    expect(await messageOf(evalScienceQa(files(join(dir, 'r.json'))))).toContain('the prediction of question 1 is [2]');
    expect(await messageOf(evalScienceQa(files(join(dir, 'q.json'), 'tests')))).toContain(
      'there is no split "tests"; it has train, val, test',
    );
  });
});

describe('LLaVA-Bench', () => {
  const line = (category: string, tuple: unknown): string => JSON.stringify({ category, tuple });

  it('is the ratio of the sums, not the mean of the ratios', async () => {
    const dir = scratch({
      'a.jsonl': [
        line('conv', [10, 5]),
        line('llava_bench_conv', [5, 5]),
        '',
        line('detail', [8, 6]),
        line('llava_bench_complex', [9, 9]),
      ].join('\n'),
    });
    const score = await scoreReviews(join(dir, 'a.jsonl'));
    expect(score.conv).toBeCloseTo((100 * 10) / 15, 9);
    expect(score).toMatchObject({ detail: 75, complex: 100, count: 4 });
    expect(score.all).toBeCloseTo((100 * 25) / 32, 9);
    expect(combineScores([score])).toBe(score);
  });

  it('gives mean and standard deviation of several files', async () => {
    const dir = scratch({ 'a.jsonl': line('conv', [10, 5]), 'b.jsonl': line('conv', [10, 7]) });
    const scores = await Promise.all(['a.jsonl', 'b.jsonl'].map((name) => scoreReviews(join(dir, name))));
    const both = combineScores(scores);
    expect(both).toMatchObject({ conv: 60, all: 60, detail: null, count: 2 });
    expect(both.sd!.conv).toBeCloseTo(Math.sqrt(200), 9);
  });

  it.each([
    ['{"category": "conv", "tuple": [1, 2]', 'line 1, column 37 is not valid JSON'],
    [line('chat', [1, 2]), 'line 1 has the category "chat"; known: conv, detail, complex'],
    [line('conv', [1]), 'two numbers [reference, model] are expected'],
    [line('conv', [-1, -1]), 'a score below 0'],
    ['', 'there are no reviews in it'],
  ])('names the line: %s', async (text, message) => {
    expect(await messageOf(scoreReviews(join(scratch({ 'a.jsonl': text }), 'a.jsonl')))).toContain(message);
  });
});
