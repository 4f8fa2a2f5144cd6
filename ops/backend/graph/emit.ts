import type { FunctionSpec, HostTensor, Program, Value, VariableSpec } from '../../graph/index.ts';
import { typeAttr } from '../../graph/index.ts';
import { liveNodes, needsCopy, source } from '../lower.ts';
import type { NodeDef } from './proto.ts';

/** Node names under which a function is fed and fetched. */
export interface FunctionNames {
  inputs: { name: string; node: string }[];
  outputs: { name: string; node: string; dtype: HostTensor['dtype'] }[];
  /** Runs all writes; fetched beside the outputs. Absent when nothing is written. */
  done?: string;
  /** Variables that must have a value before the call. */
  reads: string[];
  /** Variables that have a value after the call. */
  assigns: string[];
}

/** Node names under which a variable is set and read from outside. */
export interface VariableNames {
  feed: string;
  assigned: string;
  read: string;
}

export interface EmittedProgram {
  nodes: NodeDef[];
  functions: Map<string, FunctionNames>;
  variables: Map<string, VariableNames>;
}

/**
 * Writes a program as TensorFlow nodes. Names are short because the binding copies the whole list of names once per name.
 * All functions live in one graph and hence in one session, so that they share its variables.
 */
export function emit(program: Program): EmittedProgram {
  const nodes: NodeDef[] = [];
  const variables = new Map<string, VariableNames>();
  const handles = new Map<string, string>();
  let index = 0;
  for (const spec of program.variables.values()) {
    const prefix = `v${index++}`;
    handles.set(spec.name, prefix);
    variables.set(spec.name, emitVariable(nodes, prefix, spec));
  }
  const functions = new Map<string, FunctionNames>();
  index = 0;
  for (const fn of program.functions.values()) functions.set(fn.name, emitFunction(nodes, `f${index++}`, fn, handles));
  return { nodes, functions, variables };
}

function emitVariable(nodes: NodeDef[], prefix: string, spec: VariableSpec): VariableNames {
  const dtype = typeAttr(spec.dtype);
  const shape = { kind: 'shape', value: spec.shape } as const;
  nodes.push(
    {
      name: prefix,
      op: 'VarHandleOp',
      inputs: [],
      attrs: { dtype, shape, shared_name: { kind: 'string', value: prefix } },
    },
    { name: `${prefix}r`, op: 'ReadVariableOp', inputs: [prefix], attrs: { dtype } },
    { name: `${prefix}p`, op: 'Placeholder', inputs: [], attrs: { dtype, shape } },
    { name: `${prefix}c`, op: 'DeepCopy', inputs: [`${prefix}p`], attrs: { T: dtype } },
    { name: `${prefix}a`, op: 'AssignVariableOp', inputs: [prefix, `${prefix}c`], attrs: { dtype } },
    doneNode(`${prefix}d`, [`${prefix}a`]),
  );
  return { feed: `${prefix}p`, assigned: `${prefix}d`, read: `${prefix}r` };
}

function emitFunction(
  nodes: NodeDef[],
  prefix: string,
  fn: FunctionSpec,
  handles: ReadonlyMap<string, string>,
): FunctionNames {
  const nameOf = (value: Value): string => `${prefix}n${source(value).id}`;
  const names: FunctionNames = { inputs: [], outputs: [], reads: [], assigns: [] };
  const readNodes = new Map<string, string>();
  for (const node of liveNodes(fn)) {
    const name = nameOf(node.value);
    if (node.op === 'Const') {
      nodes.push({
        name,
        op: 'Const',
        inputs: [],
        attrs: { ...node.attrs, value: { kind: 'tensor', value: node.tensor! } },
      });
    } else if (node.op === 'ReadVariableOp') {
      names.reads.push(node.name!);
      readNodes.set(node.name!, name);
      nodes.push({ name, op: node.op, inputs: [handles.get(node.name!)!], attrs: node.attrs });
    } else {
      nodes.push({ name, op: node.op, inputs: node.inputs.map(nameOf), attrs: node.attrs });
    }
  }
  // Inputs that nothing uses have no node and are not fed.
  const live = new Set(nodes.map((node) => node.name));
  for (const [name, value] of fn.graph.inputs) {
    if (live.has(nameOf(value))) names.inputs.push({ name, node: nameOf(value) });
  }
  for (const [name, value] of Object.entries(fn.outputs)) {
    const node = `${prefix}o${names.outputs.length}`;
    nodes.push({ name: node, op: 'Identity', inputs: [nameOf(value)], attrs: { T: typeAttr(value.dtype) } });
    names.outputs.push({ name, node, dtype: value.dtype as HostTensor['dtype'] });
  }
  emitEffects(nodes, prefix, fn, handles, readNodes, nameOf, names);
  return names;
}

/** Writes wait for every read of what they write, and for the writes recorded before them. */
function emitEffects(
  nodes: NodeDef[],
  prefix: string,
  fn: FunctionSpec,
  handles: ReadonlyMap<string, string>,
  readNodes: ReadonlyMap<string, string>,
  nameOf: (value: Value) => string,
  names: FunctionNames,
): void {
  if (fn.graph.effects.length === 0) return;
  const lastWrite = new Map<string, string>();
  fn.graph.effects.forEach((effect, i) => {
    const name = `${prefix}e${i}`;
    const inputs = effect.inputs.map((value, k) => {
      if (!needsCopy(fn.graph, effect.op, value)) return nameOf(value);
      const copy = `${name}c${k}`;
      nodes.push({ name: copy, op: 'DeepCopy', inputs: [nameOf(value)], attrs: { T: typeAttr(value.dtype) } });
      return copy;
    });
    const before = effect.variables.flatMap((v) => [readNodes.get(v), lastWrite.get(v)]).filter((n) => n !== undefined);
    const control = [...new Set(before)].map((n) => `^${n}`);
    nodes.push({
      name,
      op: effect.op,
      inputs: [...effect.variables.map((v) => handles.get(v)!), ...inputs, ...control],
      attrs: effect.attrs,
    });
    for (const v of effect.variables) lastWrite.set(v, name);
    if (effect.op === 'AssignVariableOp') names.assigns.push(...effect.variables);
    else names.reads.push(...effect.variables);
  });
  names.done = `${prefix}d`;
  nodes.push(
    doneNode(
      names.done,
      fn.graph.effects.map((_, i) => `${prefix}e${i}`),
    ),
  );
}

/** Something to fetch: the session's interface of the binding can only run what a fetched tensor needs. */
function doneNode(name: string, after: readonly string[]): NodeDef {
  const one: HostTensor = { dtype: 'i32', shape: [], data: Int32Array.of(1) };
  return {
    name,
    op: 'Const',
    inputs: after.map((n) => `^${n}`),
    attrs: { dtype: typeAttr('i32'), value: { kind: 'tensor', value: one } },
  };
}
