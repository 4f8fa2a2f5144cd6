import { CancelledFailure, Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { FailureType } from '../../workflows/types.ts';
import type { ArtifactRef, ComputeActivities, StageInput } from '../../workflows/types.ts';
import type { Home } from '../store/home.ts';
import { Store } from '../store/store.ts';
import { startCompute } from './host.ts';
import type { Outcome } from './host.ts';
import { writeLive } from './status.ts';
import type { StageLive } from './status.ts';

const BEAT_MS = 250;
/** Long enough for a step and a checkpoint. */
const PATIENCE_MS = 60_000;
/** The supervisor wants to end: the last checkpoint must do if a new one takes longer. */
const SHUTDOWN_PATIENCE_MS = 8000;

/** The activity of the compute queue: supervises one compute process; the worker's event loop stays free to send heartbeats. */
export function computeActivities(home: Home): ComputeActivities {
  return { runStage: (input, attempt) => runStage(home, input, attempt) };
}

async function runStage(home: Home, input: StageInput, attempt: number): Promise<ArtifactRef> {
  const there = new Store(home).get(input.key);
  if (there) return { key: there.key, metrics: there.metrics, cached: true };

  const context = Context.current();
  const { workflowExecution } = context.info;
  const live: StageLive = { at: Date.now(), attempt, progress: null };
  let changed = true;
  const child = startCompute(home, input, workflowExecution?.runId ?? input.key, (progress) => {
    live.progress = progress;
    changed = true;
  });
  const beat = (): void => {
    context.heartbeat(live.progress);
    if (changed) writeLive(home, input.key, { ...live, at: Date.now() });
    changed = false;
  };
  const beats = setInterval(beat, BEAT_MS);
  const onCancel = (): void => {
    const why = context.cancellationDetails;
    // Another attempt has begun, or the workflow is gone: what this one makes is wanted by nobody.
    if (why?.timedOut || why?.notFound) child.kill();
    else
      child.cancel(
        context.cancellationSignal.reason?.message === 'WORKER_SHUTDOWN' ? SHUTDOWN_PATIENCE_MS : PATIENCE_MS,
      );
  };
  context.cancellationSignal.addEventListener('abort', onCancel);
  if (context.cancellationSignal.aborted) onCancel();
  try {
    beat();
    const outcome = await child.outcome;
    if (outcome.type === 'done') return { key: input.key, metrics: outcome.metrics, cached: false };
    throw failureOf(outcome, input, context.cancellationSignal);
  } finally {
    clearInterval(beats);
  }
}

function failureOf(outcome: Exclude<Outcome, { type: 'done' }>, input: StageInput, cancellation: AbortSignal): Error {
  if (cancellation.aborted) {
    const message = (cancellation.reason as Error | undefined)?.message;
    if (message === 'WORKER_SHUTDOWN') {
      return ApplicationFailure.retryable(`the worker stopped while stage ${input.node.name} ran`, FailureType.stopped);
    }
    return new CancelledFailure(message ?? 'CANCELLED');
  }
  if (outcome.type === 'crashed')
    return ApplicationFailure.retryable(outcome.message, FailureType.crash, input.node.id);
  switch (outcome.name) {
    case 'DataError':
      return ApplicationFailure.nonRetryable(outcome.message, FailureType.data, input.node.id);
    case 'EnvironmentError':
      return ApplicationFailure.nonRetryable(outcome.message, FailureType.environment, input.node.id);
    // Asked to stop by a signal of its own, or overtaken by another attempt.
    case 'Cancelled':
    case 'LeaseLost':
      return ApplicationFailure.retryable(outcome.message, FailureType.stopped);
    default:
      return ApplicationFailure.retryable(
        `stage ${input.node.name} failed: ${outcome.message}`,
        FailureType.stage,
        input.node.id,
        outcome.stack,
      );
  }
}
