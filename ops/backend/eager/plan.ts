import type { Effect, FunctionSpec, HostTensor, Node, Value } from '../../graph/index.ts';
import { opAttr, upload, type Binding, type OpAttr } from '../binding.ts';
import { liveNodes, needsCopy, source } from '../lower.ts';

/** One operation to execute, and the values that nobody needs after it. */
export interface Step {
  node: Node;
  inputs: readonly Value[];
  attrs: readonly OpAttr[];
  free: readonly Value[];
}

export interface EffectStep {
  op: Effect['op'];
  variables: readonly string[];
  /** `copy`: the value's memory may belong to JavaScript, a variable must not keep it. */
  inputs: readonly { value: Value; copy: boolean }[];
  attrs: readonly OpAttr[];
  free: readonly Value[];
}

/** All that one call of a function does, worked out once. */
export interface Steps {
  steps: readonly Step[];
  effects: readonly EffectStep[];
  outputs: readonly { name: string; value: Value; dtype: HostTensor['dtype'] }[];
  /** Native tensors of the constants, by value id. */
  constants: ReadonlyMap<number, number>;
  reads: readonly string[];
}

export function planFunction(binding: Binding, fn: FunctionSpec): Steps {
  const nodes = liveNodes(fn);
  const constants = new Map<number, number>();
  for (const node of nodes) if (node.op === 'Const') constants.set(node.id, upload(binding, node.tensor!));
  const attrsOf = (attrs: Effect['attrs']): OpAttr[] =>
    Object.entries(attrs).map(([name, attr]) => opAttr(binding, name, attr));

  const work = nodes.filter((node) => node.op !== 'Const');
  const uses = work.map((node) => node.inputs.map(source));
  const effectUses = fn.graph.effects.map((effect) => effect.inputs.map(source));
  // A value is freed by the last operation or write that mentions it; results stay until they are read.
  const lastUse = new Map<number, number>();
  work.forEach((node, i) => lastUse.set(node.id, i));
  [...uses, ...effectUses].forEach((list, i) => list.forEach((value) => lastUse.set(value.id, i)));
  for (const value of Object.values(fn.outputs)) lastUse.delete(source(value).id);
  const freedAt = (i: number, values: readonly Value[]): Value[] =>
    [...new Set(values)].filter((value) => lastUse.get(value.id) === i && !constants.has(value.id));

  return {
    steps: work.map((node, i) => ({
      node,
      inputs: uses[i]!,
      attrs: attrsOf(node.attrs),
      free: freedAt(i, [...uses[i]!, node.value]),
    })),
    effects: fn.graph.effects.map((effect, i) => ({
      op: effect.op,
      variables: effect.variables,
      inputs: effectUses[i]!.map((value, k) => ({ value, copy: needsCopy(fn.graph, effect.op, effect.inputs[k]!) })),
      attrs: attrsOf(effect.attrs),
      free: freedAt(work.length + i, effectUses[i]!),
    })),
    outputs: Object.entries(fn.outputs).map(([name, value]) => ({
      name,
      value: source(value),
      dtype: value.dtype as HostTensor['dtype'],
    })),
    constants,
    reads: [
      ...work.flatMap((node) => (node.op === 'ReadVariableOp' ? [node.name!] : [])),
      ...fn.graph.effects.flatMap((effect) => (effect.op === 'AssignVariableOp' ? [] : effect.variables)),
    ],
  };
}
