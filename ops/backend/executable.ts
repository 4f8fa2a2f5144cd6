import type { HostTensor, Program } from '../graph/index.ts';
import { sameShape, showShape } from '../graph/index.ts';

/** A program that can be run. Calls block until the result is there. */
export interface Executable {
  readonly kind: ExecutorKind;
  /** Calls a function: every input of the function must be given, in its shape and dtype. */
  run(fn: string, inputs: Readonly<Record<string, HostTensor>>): Record<string, HostTensor>;
  /** Copies variables out. */
  read(names: readonly string[]): Map<string, HostTensor>;
  /** Sets variables; the arrays may be changed afterwards. */
  write(values: ReadonlyMap<string, HostTensor>): void;
  /** Frees variables and native memory; the executable cannot be used any more. */
  dispose(): void;
}

/** `graph`: each function runs as one TensorFlow graph. `eager`: operation by operation, as a reference and for debugging. */
export type ExecutorKind = 'graph' | 'eager';

/** Throws when the inputs of a call are not those that the function was built for. */
export function checkInputs(program: Program, fn: string, inputs: Readonly<Record<string, HostTensor>>): void {
  const spec = program.functions.get(fn);
  if (!spec) throw new Error(`there is no function ${fn}; there are: ${[...program.functions.keys()].join(', ')}`);
  for (const [name, value] of spec.graph.inputs) {
    const given = inputs[name];
    if (!given) throw new Error(`${fn}: the input ${name} is missing`);
    checkTensor(`${fn}: input ${name}`, given, value);
  }
  for (const name of Object.keys(inputs)) {
    if (!spec.graph.inputs.has(name)) throw new Error(`${fn}: has no input named ${name}`);
  }
}

/** Throws when a variable is unknown or gets a value of another shape or dtype. */
export function checkVariables(program: Program, values: ReadonlyMap<string, HostTensor>): void {
  for (const [name, value] of values) {
    const spec = program.variables.get(name);
    if (!spec) throw new Error(`there is no variable ${name}`);
    checkTensor(`variable ${name}`, value, spec);
  }
}

function checkTensor(what: string, given: HostTensor, wanted: { shape: readonly number[]; dtype: string }): void {
  if (given.dtype !== wanted.dtype || !sameShape(given.shape, wanted.shape)) {
    throw new Error(
      `${what}: expected ${wanted.dtype} ${showShape(wanted.shape)}, got ${given.dtype} ${showShape(given.shape)}`,
    );
  }
}
