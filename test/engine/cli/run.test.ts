import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { RunProgress, VariantResult } from '../../../workflows/types.ts';
import { Lab, checkpointStep, until } from '../support/cli.ts';
import { countPlan } from '../support/plans.ts';
import type { CountStage } from '../support/plans.ts';

const lab = new Lab();
afterAll(() => lab.close());

const variant = (seed: number): CountStage[] => [
  { name: 'world' },
  { name: 'see', inputs: ['world'] },
  { name: 'tune', inputs: ['see'], seed },
];

describe('a run', () => {
  const home = join(lab.dir, 'home');
  const file = lab.plan(
    countPlan(lab.journal, { a: variant(1), b: variant(2), c: variant(3), d: variant(4), e: variant(5) }),
  );

  test('does a stage that five variants share once, and tells what each stage measured', async () => {
    const ended = await lab.run('run', file, '--home', home, '--run', 'first', '--json');
    expect(ended, ended.stderr).toMatchObject({ code: 0 });
    expect(lab.starts('world')).toHaveLength(1);
    expect(lab.starts('see')).toHaveLength(1);
    expect(lab.starts('tune')).toHaveLength(5);
    const { variants } = JSON.parse(ended.stdout) as { variants: VariantResult[] };
    expect(variants.map(({ id }) => id)).toEqual(['a#0', 'b#0', 'c#0', 'd#0', 'e#0']);
    expect(variants[0]?.stages['tune']?.metrics['steps']).toBe(10);
    expect(ended.stderr).toMatch(/tune \(e\): done/);
    const status = JSON.parse((await lab.run('status', 'first', '--home', home, '--json')).stdout) as RunProgress & {
      state: string;
    };
    expect(status.state).toBe('done');
    expect(status.stages.map(({ state }) => state)).toEqual(Array(7).fill('done'));
    const rows = readFileSync(join(home, 'runs', 'first', 'metrics', `${status.stages[0]!.id}.jsonl`), 'utf8');
    expect(rows.trim().split('\n')).toHaveLength(10);
  });

  test('takes what another run has made from the store', async () => {
    const before = lab.starts().length;
    const ended = await lab.run('run', file, '--home', home, '--run', 'second');
    expect(ended, ended.stderr).toMatchObject({ code: 0 });
    expect(ended.stderr).toContain('all 7 stages are in the store already');
    expect(lab.starts()).toHaveLength(before);
  });

  test('needs an id of its own', async () => {
    const ended = await lab.run('run', file, '--home', home, '--run', 'first');
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain('llava resume first');
  });

  test('leaves no process behind', async () => {
    await until(() => lab.pids().length === 0, 5000);
  });
});

test('two runs of one home at the same time do each stage once', async () => {
  const home = join(lab.dir, 'shared');
  const file = lab.plan(
    countPlan(lab.journal, {
      main: [
        { name: 'twin', config: { steps: 100, stepMs: 20 } },
        { name: 'after_twin', inputs: ['twin'] },
      ],
    }),
    'twin.json',
  );
  const one = lab.start('run', file, '--home', home, '--run', 'one');
  await until(() => checkpointStep(home, 'twin') > 0);
  const two = await lab.run('run', file, '--home', home, '--run', 'two');
  expect(two, two.stderr).toMatchObject({ code: 0 });
  expect(await one.ended).toMatchObject({ code: 0 });
  expect(lab.starts('twin')).toHaveLength(1);
  expect(lab.starts('after_twin')).toHaveLength(1);
});

test('Ctrl-C cancels after a checkpoint with exit code 130, resume goes on from it, a changed file is told', async () => {
  const home = join(lab.dir, 'cancelled');
  const stages = (steps: number): CountStage[] => [
    { name: 'long', config: { steps, stepMs: 20, checkpointEvery: 1000 } },
  ];
  const file = lab.plan(countPlan(lab.journal, { main: stages(150) }), 'long.json');
  const run = lab.start('run', file, '--home', home, '--run', 'r');
  await until(() => lab.starts('long').length === 1);
  await new Promise((resolve) => setTimeout(resolve, 500));
  run.child.kill('SIGINT');
  const ended = await run.ended;
  expect(ended, ended.stderr).toMatchObject({ code: 130 });
  const step = checkpointStep(home, 'long');
  expect(step).toBeGreaterThan(0);

  writeFileSync(file, JSON.stringify(countPlan(lab.journal, { main: stages(160) })));
  const refused = await lab.run('resume', 'r', '--home', home);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('long.steps: 150 → 160');
  expect(refused.stderr).toContain('--fork');

  writeFileSync(file, JSON.stringify(countPlan(lab.journal, { main: stages(150) })));
  const resumed = await lab.run('resume', 'r', '--home', home);
  expect(resumed, resumed.stderr).toMatchObject({ code: 0 });
  expect(lab.starts('long')[1]).toBe(`long 0 from ${step}`);
});

