import type { Effect, FunctionSpec, Graph, Node, Value } from '../graph/index.ts';

/** Operations whose result may lie in the memory of their first input. */
const SHARES_MEMORY = new Set(['Identity', 'Reshape', 'Slice', 'Transpose']);

/** The operation that really makes a value: `Identity` only marks a derivative written by hand. */
export function source(value: Value): Value {
  let node = value.graph.node(value);
  while (node.op === 'Identity') node = value.graph.node(node.inputs[0]!);
  return node.value;
}

/** The nodes that a function's results and writes need, in an order in which each follows its inputs. */
export function liveNodes(fn: FunctionSpec): Node[] {
  const { graph } = fn;
  const live = new Set<number>();
  const stack = [...Object.values(fn.outputs), ...graph.effects.flatMap((effect) => effect.inputs)].map(source);
  for (let value = stack.pop(); value; value = stack.pop()) {
    if (live.has(value.id)) continue;
    live.add(value.id);
    stack.push(...graph.node(value).inputs.map(source));
  }
  return graph.nodes.filter((node) => live.has(node.id));
}

/**
 * Whether a write needs a copy of a value first: a variable keeps the memory of what it is assigned, and that of an input or
 * (operation by operation) of a constant belongs to JavaScript's garbage collector.
 */
export function needsCopy(graph: Graph, op: Effect['op'], value: Value): boolean {
  return op === 'AssignVariableOp' && mayBeForeign(graph, value);
}

function mayBeForeign(graph: Graph, value: Value): boolean {
  const node = graph.node(value);
  if (node.op === 'Placeholder' || node.op === 'Const') return true;
  return SHARES_MEMORY.has(node.op) && mayBeForeign(graph, node.inputs[0]!);
}
