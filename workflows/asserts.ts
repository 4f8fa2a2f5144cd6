import type { AssertPlan, StageNode } from '../dsl/plan/types.ts';

/** What is wrong with the stage's metrics by the experiment's own `assert`s, in one sentence; null when all hold. */
export function violated(node: StageNode, metrics: Readonly<Record<string, number>>): string | null {
  for (const assert of node.asserts) {
    const measured = metrics[assert.metric];
    if (measured === undefined) {
      const known = Object.keys(metrics).sort().join(', ') || 'none';
      return `assert ${assert.text}: stage ${node.name} measured no ${assert.metric} (it measured: ${known})`;
    }
    if (!holds(measured, assert)) return `assert ${assert.text} is false: ${assert.metric} is ${measured}`;
  }
  return null;
}

/** NaN fulfils nothing, not even `!=`: it is never what an experiment hoped for. */
function holds(measured: number, { op, value }: AssertPlan): boolean {
  if (Number.isNaN(measured)) return false;
  switch (op) {
    case '>':
      return measured > value;
    case '>=':
      return measured >= value;
    case '<':
      return measured < value;
    case '<=':
      return measured <= value;
    case '==':
      return measured === value;
    case '!=':
      return measured !== value;
  }
}
