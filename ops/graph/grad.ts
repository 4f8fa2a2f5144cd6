import { isFloat } from './elementwise.ts';
import type { Graph, Node, Value } from './ir.ts';
import { broadcastTo } from './layout.ts';
import { showShape } from './shape.ts';
import { addAll, VJP } from './vjp.ts';

/**
 * Derivatives of a scalar by some values of the same graph (reverse mode): adds the operations that compute them and returns them in
 * the order and the shapes of `wrt`. Only what lies between `wrt` and the loss gets a derivative: parameters left out cost nothing,
 * and nothing is built below the lowest value of `wrt`. A value on which the loss does not depend gets zeros.
 */
export function gradients(g: Graph, loss: Value, wrt: readonly Value[]): Value[] {
  if (loss.shape.length !== 0 || !isFloat(loss)) {
    throw new Error(`gradients: the loss must be a float scalar, got ${loss.dtype} ${showShape(loss.shape)}`);
  }
  for (const v of wrt) {
    if (!isFloat(v)) throw new Error(`gradients: cannot differentiate by a value of dtype ${v.dtype}`);
  }
  const wanted = dependents(g, wrt, loss.id);
  const parts = new Map<number, Value[]>([[loss.id, [g.constant(1, [], loss.dtype)]]]);
  const total = (value: Value): Value | undefined => {
    const list = parts.get(value.id);
    if (!list) return undefined;
    if (list.length > 1) parts.set(value.id, [addAll(list)]);
    return parts.get(value.id)![0];
  };
  const give = (
    to: readonly Value[],
    grads: readonly (Value | undefined)[],
    needs: readonly boolean[],
    op: string,
  ): void => {
    to.forEach((value, i) => {
      const grad = grads[i];
      if (!needs[i] || !grad) return;
      if (showShape(grad.shape) !== showShape(value.shape)) {
        throw new Error(
          `gradients: ${op} gave ${showShape(grad.shape)} for an input of shape ${showShape(value.shape)}`,
        );
      }
      parts.set(value.id, [...(parts.get(value.id) ?? []), grad]);
    });
  };
  // Ids are in topological order, so a value's derivative is complete when the walk downwards arrives at it.
  for (let id = loss.id; id >= 0; id--) {
    const node = g.nodes[id]!;
    if (!wanted.has(id)) continue;
    if (node.custom) {
      // The results have consecutive ids: at the first float one all have got theirs.
      if (node.custom.outputs.find(isFloat) === node.value) differentiateGroup(g, node, wanted, total, give);
      continue;
    }
    const grad = node.inputs.length > 0 ? total(node.value) : undefined;
    if (!grad) continue;
    const needs = node.inputs.map((v) => wanted.has(v.id));
    if (!needs.includes(true)) continue;
    const rule = VJP[node.op];
    if (!rule)
      throw new Error(
        `gradients: no derivative is known for ${node.op} (node ${node.id}, result ${showShape(node.value.shape)})`,
      );
    give(node.inputs, rule(node, grad, needs), needs, node.op);
  }
  return wrt.map((v) => total(v) ?? zeros(g, v));
}

type Give = (
  to: readonly Value[],
  grads: readonly (Value | undefined)[],
  needs: readonly boolean[],
  op: string,
) => void;

/** Runs a hand-written derivative once all results of the group have theirs; results that nobody used count as zeros. */
function differentiateGroup(
  g: Graph,
  node: Node,
  wanted: ReadonlySet<number>,
  total: (value: Value) => Value | undefined,
  give: Give,
): void {
  const { inputs, outputs, backward } = node.custom!;
  const grads = outputs.map(total);
  if (grads.every((grad) => grad === undefined)) return;
  const needs = inputs.map((v) => wanted.has(v.id));
  if (!needs.includes(true)) return;
  const filled = grads.map((grad, i) => grad ?? zeros(g, outputs[i]!));
  give(inputs, backward(filled, needs), needs, 'custom');
}

/** Ids of the values up to `last` through which a change of `wrt` shows. */
function dependents(g: Graph, wrt: readonly Value[], last: number): Set<number> {
  const ids = new Set(wrt.map((v) => v.id));
  for (let id = 0; id <= last; id++) {
    const node = g.nodes[id]!;
    const inputs = node.custom ? node.custom.inputs : node.inputs;
    if (isFloat(node.value) && inputs.some((v) => ids.has(v.id))) ids.add(id);
  }
  return ids;
}

function zeros(g: Graph, like: Value): Value {
  return broadcastTo(g.constant(0, [], like.dtype), like.shape);
}
