import { CancelledFailure, Context } from '@temporalio/activity';
import { WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import { ApplicationFailure, TerminatedFailure } from '@temporalio/common';
import { joinSignal, leaveUpdate } from '../../workflows/messages.ts';
import { FailureType, names } from '../../workflows/types.ts';
import type { ArtifactRef, AwaitInput, ControlActivities, PreparedStage, StageInput } from '../../workflows/types.ts';
import type { stageWorkflow } from '../../workflows/index.ts';
import { DataError, EnvironmentError } from '../stages/types.ts';
import type { Home } from '../store/home.ts';
import { lookupStages } from '../store/lookup.ts';
import { Store } from '../store/store.ts';
import { Reporter } from './reporter.ts';

const TICK_MS = 250;
const BEAT_EVERY = 4;

/** Light activities: they wait for others and read small files. */
export function controlActivities(home: Home, client: Client): ControlActivities {
  const store = new Store(home);
  const reporter = new Reporter(home, client);

  return {
    async prepare({ nodes, home: { base } }) {
      const beats = setInterval(() => Context.current().heartbeat(), 5000);
      try {
        const found = await lookupStages(home, { stages: nodes }, base);
        return Object.fromEntries(
          [...found].map(([id, { key, cached }]): [string, PreparedStage] => [
            id,
            { key, cached: cached && { key, metrics: cached.metrics, cached: true } },
          ]),
        );
      } catch (error) {
        if (error instanceof DataError) throw ApplicationFailure.nonRetryable(error.message, FailureType.data);
        if (error instanceof EnvironmentError)
          throw ApplicationFailure.nonRetryable(error.message, FailureType.environment);
        throw error;
      } finally {
        clearInterval(beats);
      }
    },

    async awaitStage(input) {
      const there = store.get(input.key);
      const made = there ? { key: there.key, metrics: there.metrics, cached: true } : await waitFor(input);
      await reporter.last(input, made);
      return made;
    },
  };

  async function waitFor(input: AwaitInput): Promise<ArtifactRef> {
    const context = Context.current();
    const { runId: _run, waiter, ...stage } = input;
    for (;;) {
      const joined = await join(stage, waiter);
      const handle = client.workflow.getHandle<typeof stageWorkflow>(joined.workflowId, joined.signaledRunId);
      const end = new Settled(handle.result());
      for (let tick = 0; !end.settled; tick++) {
        if (tick % BEAT_EVERY === 0) context.heartbeat();
        if (context.cancellationSignal.aborted) throw await leave(handle, end, context, waiter);
        await reporter.tick(input);
        await end.wait(TICK_MS);
      }
      try {
        return await end.promise;
      } catch (error) {
        if (!(error instanceof WorkflowFailedError)) throw error;
        const { cause } = error;
        const stopped =
          cause instanceof CancelledFailure ||
          cause instanceof TerminatedFailure ||
          (cause instanceof ApplicationFailure && cause.type === FailureType.cancelled);
        // Somebody else stopped it just when this one joined.
        if (stopped) continue;
        const failure =
          cause instanceof ApplicationFailure
            ? ApplicationFailure.nonRetryable(cause.message, cause.type ?? FailureType.stage, input.node.id)
            : ApplicationFailure.nonRetryable(error.message, FailureType.stage, input.node.id);
        await reporter.failed(input, failure.message);
        throw failure;
      }
    }
  }

  function join(stage: StageInput, waiter: string): Promise<{ workflowId: string; signaledRunId: string }> {
    return client.workflow.signalWithStart<typeof stageWorkflow, [string]>('stageWorkflow', {
      workflowId: names.stage(stage.home.id, stage.key),
      taskQueue: names.controlQueue(stage.home.id),
      args: [stage],
      signal: joinSignal,
      signalArgs: [waiter],
      // The store, not the history, says whether the artifact is there: an earlier end of this workflow means nothing.
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      workflowIdConflictPolicy: 'USE_EXISTING',
    });
  }

  /** Takes back the wish, and waits for the checkpoint when nobody else has it; answers what the activity ends with. */
  async function leave(
    handle: { executeUpdate: ReturnType<typeof client.workflow.getHandle<typeof stageWorkflow>>['executeUpdate'] },
    end: Settled<ArtifactRef>,
    context: Context,
    waiter: string,
  ): Promise<Error> {
    const reason = (context.cancellationSignal.reason as Error | undefined)?.message ?? 'CANCELLED';
    if (reason === 'WORKER_SHUTDOWN') return ApplicationFailure.retryable('the worker stopped', FailureType.stopped);
    // After a silence another attempt waits in the same name.
    if (context.cancellationDetails?.timedOut) return new CancelledFailure(reason);
    try {
      const left = await handle.executeUpdate(leaveUpdate, { args: [waiter] });
      while (left === 0 && !end.settled) {
        context.heartbeat();
        await end.wait(TICK_MS);
      }
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError) && !end.settled) throw error;
    }
    return new CancelledFailure(reason);
  }
}

/** A promise that can be asked whether it has settled. */
class Settled<T> {
  readonly promise: Promise<T>;
  settled = false;

  constructor(promise: Promise<T>) {
    this.promise = promise;
    promise.then(
      () => (this.settled = true),
      () => (this.settled = true),
    );
  }

  /** Until it settles, at most so long. */
  async wait(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const pause = new Promise((resolve) => (timer = setTimeout(resolve, ms)));
    await Promise.race([pause, this.promise.catch(() => {})]);
    clearTimeout(timer);
  }
}
