import { CancelledFailure, Context } from '@temporalio/activity';
import { WorkflowFailedError } from '@temporalio/client';
import type { WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { stageWorkflow } from '../../workflows/index.ts';
import { joinSignal, leaveUpdate, stageQuery } from '../../workflows/messages.ts';
import { FailureType, names } from '../../workflows/types.ts';
import type { ArtifactRef, StageInput } from '../../workflows/types.ts';
import { countPlan } from '../engine/support/plans.ts';
import { Bench } from './support.ts';

type Attempt = (attempt: number) => Promise<ArtifactRef>;

/** Stage name → what its attempts do. */
const attempts = new Map<string, Attempt>();
let bench: Bench;

beforeAll(async () => {
  bench = await Bench.open({ runStage: (input, attempt) => attempts.get(input.node.name)!(attempt) });
});
afterAll(() => bench.close());

const made: ArtifactRef = { key: 'k', metrics: { n: 1 }, cached: false };

function start(name: string, retry: number, behaviour: Attempt): Promise<WorkflowHandle<typeof stageWorkflow>> {
  attempts.set(name, behaviour);
  const [node] = countPlan('', { main: [{ name, retry }] }).stages;
  const input: StageInput = { node: node!, key: `${name}-key`, inputs: {}, home: bench.home };
  return bench.client.workflow.signalWithStart<typeof stageWorkflow, [string]>('stageWorkflow', {
    workflowId: names.stage('bench', input.key),
    taskQueue: names.controlQueue('bench'),
    args: [input],
    signal: joinSignal,
    signalArgs: ['first'],
  });
}

/** Runs until it is cancelled. */
const endless: Attempt = async () => {
  const context = Context.current();
  const beats = setInterval(() => context.heartbeat(), 50);
  await context.cancelled.finally(() => clearInterval(beats));
  return made;
};

async function failureOf(handle: WorkflowHandle<typeof stageWorkflow>): Promise<ApplicationFailure> {
  const error = await handle.result().then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(WorkflowFailedError);
  return (error as WorkflowFailedError).cause as ApplicationFailure;
}

test('a lost worker does not count as a failed attempt', async () => {
  const handle = await start('lost', 0, async (attempt) => {
    if (attempt < 4) throw ApplicationFailure.retryable('the worker stopped', FailureType.stopped);
    return made;
  });
  expect(await handle.result()).toEqual(made);
  expect((await handle.query(stageQuery)).attempts).toBe(4);
});

test('a stage that throws is tried as often as its plan says, a wrong file never again', async () => {
  let count = 0;
  const failing: Attempt = async () => {
    count += 1;
    throw ApplicationFailure.retryable('no luck', FailureType.stage);
  };
  expect(await failureOf(await start('unlucky', 2, failing))).toMatchObject({
    message: 'no luck',
    type: FailureType.stage,
  });
  expect(count).toBe(3);
  count = 0;
  const wrong: Attempt = async () => {
    count += 1;
    throw ApplicationFailure.nonRetryable('line 7 is no JSON', FailureType.data);
  };
  expect(await failureOf(await start('wrong', 2, wrong))).toMatchObject({
    message: 'line 7 is no JSON',
    type: FailureType.data,
  });
  expect(count).toBe(1);
});

test('a process that crashes every time is given up after the third crash', async () => {
  let count = 0;
  const crashing: Attempt = async () => {
    count += 1;
    throw ApplicationFailure.retryable('killed by SIGKILL', FailureType.crash);
  };
  expect(await failureOf(await start('crashing', 0, crashing))).toMatchObject({
    message: 'killed by SIGKILL',
    type: FailureType.crash,
  });
  expect(count).toBe(3);
});

test('a stage is stopped when the last of its waiters leaves, not before', async () => {
  const handle = await start('wanted', 0, endless);
  await handle.signal(joinSignal, 'second');
  await handle.signal(joinSignal, 'second');
  expect(await handle.executeUpdate(leaveUpdate, { args: ['first'] })).toBe(1);
  expect((await handle.describe()).status.name).toBe('RUNNING');
  expect((await handle.query(stageQuery)).waiters).toEqual(['second']);
  expect(await handle.executeUpdate(leaveUpdate, { args: ['second'] })).toBe(0);
  expect(await failureOf(handle)).toMatchObject({ type: FailureType.cancelled });
});

test('a stage that is stopping goes on when somebody joins meanwhile', async () => {
  let stopping: () => void = () => {};
  const asked = new Promise<void>((resolve) => (stopping = resolve));
  let begin: () => void = () => {};
  const begun = new Promise<void>((resolve) => (begin = resolve));
  let go: () => void = () => {};
  const joined = new Promise<void>((resolve) => (go = resolve));
  const handle = await start('rejoined', 0, async (attempt) => {
    if (attempt > 1) return made;
    begin();
    await endless(attempt).catch(() => {});
    stopping();
    await joined;
    throw new CancelledFailure('after a checkpoint');
  });
  await begun;
  await handle.executeUpdate(leaveUpdate, { args: ['first'] });
  await asked;
  await handle.signal(joinSignal, 'late');
  go();
  expect(await handle.result()).toEqual(made);
});
