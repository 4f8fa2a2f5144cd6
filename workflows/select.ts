import type { Plan, StageId, StageNode } from '../dsl/plan/types.ts';

/** The nodes of the named stages and of all that they need, in the plan's order. */
export function selectNodes(plan: Plan, only: readonly string[] | null): StageNode[] {
  if (only === null) return plan.stages;
  const named = plan.stages.filter((node) => only.includes(node.name));
  return withNeeds(
    named.map(({ id }) => id),
    plan.stages,
  );
}

/** The nodes of one variant among `nodes`, with what they follow, in the same order. */
export function nodesOf(stages: Readonly<Record<string, StageId>>, nodes: readonly StageNode[]): StageNode[] {
  return withNeeds(Object.values(stages), nodes);
}

function withNeeds(ids: readonly StageId[], nodes: readonly StageNode[]): StageNode[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const wanted = new Set<StageId>();
  const want = (id: StageId): void => {
    const node = byId.get(id);
    if (!node || wanted.has(id)) return;
    wanted.add(id);
    for (const before of [...node.inputs, ...node.after]) want(before);
  };
  ids.forEach(want);
  return nodes.filter((node) => wanted.has(node.id));
}
