import { ApplicationFailure, CancellationScope, setHandler, setWorkflowOptions, sleep } from '@temporalio/workflow';
import { computeActivities } from './activities.ts';
import { endingWith, judge, rootOf } from './failures.ts';
import { joinSignal, leaveUpdate, stageQuery } from './messages.ts';
import { FailureType, names } from './types.ts';
import type { ArtifactRef, StageInput } from './types.ts';

/** A stage whose process crashes so often is given up, whatever its retry says. */
const CRASHES = 2;
const LONGEST_PAUSE_S = 600;

setWorkflowOptions({ failureExceptionTypes: [Error] }, stageWorkflow);

/**
 * Makes one artifact, once, for all who wait for it: variants of one run, several runs, at the same time. Whoever wants it joins by
 * a signal (the first one starts the workflow with it); when the last has left, the compute process is asked to write a checkpoint
 * and stop.
 */
export async function stageWorkflow(input: StageInput): Promise<ArtifactRef> {
  const waiters = new Set<string>();
  let joined = false;
  let attempts = 0;
  let failures = 0;
  let crashes = 0;
  let lastError: string | null = null;
  let scope: CancellationScope | null = null;

  setHandler(stageQuery, () => ({ waiters: [...waiters], attempts, lastError }));
  setHandler(joinSignal, (waiter) => {
    joined = true;
    waiters.add(waiter);
  });
  setHandler(leaveUpdate, (waiter) => {
    waiters.delete(waiter);
    if (waiters.size === 0) scope?.cancel();
    return waiters.size;
  });

  const { runStage } = computeActivities(names.computeQueue(input.home.id));
  const attempt = (pauseSeconds: number): Promise<ArtifactRef> => {
    scope = new CancellationScope();
    return scope.run(async () => {
      if (pauseSeconds > 0) await sleep(pauseSeconds * 1000);
      attempts += 1;
      return runStage(input, attempts);
    });
  };

  let pause = 0;
  for (;;) {
    // The only waiter may have left in the same breath in which it joined.
    if (joined && waiters.size === 0) throw nobody();
    try {
      return await attempt(pause);
    } catch (error) {
      const verdict = judge(error);
      // Somebody may have joined while the compute process was stopping: then it goes on from its checkpoint.
      if (verdict === 'cancelled') {
        if (CancellationScope.current().consideredCancelled) throw error;
        if (waiters.size === 0) throw nobody();
        pause = 0;
        continue;
      }
      lastError = rootOf(error).message;
      pause = 0;
      if (verdict === 'final') throw endingWith(error);
      if (verdict === 'crashed' && ++crashes > Math.max(CRASHES, input.node.retry.times)) throw endingWith(error);
      if (verdict === 'failed') {
        if (++failures > input.node.retry.times) throw endingWith(error);
        pause = Math.min(LONGEST_PAUSE_S, input.node.retry.backoffSeconds * 2 ** (failures - 1));
      }
    }
  }
}

const nobody = (): ApplicationFailure =>
  ApplicationFailure.nonRetryable('nobody waits for it any more', FailureType.cancelled);
