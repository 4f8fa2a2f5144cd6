import { WorkflowFailedError, WorkflowNotFoundError, isGrpcServiceError } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure, TerminatedFailure } from '@temporalio/common';
import { progressQuery } from '../../workflows/messages.ts';
import { FailureType, names } from '../../workflows/types.ts';
import type { RunInput, RunProgress } from '../../workflows/types.ts';
import type { runWorkflow } from '../../workflows/index.ts';

/** How a run's workflow ended. */
export type Ending = { state: 'done' } | { state: 'cancelled' } | { state: 'failed'; type: string; message: string };

const QUERY_MS = 4000;

/** Starts the run's workflow, or joins the one that still goes on. `restart` ends that one first, because it was being cancelled. */
export async function startOrJoin(client: Client, input: RunInput, restart: boolean): Promise<'started' | 'joined'> {
  const workflowId = names.run(input.home.id, input.runId);
  const handle = client.workflow.getHandle(workflowId);
  try {
    const { status } = await handle.describe();
    if (status.name === 'RUNNING') {
      if (!restart) return 'joined';
      await handle.terminate('begun again by resume');
    }
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
  await client.workflow.start<typeof runWorkflow>('runWorkflow', {
    workflowId,
    taskQueue: names.controlQueue(input.home.id),
    args: [input],
    // What was done already is in the store; an earlier end of the workflow does not matter.
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
  });
  return 'started';
}

/** Waits for the end, over restarts of the server; `client` is asked anew after each. */
export async function ending(client: () => Client, homeId: string, runId: string): Promise<Ending> {
  for (;;) {
    try {
      await client().workflow.getHandle<typeof runWorkflow>(names.run(homeId, runId)).result();
      return { state: 'done' };
    } catch (error) {
      if (error instanceof WorkflowFailedError) return endingOf(error);
      // The server is away or being started again; anything else is a fault of ours.
      if (!isConnectionTrouble(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

function endingOf({ cause, message }: WorkflowFailedError): Ending {
  if (cause instanceof CancelledFailure) return { state: 'cancelled' };
  if (cause instanceof TerminatedFailure) return { state: 'cancelled' };
  if (cause instanceof ApplicationFailure) {
    return { state: 'failed', type: cause.type ?? FailureType.stage, message: cause.message };
  }
  return { state: 'failed', type: FailureType.stage, message: cause?.message ?? message };
}

/** The query `progress`; null when no worker answers just now. */
export async function queryProgress(client: Client, homeId: string, runId: string): Promise<RunProgress | null> {
  try {
    return await client.connection.withDeadline(Date.now() + QUERY_MS, () =>
      client.workflow.getHandle(names.run(homeId, runId)).query(progressQuery),
    );
  } catch {
    return null;
  }
}

export async function cancelRun(client: Client, homeId: string, runId: string): Promise<void> {
  await client.workflow.getHandle(names.run(homeId, runId)).cancel();
}

/** UNAVAILABLE, CANCELLED (by closing the client), DEADLINE_EXCEEDED, or a channel that was closed under the call. */
export function isConnectionTrouble(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (isGrpcServiceError(at) && [1, 4, 14].includes(at.code)) return true;
    if (/channel has been (closed|shut down)|Channel has been/i.test(at.message)) return true;
  }
  return false;
}
