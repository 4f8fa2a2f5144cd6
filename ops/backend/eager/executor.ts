import type { HostTensor, Program, Value } from '../../graph/index.ts';
import { typeAttr } from '../../graph/index.ts';
import { download, opAttr, upload, type Binding } from '../binding.ts';
import { checkInputs, checkVariables, type Executable } from '../executable.ts';
import { planFunction, type Step, type Steps } from './plan.ts';

/** Numbers the executables of a process: variables of TensorFlow's eager context are global by name. */
let instances = 0;

/** Runs a program operation by operation, freeing every tensor after its last use. Variables are resources of the eager context. */
export class EagerExecutable implements Executable {
  readonly kind = 'eager';
  readonly #binding: Binding;
  readonly #program: Program;
  readonly #handles = new Map<string, number>();
  readonly #initialised = new Set<string>();
  readonly #plans = new Map<string, Steps>();
  #disposed = false;

  constructor(binding: Binding, program: Program) {
    this.#binding = binding;
    this.#program = program;
    const instance = instances++;
    for (const spec of program.variables.values()) {
      const attrs = [
        opAttr(binding, 'dtype', typeAttr(spec.dtype)),
        opAttr(binding, 'shape', { kind: 'shape', value: spec.shape }),
        opAttr(binding, 'container', { kind: 'string', value: '' }),
        opAttr(binding, 'shared_name', { kind: 'string', value: `llava/${instance}/${this.#handles.size}` }),
      ];
      this.#handles.set(spec.name, binding.executeOp('VarHandleOp', attrs, [], 1)[0]!.id);
    }
  }

  run(fn: string, inputs: Readonly<Record<string, HostTensor>>): Record<string, HostTensor> {
    this.#requireAlive(fn);
    checkInputs(this.#program, fn, inputs);
    const plan = this.#plan(fn);
    const missing = plan.reads.filter((name) => !this.#initialised.has(name));
    if (missing.length > 0)
      throw new Error(`${fn}: these variables have no value yet: ${[...new Set(missing)].join(', ')}`);
    // Native tensors by value id; constants belong to the plan and stay.
    const live = new Map<number, number>();
    const idOf = (value: Value): number => plan.constants.get(value.id) ?? live.get(value.id)!;
    try {
      for (const step of plan.steps) this.#step(step, inputs, live, idOf);
      for (const effect of plan.effects) {
        const operands = effect.variables.map((name) => this.#handles.get(name)!);
        const copies = effect.inputs.map(({ value, copy }) => (copy ? this.#copy(idOf(value), value) : undefined));
        effect.inputs.forEach(({ value }, i) => operands.push(copies[i] ?? idOf(value)));
        this.#binding.executeOp(effect.op, effect.attrs, operands, 0);
        for (const id of copies) if (id !== undefined) this.#binding.deleteTensor(id);
        for (const value of effect.free) this.#free(live, value);
        for (const name of effect.variables) this.#initialised.add(name);
      }
      return Object.fromEntries(
        plan.outputs.map(({ name, value, dtype }) => {
          const data = this.#binding.tensorDataSync(idOf(value));
          return [name, { dtype, shape: value.shape, data }];
        }),
      );
    } catch (error) {
      throw new Error(`${fn}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    } finally {
      for (const id of live.values()) this.#binding.deleteTensor(id);
    }
  }

  read(names: readonly string[]): Map<string, HostTensor> {
    this.#requireAlive('read');
    return new Map(
      names.map((name): [string, HostTensor] => {
        const spec = this.#program.variables.get(name);
        if (!spec) throw new Error(`there is no variable ${name}`);
        if (!this.#initialised.has(name)) throw new Error(`the variable ${name} has no value yet`);
        if (spec.dtype === 'bf16') throw new Error(`the variable ${name} is bf16, which cannot leave the executor`);
        const attrs = [opAttr(this.#binding, 'dtype', typeAttr(spec.dtype))];
        const info = this.#binding.executeOp('ReadVariableOp', attrs, [this.#handles.get(name)!], 1)[0]!;
        return [name, download(this.#binding, info, spec.dtype)];
      }),
    );
  }

  write(values: ReadonlyMap<string, HostTensor>): void {
    this.#requireAlive('write');
    checkVariables(this.#program, values);
    for (const [name, tensor] of values) {
      const id = upload(this.#binding, tensor);
      const copy = this.#copy(id, tensor);
      const attrs = [opAttr(this.#binding, 'dtype', typeAttr(tensor.dtype))];
      this.#binding.executeOp('AssignVariableOp', attrs, [this.#handles.get(name)!, copy], 0);
      this.#binding.deleteTensor(copy);
      this.#binding.deleteTensor(id);
      this.#initialised.add(name);
    }
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    for (const handle of this.#handles.values()) {
      const attrs = [opAttr(this.#binding, 'ignore_lookup_error', { kind: 'bool', value: true })];
      this.#binding.executeOp('DestroyResourceOp', attrs, [handle], 0);
      this.#binding.deleteTensor(handle);
    }
    for (const plan of this.#plans.values()) for (const id of plan.constants.values()) this.#binding.deleteTensor(id);
  }

  #step(
    step: Step,
    inputs: Readonly<Record<string, HostTensor>>,
    live: Map<number, number>,
    idOf: (v: Value) => number,
  ): void {
    const { node } = step;
    if (node.op === 'Placeholder') {
      live.set(node.id, upload(this.#binding, inputs[node.name!]!));
    } else {
      const operands = node.op === 'ReadVariableOp' ? [this.#handles.get(node.name!)!] : step.inputs.map(idOf);
      live.set(node.id, this.#binding.executeOp(node.op, step.attrs, operands, 1)[0]!.id);
    }
    for (const value of step.free) this.#free(live, value);
  }

  #free(live: Map<number, number>, value: Value): void {
    const id = live.get(value.id);
    if (id === undefined) return;
    this.#binding.deleteTensor(id);
    live.delete(value.id);
  }

  /** A tensor in TensorFlow's own memory. */
  #copy(id: number, like: { dtype: Value['dtype'] }): number {
    return this.#binding.executeOp('DeepCopy', [opAttr(this.#binding, 'T', typeAttr(like.dtype))], [id], 1)[0]!.id;
  }

  #plan(fn: string): Steps {
    let plan = this.#plans.get(fn);
    if (!plan) {
      plan = planFunction(this.#binding, this.#program.functions.get(fn)!);
      this.#plans.set(fn, plan);
    }
    return plan;
  }

  #requireAlive(what: string): void {
    if (this.#disposed) throw new Error(`${what}: the executable was disposed`);
  }
}
