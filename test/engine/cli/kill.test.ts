import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Plan } from '../../../dsl/plan/types.ts';
import { Lab, checkpointStep, until } from '../support/cli.ts';
import { countPlan } from '../support/plans.ts';

/** One stage long enough to be killed at, between two short ones. */
const lab = new Lab();
const plan: Plan = countPlan(lab.journal, {
  main: [
    { name: 'world' },
    { name: 'train', inputs: ['world'], config: { steps: 200, stepMs: 20, checkpointEvery: 7 } },
    { name: 'exam', inputs: ['train'] },
  ],
});
const reference = join(lab.dir, 'reference');
let file: string;

beforeAll(async () => {
  file = lab.plan(plan);
  const ended = await lab.run('run', file, '--home', reference, '--quiet');
  expect(ended).toMatchObject({ code: 0 });
});

afterAll(() => lab.close());

const kill = (pids: number[]): void => {
  expect(pids.length).toBeGreaterThan(0);
  for (const pid of pids) process.kill(pid, 'SIGKILL');
};

test('a run goes on by itself after kill -9 of the worker, of the server, and of both', async () => {
  const home = join(lab.dir, 'killed');
  const before = lab.starts('train').length;
  const run = lab.start('run', file, '--home', home, '--run', 'r');
  await until(() => checkpointStep(home, 'train') >= 14);
  kill(lab.pids('worker/main.ts', home));
  await until(() => lab.starts('train').length === before + 2);
  await until(() => checkpointStep(home, 'train') >= 49);
  kill(lab.pids('server start-dev', home));
  await until(() => run.stderr().includes('the Temporal server was gone'));
  await until(() => checkpointStep(home, 'train') >= 84);
  kill([...lab.pids('worker/main.ts', home), ...lab.pids('server start-dev', home)]);
  const ended = await run.ended;
  expect(ended, ended.stderr).toMatchObject({ code: 0 });
  expect(lab.artifacts(home)).toEqual(lab.artifacts(reference));
  // Each attempt but the first began at a checkpoint.
  const starts = lab.starts('train').slice(before);
  expect(starts.slice(1).every((line) => !line.endsWith('from 0'))).toBe(true);
});

test('after kill -9 of the tool its worker and compute processes stop, and resume ends in the same bytes', async () => {
  const home = join(lab.dir, 'abandoned');
  const run = lab.start('run', file, '--home', home, '--run', 'r');
  await until(() => checkpointStep(home, 'train') >= 21);
  run.child.kill('SIGKILL');
  await until(() => lab.pids('worker/main.ts', home).length === 0);
  await until(() => lab.pids('worker/compute.ts').length === 0);
  await until(() => lab.pids('server start-dev', home).length === 0);
  const status = await lab.run('status', 'r', '--home', home, '--json');
  expect(JSON.parse(status.stdout)).toMatchObject({ id: 'r', state: 'interrupted' });

  const ended = await lab.run('resume', 'r', '--home', home);
  expect(ended, ended.stderr).toMatchObject({ code: 0 });
  expect(lab.artifacts(home)).toEqual(lab.artifacts(reference));
});

test('after kill -9 of everything at once, resume ends in the same bytes', async () => {
  const home = join(lab.dir, 'crashed');
  const run = lab.start('run', file, '--home', home, '--run', 'r');
  await until(() => checkpointStep(home, 'train') >= 28);
  kill([run.child.pid!, ...lab.pids('worker/main.ts', home), ...lab.pids('server start-dev', home)]);
  const ended = await lab.run('resume', 'r', '--home', home);
  expect(ended, ended.stderr).toMatchObject({ code: 0 });
  expect(lab.artifacts(home)).toEqual(lab.artifacts(reference));
});
