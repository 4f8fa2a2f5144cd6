import {
  ChildWorkflowCancellationType,
  executeChild,
  isCancellation,
  setHandler,
  setWorkflowOptions,
} from '@temporalio/workflow';
import { prepare } from './activities.ts';
import { endingWith } from './failures.ts';
import { progressQuery, reportSignal } from './messages.ts';
import { RunState } from './progress.ts';
import { nodesOf, selectNodes } from './select.ts';
import { names } from './types.ts';
import type { RunInput, RunResult, VariantInput, VariantResult } from './types.ts';
import { variantWorkflow } from './variant.ts';

setWorkflowOptions({ failureExceptionTypes: [Error] }, runWorkflow);

/**
 * Interprets a plan: looks up what the store holds, then runs one child workflow for each variant, all side by side. A failed
 * variant does not stop the others; the run then ends with the first failure in the plan's order.
 */
export async function runWorkflow(input: RunInput): Promise<RunResult> {
  const nodes = selectNodes(input.plan, input.only);
  const state = new RunState(input.runId, nodes, input.plan.variants);
  setHandler(progressQuery, () => state.view());
  setHandler(reportSignal, (status) => {
    state.report(status);
  });
  try {
    const prepared = await prepare({ nodes, home: input.home });
    state.prepared(prepared);
    const ends = await Promise.allSettled(
      input.plan.variants.map(async (variant): Promise<VariantResult> => {
        const mine = nodesOf(variant.stages, nodes);
        const child: VariantInput = {
          runId: input.runId,
          variant,
          nodes: mine,
          home: input.home,
          prepared: Object.fromEntries(mine.map(({ id }) => [id, prepared[id]!])),
        };
        try {
          const result = await executeChild(variantWorkflow, {
            workflowId: names.variant(input.home.id, input.runId, variant.id),
            args: [child],
            cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
          });
          state.ended(variant.id, 'done');
          return result;
        } catch (error) {
          state.ended(variant.id, isCancellation(error) ? 'cancelled' : 'failed');
          throw error;
        }
      }),
    );
    const reasons = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as unknown] : []));
    const failure = reasons.find((reason) => !isCancellation(reason));
    if (failure !== undefined) throw endingWith(failure);
    if (reasons.length > 0) throw reasons[0];
    state.close('done');
    return { variants: ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : [])) };
  } catch (error) {
    state.close(isCancellation(error) ? 'cancelled' : 'failed');
    throw isCancellation(error) ? error : endingWith(error);
  }
}
