import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HostTensor, Program } from '../../graph/index.ts';
import { sizeOf } from '../../graph/index.ts';
import { download, upload, type Binding } from '../binding.ts';
import { checkInputs, checkVariables, type Executable } from '../executable.ts';
import { emit, type EmittedProgram } from './emit.ts';
import { encodeSavedModel } from './proto.ts';

/** Variables set in one call hold at most about this many numbers, so that the copies do not double the memory of a large model. */
const NUMBERS_PER_WRITE = 64 * 1024 * 1024;

/**
 * Runs each function of a program as one TensorFlow graph. The program is written as a SavedModel into a temporary folder, loaded by
 * the binding and deleted; variables live in the session. The first call of a function costs TensorFlow's graph optimisation.
 */
export class GraphExecutable implements Executable {
  readonly kind = 'graph';
  readonly #binding: Binding;
  readonly #program: Program;
  readonly #emitted: Omit<EmittedProgram, 'nodes'>;
  readonly #session: number;
  readonly #initialised = new Set<string>();
  #disposed = false;

  constructor(binding: Binding, program: Program) {
    this.#binding = binding;
    this.#program = program;
    const { nodes, functions, variables } = emit(program);
    this.#emitted = { functions, variables };
    const dir = mkdtempSync(join(tmpdir(), 'llava-graph-'));
    try {
      writeFileSync(join(dir, 'saved_model.pb'), encodeSavedModel(nodes));
      this.#session = binding.loadSavedModel(dir, 'serve');
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  }

  run(fn: string, inputs: Readonly<Record<string, HostTensor>>): Record<string, HostTensor> {
    checkInputs(this.#program, fn, inputs);
    const names = this.#emitted.functions.get(fn)!;
    const missing = names.reads.filter((name) => !this.#initialised.has(name));
    if (missing.length > 0)
      throw new Error(`${fn}: these variables have no value yet: ${[...new Set(missing)].join(', ')}`);
    const feeds = names.inputs.map(({ name, node }) => ({ node, tensor: inputs[name]! }));
    const fetches = names.outputs.map(({ node, dtype }) => ({ node, dtype }));
    const results = this.#call(fn, feeds, names.done ? [...fetches, { node: names.done, dtype: 'i32' }] : fetches);
    for (const name of names.assigns) this.#initialised.add(name);
    return Object.fromEntries(names.outputs.map(({ name }, i) => [name, results[i]!]));
  }

  read(names: readonly string[]): Map<string, HostTensor> {
    const fetches = names.map((name) => {
      const spec = this.#program.variables.get(name);
      if (!spec) throw new Error(`there is no variable ${name}`);
      if (!this.#initialised.has(name)) throw new Error(`the variable ${name} has no value yet`);
      if (spec.dtype === 'bf16') throw new Error(`the variable ${name} is bf16, which cannot leave the graph`);
      return { node: this.#emitted.variables.get(name)!.read, dtype: spec.dtype };
    });
    const results = fetches.length > 0 ? this.#call('read', [], fetches) : [];
    return new Map(names.map((name, i) => [name, results[i]!]));
  }

  write(values: ReadonlyMap<string, HostTensor>): void {
    checkVariables(this.#program, values);
    let batch: [string, HostTensor][] = [];
    let size = 0;
    const flush = (): void => {
      if (batch.length === 0) return;
      const names = batch.map(([name]) => this.#emitted.variables.get(name)!);
      const feeds = batch.map(([, tensor], i) => ({ node: names[i]!.feed, tensor }));
      const fetches = names.map(({ assigned }) => ({ node: assigned, dtype: 'i32' as const }));
      this.#call('write', feeds, fetches);
      for (const [name] of batch) this.#initialised.add(name);
      batch = [];
      size = 0;
    };
    for (const entry of values) {
      const numbers = sizeOf(entry[1].shape);
      if (size + numbers > NUMBERS_PER_WRITE) flush();
      batch.push(entry);
      size += numbers;
    }
    flush();
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#binding.deleteSavedModel(this.#session);
  }

  #call(
    what: string,
    feeds: readonly { node: string; tensor: HostTensor }[],
    fetches: readonly { node: string; dtype: HostTensor['dtype'] }[],
  ): HostTensor[] {
    if (this.#disposed) throw new Error(`${what}: the executable was disposed`);
    const binding = this.#binding;
    const ids: number[] = [];
    try {
      for (const { tensor } of feeds) ids.push(upload(binding, tensor));
      const feedNames = feeds.map(({ node }) => `${node}:0`).join();
      const fetchNames = fetches.map(({ node }) => `${node}:0`).join();
      const infos = binding.runSavedModel(this.#session, ids, feedNames, fetchNames);
      return infos.map((info, i) => download(binding, info, fetches[i]!.dtype));
    } catch (error) {
      throw new Error(`${what}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    } finally {
      for (const id of ids) binding.deleteTensor(id);
    }
  }
}