test('a second Ctrl-C ends at once, leaves no process, and resume begins anew', async () => {
  const home = join(lab.dir, 'abandoned');
  const config = { steps: 3, stepMs: 1500, checkpointEvery: 1, trouble: 'block' as const };
  const file = lab.plan(countPlan(lab.journal, { main: [{ name: 'stuck', config }] }), 'stuck.json');
  const run = lab.start('run', file, '--home', home, '--run', 'r');
  await until(() => checkpointStep(home, 'stuck') === 1);
  run.child.kill('SIGINT');
  await new Promise((resolve) => setTimeout(resolve, 600));
  run.child.kill('SIGINT');
  expect((await run.ended).code).toBe(130);
  await until(() => lab.pids(home).length === 0, 5000);
  const resumed = await lab.run('resume', 'r', '--home', home);
  expect(resumed, resumed.stderr).toMatchObject({ code: 0 });
  expect(
    lab
      .starts('stuck')
      .slice(1)
      .every((line) => !line.endsWith('from 0')),
  ).toBe(true);
});

describe('a failure', () => {
  const home = join(lab.dir, 'failing');
  const run = (name: string, stages: CountStage[]): ReturnType<Lab['run']> =>
    lab.run('run', lab.plan(countPlan(lab.journal, { main: stages }), `${name}.json`), '--home', home, '--run', name);

  test('of the data ends with exit code 1, its sentence, and what does not depend on it is kept', async () => {
    const ended = await run('data', [
      { name: 'good' },
      { name: 'bad', config: { trouble: 'data' }, retry: 3 },
      { name: 'never', inputs: ['bad', 'good'] },
    ]);
    expect(ended.code, ended.stderr).toBe(1);
    expect(ended.stderr).toContain('error: captions.json:7: the caption is missing; add it');
    expect(lab.starts('bad')).toHaveLength(1);
    expect(lab.starts('never')).toHaveLength(0);
    expect(Object.keys(lab.artifacts(home)).map((key) => key.split('-')[0])).toEqual(['good']);
    const runs = await lab.run('runs', '--home', home);
    expect(runs.stdout).toMatch(/data +failed +1\/3/);
  });

  test('of a stage is tried again as often as the plan says, then ends with exit code 3', async () => {
    const ended = await run('flaky', [
      { name: 'flaky', config: { failures: 2 }, retry: 2 },
      { name: 'broken', config: { failures: 9 }, retry: 1 },
      { name: 'crashing', config: { failures: 1, trouble: 'crash' } },
    ]);
    expect(ended.code, ended.stderr).toBe(3);
    expect(ended.stderr).toContain('error: stage broken failed: attempt 2 went wrong');
    expect(lab.starts('flaky')).toHaveLength(3);
    expect(lab.starts('broken')).toHaveLength(2);
    expect(lab.starts('crashing')).toHaveLength(2);
    expect(ended.stderr).toMatch(/flaky: done/);
    expect(ended.stderr).toMatch(/crashing: done/);
  });

  test('of an assert ends with exit code 3 and its text', async () => {
    const ended = await run('assert', [
      { name: 'probe', asserts: [{ metric: 'steps', op: '>=', value: 11, text: 'probe.steps >= 11' }] },
      { name: 'gated', after: ['probe'] },
    ]);
    expect(ended.code, ended.stderr).toBe(3);
    expect(ended.stderr).toContain('assert probe.steps >= 11 is false: steps is 10');
    expect(lab.starts('gated')).toHaveLength(0);
    const status = JSON.parse((await lab.run('status', 'assert', '--home', home, '--json')).stdout) as RunProgress;
    expect(status.stages.map(({ state }) => state)).toEqual(['done', 'skipped']);
  });
});

test('a detached run is watched and cancelled from elsewhere', async () => {
  const home = join(lab.dir, 'detached');
  const stages = [
    { name: 'slow', config: { steps: 2000, stepMs: 20, checkpointEvery: 1000, trouble: 'block' as const } },
  ];
  const file = lab.plan(countPlan(lab.journal, { main: stages }), 'slow.json');
  const started = await lab.run('run', file, '--home', home, '--detach');
  expect(started).toMatchObject({ code: 0 });
  const id = started.stdout.trim();
  expect(id).toMatch(/^counting-\d{8}-1$/);
  await until(() => lab.starts('slow').length === 1);
  const cancelled = await lab.run('cancel', id, '--home', home);
  expect(cancelled, cancelled.stderr).toMatchObject({ code: 0 });
  expect(cancelled.stderr).toContain(`run ${id} is cancelled`);
  expect(checkpointStep(home, 'slow')).toBeGreaterThan(0);
  await until(() => lab.pids().length === 0);
  expect(existsSync(join(home, 'server', 'server.json'))).toBe(false);
});
