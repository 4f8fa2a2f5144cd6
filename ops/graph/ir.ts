/**
 * The description of a computation: a list of TensorFlow operations with static shapes, recorded once and then run by any executor
 * (`ops/backend`). Nothing is computed here.
 *
 * A `Graph` is the body of one function; several functions that share variables make a `Program` (program.ts). The operations
 * themselves are plain functions on values: elementwise.ts, reduce.ts, matmul.ts, layout.ts, indexing.ts.
 */
import { ShapeError, showShape, sizeOf, type Shape } from './shape.ts';

export type DType = 'f32' | 'i32' | 'bool' | 'bf16';

/** A tensor in JavaScript's memory. bool is one byte per element; bf16 never leaves a graph (cast to f32 first). */
export interface HostTensor {
  dtype: 'f32' | 'i32' | 'bool';
  shape: Shape;
  data: Float32Array | Int32Array | Uint8Array;
}

export interface FloatTensor extends HostTensor {
  dtype: 'f32';
  data: Float32Array;
}

/** One result inside a graph: an immutable handle. */
export interface Value {
  readonly graph: Graph;
  /** Position of the node that makes it; inputs always have smaller ids than the nodes that use them. */
  readonly id: number;
  readonly shape: Shape;
  readonly dtype: DType;
}

/** A value or a number that stands for a scalar constant of the other operand's dtype. */
export type Operand = Value | number;

/** An attribute of a TensorFlow operation. */
export type Attr =
  | { kind: 'type'; value: DType }
  | { kind: 'int'; value: number }
  | { kind: 'float'; value: number }
  | { kind: 'bool'; value: boolean }
  | { kind: 'string'; value: string }
  | { kind: 'shape'; value: Shape };

export type Attrs = Readonly<Record<string, Attr>>;

export const typeAttr = (value: DType): Attr => ({ kind: 'type', value });
export const intAttr = (value: number): Attr => ({ kind: 'int', value });
export const boolAttr = (value: boolean): Attr => ({ kind: 'bool', value });

/**
 * A recorded operation. Four kinds are not plain TensorFlow operations on inputs:
 * `Placeholder` (an input of the function, `name`), `Const` (`tensor`), `ReadVariableOp` (variable `name`),
 * and `Identity`, which executors resolve to its input: it only marks where the derivative takes another way (`custom`).
 */
export interface Node {
  readonly id: number;
  readonly op: string;
  readonly inputs: readonly Value[];
  readonly attrs: Attrs;
  readonly value: Value;
  readonly name?: string;
  readonly tensor?: HostTensor;
  readonly custom?: CustomGradient;
}

/** A derivative written by hand for a group of nodes; see `custom`. */
export interface CustomGradient {
  readonly inputs: readonly Value[];
  readonly outputs: Value[];
  /** `grads[i]`: derivative of the loss by `outputs[i]`; `needs[i]`: whether that of `inputs[i]` is wanted. */
  backward(grads: readonly Value[], needs: readonly boolean[]): readonly (Value | undefined)[];
}

/** A write to variables at the end of a call. Resource operands come first, then values, as TensorFlow's Resource… operations take them. */
export interface Effect {
  readonly op: 'AssignVariableOp' | 'AssignAddVariableOp' | 'AssignSubVariableOp' | 'ResourceApplyAdam';
  readonly variables: readonly string[];
  readonly inputs: readonly Value[];
  readonly attrs: Attrs;
}

export interface VariableSpec {
  readonly name: string;
  readonly shape: Shape;
  readonly dtype: DType;
}

interface Extras {
  name?: string;
  tensor?: HostTensor;
  custom?: CustomGradient;
}

/** Constants up to this many elements are shared when they are equal. */
const SHARED_CONSTANT_SIZE = 64;

export class Graph {
  readonly nodes: Node[] = [];
  readonly effects: Effect[] = [];
  readonly inputs = new Map<string, Value>();
  /** Variables of the whole program, shared by its functions. */
  readonly variables: Map<string, VariableSpec>;
  /** Nodes by what they compute: equal operations on equal inputs are recorded once. */
  #known = new Map<string, Value>();

  constructor(variables = new Map<string, VariableSpec>()) {
    this.variables = variables;
  }

