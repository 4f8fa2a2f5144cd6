import { describe, expect, it } from 'vitest';
import type { Plan } from '../../../dsl/plan/types.ts';
import { createRun, saveProgress } from '../../../engine/runs/record.ts';
import { openHome } from '../../../engine/store/home.ts';
import type { RunProgress } from '../../../workflows/types.ts';
import { run } from '../benchmarks/run-main.ts';
import { scratch } from '../data/support.ts';

const PLAN: Plan = {
  version: 'llava-plan/1',
  experiment: 'e',
  stages: [],
  variants: ['best', 'other'].map((name) => ({
    id: `${name}#1`,
    ablation: 'a',
    name,
    label: name,
    seed: 1,
    stages: { exam: `exam-${name}` },
  })),
  ablations: [
    {
      name: 'a',
      measure: { stage: 'exam', metric: 'accuracy' },
      seeds: [1],
      rows: [
        { name: 'best', label: 'Best', paper: 90 },
        { name: 'other', label: 'Other', paper: 80 },
      ],
    },
  ],
};

/** A home with a run in which `best` has ended and `other` has not. */
function unfinishedRun(): string {
  const dir = scratch();
  const home = openHome(dir);
  const now = '2026-01-01T00:00:00.000Z';
  createRun(
    home,
    {
      version: 'llava-run/1',
      id: 'r1',
      experiment: 'e',
      file: '/e.llava',
      set: [],
      cwd: '/',
      only: null,
      state: 'failed',
      created: now,
      started: now,
      ended: now,
      supervisor: null,
      error: null,
    },
    PLAN,
  );
  const progress = {
    runId: 'r1',
    variants: PLAN.variants,
    stages: [
      { id: 'exam-best', state: 'done', key: 'exam-0', metrics: { accuracy: 0.625 } },
      { id: 'exam-other', state: 'running', key: null, metrics: null },
    ],
  };
  saveProgress(home, progress as unknown as RunProgress);
  return dir;
}

describe('llava table', () => {
  it('shows what a run has measured so far, in each format', async () => {
    const home = unfinishedRun();
    const text = await run('table', 'r1', '--home', home);
    expect(text.code).toBe(0);
    expect(text.out).toMatch(/Best +62\.50 +1/);
    expect(text.out).toMatch(/Other +– +0 of 1/);
    expect((await run('table', 'r1', '--home', home, '--format', 'markdown')).out).toContain('| Best | 62.50 | 1 |');
    expect((await run('table', 'r1', '--home', home, '--format', 'csv')).out).toContain(
      'a,exam.accuracy,percent,best,Best,1,62.5,',
    );
    expect(JSON.parse((await run('table', 'r1', '--home', home, '--json')).out)).toMatchObject([
      { ablation: 'a', rows: [{ mean: 62.5 }, { mean: null }] },
    ]);
  });

  it('refuses an unknown run (1) and an unknown format (2)', async () => {
    const home = unfinishedRun();
    const absent = await run('table', 'r2', '--home', home);
    expect([absent.code, absent.out]).toEqual([1, '']);
    expect(absent.err).toContain('there is no run r2');
    const format = await run('table', 'r1', '--home', home, '--format', 'html');
    expect(format.code).toBe(2);
    expect(format.err).toContain('text, markdown, csv, json');
  });
});
