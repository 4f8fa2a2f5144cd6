import { ApplicationFailure, isCancellation, setWorkflowOptions } from '@temporalio/workflow';
import type { StageId, StageNode } from '../dsl/plan/types.ts';
import { awaitStage } from './activities.ts';
import { violated } from './asserts.ts';
import { endingWith } from './failures.ts';
import { FailureType } from './types.ts';
import type { ArtifactRef, VariantInput, VariantResult } from './types.ts';

setWorkflowOptions({ failureExceptionTypes: [Error] }, variantWorkflow);

/** A stage that cannot start because one that it follows has failed. */
class Skipped extends Error {}

/**
 * One variant of the experiment: each stage starts when all that it follows has ended, so what does not depend on each other runs
 * side by side. After a failure all that does not follow from it still runs to its end (its artifacts are kept); then the first
 * failure is the variant's.
 */
export async function variantWorkflow(input: VariantInput): Promise<VariantResult> {
  const nodes = new Map(input.nodes.map((node) => [node.id, node]));
  const running = new Map<StageId, Promise<ArtifactRef>>();

  const start = (id: StageId): Promise<ArtifactRef> => {
    let promise = running.get(id);
    if (!promise) {
      const node = nodes.get(id);
      if (!node) throw ApplicationFailure.nonRetryable(`the plan of ${input.variant.id} lacks stage ${id}`);
      promise = walk(node);
      running.set(id, promise);
    }
    return promise;
  };

  const walk = async (node: StageNode): Promise<ArtifactRef> => {
    const before = await Promise.allSettled([...node.inputs, ...node.after].map(start));
    const cancelled = before.find((result) => result.status === 'rejected' && isCancellation(result.reason));
    if (cancelled?.status === 'rejected') throw cancelled.reason;
    if (before.some((result) => result.status === 'rejected')) throw new Skipped(node.id);
    const made = await make(node);
    const problem = violated(node, made.metrics);
    if (problem !== null) {
      throw ApplicationFailure.create({
        message: problem,
        type: FailureType.assertion,
        nonRetryable: true,
        details: [node.id],
      });
    }
    return made;
  };

  const make = async (node: StageNode): Promise<ArtifactRef> => {
    const prepared = prepare(node.id);
    if (prepared.cached) return prepared.cached;
    return awaitStage({
      runId: input.runId,
      waiter: `${input.runId}/${input.variant.id}`,
      node,
      key: prepared.key,
      inputs: Object.fromEntries(node.inputs.map((id) => [id, prepare(id).key])),
      home: input.home,
    });
  };

  const prepare = (id: StageId): VariantInput['prepared'][StageId] => {
    const found = input.prepared[id];
    if (!found) throw ApplicationFailure.nonRetryable(`stage ${id} was not prepared`);
    return found;
  };

  const ends = await Promise.allSettled(input.nodes.map((node) => start(node.id)));
  const reasons = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as unknown] : []));
  const failure = reasons.find((reason) => !isCancellation(reason) && !(reason instanceof Skipped));
  if (failure !== undefined) throw endingWith(failure);
  if (reasons.length > 0) throw reasons.find((reason) => isCancellation(reason)) ?? reasons[0];

  const stages: Record<string, ArtifactRef> = {};
  for (const [name, id] of Object.entries(input.variant.stages)) {
    const promise = running.get(id);
    if (promise) stages[name] = await promise;
  }
  return { id: input.variant.id, stages };
}