  /** Records one TensorFlow operation with a single result. Shapes are the caller's business. */
  add(op: string, inputs: readonly Value[], attrs: Attrs, shape: Shape, dtype: DType): Value {
    for (const input of inputs) {
      if (input.graph !== this) throw new ShapeError(`${op}: an operand belongs to another function's graph`);
    }
    return this.#record(
      op,
      inputs,
      attrs,
      shape,
      dtype,
      {},
      `${op}|${inputs.map((v) => v.id).join()}|${JSON.stringify(attrs)}`,
    );
  }

  /** An input of the function, fed at every call. */
  input(name: string, shape: Shape, dtype: DType = 'f32'): Value {
    const known = this.inputs.get(name);
    if (known) throw new ShapeError(`input: the name ${name} is taken by a value of shape ${showShape(known.shape)}`);
    const attrs: Attrs = { dtype: typeAttr(dtype), shape: { kind: 'shape', value: shape } };
    const value = this.#record('Placeholder', [], attrs, shape, dtype, { name });
    this.inputs.set(name, value);
    return value;
  }

  /** The value that a variable has before the call: writes of the same call are never seen. The first mention declares it. */
  variable(name: string, shape: Shape, dtype: DType = 'f32'): Value {
    declareVariable(this.variables, { name, shape, dtype });
    return this.#record('ReadVariableOp', [], { dtype: typeAttr(dtype) }, shape, dtype, { name }, `read|${name}`);
  }

  /** A constant: a number (scalar) or an array in row-major order with its shape. bf16 constants are cast f32 ones. */
  constant(
    data: number | readonly number[] | Float32Array | Int32Array | Uint8Array,
    shape?: Shape,
    dtype: DType = 'f32',
  ): Value {
    const values = typeof data === 'number' ? [data] : data;
    const dims = shape ?? (typeof data === 'number' ? [] : [values.length]);
    if (sizeOf(dims) !== values.length) {
      throw new ShapeError(`constant: ${values.length} numbers do not fill shape ${showShape(dims)}`);
    }
    if (dtype === 'bf16') {
      const wide = this.constant(data, dims, 'f32');
      return this.add('Cast', [wide], { SrcT: typeAttr('f32'), DstT: typeAttr('bf16') }, dims, 'bf16');
    }
    const array =
      dtype === 'f32' ? Float32Array.from(values) : dtype === 'i32' ? Int32Array.from(values) : Uint8Array.from(values);
    const key =
      values.length <= SHARED_CONSTANT_SIZE ? `const|${dtype}|${dims.join()}|${showNumbers(array)}` : undefined;
    return this.#record(
      'Const',
      [],
      { dtype: typeAttr(dtype) },
      dims,
      dtype,
      { tensor: { dtype, shape: dims, data: array } },
      key,
    );
  }

  /** The variable gets this value when the call ends. */
  assign(name: string, value: Value): void {
    this.#write('AssignVariableOp', name, value);
  }

  /** The value is added to the variable when the call ends. */
  assignAdd(name: string, value: Value): void {
    this.#write('AssignAddVariableOp', name, value);
  }

  /** The value is taken from the variable when the call ends. */
  assignSub(name: string, value: Value): void {
    this.#write('AssignSubVariableOp', name, value);
  }

  /** Records a write by a TensorFlow Resource… operation. Writes to one variable happen in the order in which they are recorded. */
  effect(effect: Effect): void {
    for (const name of effect.variables) {
      if (!this.variables.has(name)) throw new ShapeError(`${effect.op}: there is no variable ${name}`);
    }
    this.effects.push(effect);
  }

  /**
   * A group of operations whose derivative is written by hand.
   *
   * `forward` builds the operations and returns the results with whatever the derivative needs of them; `backward` gets the
   * derivatives of the loss by those results and returns those by `inputs` (`undefined`: none, e.g. for indices).
   * `needs[i]` is false where nobody wants the derivative by input i, so that none is built.
   */
  custom<S>(
    inputs: readonly Value[],
    forward: () => { outputs: readonly Value[]; saved: S },
    backward: (grads: readonly Value[], saved: S, needs: readonly boolean[]) => readonly (Value | undefined)[],
  ): Value[] {
    const { outputs, saved } = forward();
    const custom: CustomGradient = { inputs, outputs: [], backward: (grads, needs) => backward(grads, saved, needs) };
    for (const out of outputs) {
      custom.outputs.push(
        this.#record('Identity', [out], { T: typeAttr(out.dtype) }, out.shape, out.dtype, { custom }),
      );
    }
    return custom.outputs;
  }

  node(value: Value): Node {
    return this.nodes[value.id]!;
  }

  #write(op: 'AssignVariableOp' | 'AssignAddVariableOp' | 'AssignSubVariableOp', name: string, value: Value): void {
    declareVariable(this.variables, { name, shape: value.shape, dtype: value.dtype });
    this.effect({ op, variables: [name], inputs: [value], attrs: { dtype: typeAttr(value.dtype) } });
  }

  #record(
    op: string,
    inputs: readonly Value[],
    attrs: Attrs,
    shape: Shape,
    dtype: DType,
    extras: Extras,
    key?: string,
  ): Value {
    const known = key === undefined ? undefined : this.#known.get(key);
    if (known) return known;
    const value: Value = { graph: this, id: this.nodes.length, shape, dtype };
    this.nodes.push({ id: value.id, op, inputs, attrs, value, ...extras });
    if (key !== undefined) this.#known.set(key, value);
    return value;
  }
}

/** Adds a variable to a program's table; a second mention must agree with the first. */
export function declareVariable(variables: Map<string, VariableSpec>, spec: VariableSpec): void {
  const known = variables.get(spec.name);
  if (!known) {
    variables.set(spec.name, spec);
  } else if (known.dtype !== spec.dtype || showShape(known.shape) !== showShape(spec.shape)) {
    throw new ShapeError(
      `variable ${spec.name}: is ${known.dtype} ${showShape(known.shape)}, but is used as ${spec.dtype} ${showShape(spec.shape)}`,
    );
  }
}

/** −0 and 0 differ, and so do NaN and null: text as precise as the bits. */
function showNumbers(array: Float32Array | Int32Array | Uint8Array): string {
  return Array.from(array, (x) => (Object.is(x, -0) ? '-0' : String(x))).join();
}
