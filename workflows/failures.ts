import {
  ActivityFailure,
  ApplicationFailure,
  ChildWorkflowFailure,
  TimeoutFailure,
  isCancellation,
} from '@temporalio/workflow';
import { FailureType } from './types.ts';

/** The failure that a user is to read: the innermost one with a type of ours, or the innermost of all. */
export function rootOf(error: unknown): Error {
  let root = error instanceof Error ? error : new Error(String(error));
  while ((root instanceof ActivityFailure || root instanceof ChildWorkflowFailure) && root.cause) root = root.cause;
  return root;
}

/** The same sentence and type, as a failure that ends a workflow. */
export function endingWith(error: unknown): ApplicationFailure {
  const root = rootOf(error);
  if (root instanceof ApplicationFailure) {
    return ApplicationFailure.create({
      message: root.message,
      type: root.type ?? FailureType.stage,
      nonRetryable: true,
      details: root.details ?? [],
    });
  }
  return ApplicationFailure.nonRetryable(root.message, FailureType.stage);
}

/** What became of an attempt, as far as trying again goes. */
export type Verdict =
  /** Asked for; not a failure. */
  | 'cancelled'
  /** The worker or the connection went away: the stage is not to blame, however often it happens. */
  | 'lost'
  /** The compute process was killed or crashed. */
  | 'crashed'
  /** The stage's code threw: as often as the plan's retry says. */
  | 'failed'
  /** Trying again cannot help. */
  | 'final';

export function judge(error: unknown): Verdict {
  if (isCancellation(error)) return 'cancelled';
  const root = rootOf(error);
  if (root instanceof TimeoutFailure) return root.timeoutType === 'HEARTBEAT' ? 'lost' : 'failed';
  if (!(root instanceof ApplicationFailure)) return 'failed';
  if (root.type === FailureType.stopped) return 'lost';
  if (root.type === FailureType.crash) return 'crashed';
  return root.nonRetryable ? 'final' : 'failed';
}
