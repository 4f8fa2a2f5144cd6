import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';
import type { ComputeActivities, ControlActivities } from './types.ts';

/**
 * How long an attempt may be silent before another begins. Longer than a restart of the worker or of the server takes, so that a
 * stage is not begun again while its compute process is well.
 */
const SILENCE = '6s';

/** Ends by itself soon, or fails for good. */
export const { prepare } = proxyActivities<ControlActivities>({
  startToCloseTimeout: '1 hour',
  heartbeatTimeout: '30s',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '10s', maximumAttempts: 5 },
});

/** Waits as long as the stage takes, over any number of restarts; the stage's own failure comes as a non-retryable one. */
export const { awaitStage } = proxyActivities<ControlActivities>({
  startToCloseTimeout: '3650 days',
  heartbeatTimeout: SILENCE,
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '200ms', backoffCoefficient: 1.5, maximumInterval: '5s' },
});

/** One attempt: the stage's workflow decides about the next one, because a lost worker is not a failed stage. */
export function computeActivities(queue: string): ComputeActivities {
  return proxyActivities<ComputeActivities>({
    taskQueue: queue,
    startToCloseTimeout: '3650 days',
    heartbeatTimeout: SILENCE,
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    retry: { maximumAttempts: 1 },
  });
}
