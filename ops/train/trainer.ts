import { load, type Binding, type Executable, type ExecutorKind } from '../backend/index.ts';
import type { Graph, HostTensor, Shape, Value } from '../graph/index.ts';
import { sameShape, showShape, sizeOf } from '../graph/index.ts';
import type { TensorData } from '../io/safetensors/format.ts';
import { ADAMW_DEFAULTS, hyper, HYPER_SIZE, type AdamWOptions } from './adamw.ts';
import {
  accumulateFunction,
  APPLY,
  stateVariables,
  stepFunction,
  trainingProgram,
  type Loss,
  type UpdateClass,
} from './program.ts';
import type { TrainerState } from './state.ts';

export type { Loss } from './program.ts';

/** Trained parameters that share a learning rate and a weight decay. */
export interface ParameterGroup {
  names: readonly string[];
  weightDecay: number;
}

export interface TrainerOptions {
  binding: Binding;
  executor?: ExecutorKind;
  /** Every parameter of the model; those in no group are frozen. */
  parameters: readonly { name: string; shape: Shape }[];
  groups: readonly ParameterGroup[];
  /**
   * Batch signatures by name, e.g. one per length. Each builds the loss of one micro-batch: it declares its inputs with `g.input` and
   * reads parameters with `g.variable`.
   */
  buckets: Readonly<Record<string, (g: Graph) => Loss>>;
  /** Further functions that may be run with the current weights, e.g. a validation loss. They must write nothing. */
  functions?: Readonly<Record<string, (g: Graph) => Record<string, Value>>>;
  optimizer?: Partial<AdamWOptions>;
  /** Largest norm of all gradients together; null: no clipping. */
  clip: number | null;
  /** Weights of all parameters, with moments and counts where some have been trained before. */
  state: TrainerState;
}

export interface MicroBatch {
  bucket: string;
  inputs: Readonly<Record<string, HostTensor>>;
}

export interface StepResult {
  /** Mean over the terms of all micro-batches, before the update. */
  loss: number;
  /** Norm of the gradients of that mean, before clipping. */
  gradNorm: number;
  /** Terms (supervised tokens, pairs) in the step. */
  weight: number;
}

/**
 * Trains a model by AdamW. A step takes one or more micro-batches and one learning rate per group; the gradient is that of the summed
 * loss of all micro-batches over their total number of terms, so that how a batch is cut into micro-batches does not change what is
 * learnt. Frozen parameters have neither gradients nor moments and are never written.
 *
 * To change what is trained, make a new trainer from `state()`: moments and counts are kept by name, what is newly trained starts with
 * zero moments and count 0, as in torch when a parameter is added to an optimizer, and what is frozen keeps its moments for later.
 * A parameter that a micro-batch does not use counts as having gradient zero there.
 */
export class Trainer {
  readonly #executable: Executable;
  readonly #groups: readonly ParameterGroup[];
  readonly #shapes: ReadonlyMap<string, Shape>;
  /** What the executor does not hold: frozen weights, and moments of parameters that were trained before. */
  readonly #kept: TrainerState;
  readonly #optimizer: AdamWOptions;
  readonly #classes: readonly UpdateClass[];
  /** Variables of the program: parameters that nothing reads are not among them. */
  readonly #declared: ReadonlySet<string>;
  #steps = 0;
  #accumulators = false;

  constructor(options: TrainerOptions) {
    this.#groups = options.groups;
    this.#optimizer = { ...ADAMW_DEFAULTS, ...options.optimizer };
    const shapes = new Map(options.parameters.map((p) => [p.name, p.shape]));
    this.#shapes = shapes;
    checkState(options, shapes);
    this.#classes = updateClasses(options);
    const program = trainingProgram({
      buckets: options.buckets,
      functions: options.functions ?? {},
      classes: this.#classes,
      shapes,
      optimizer: this.#optimizer,
      clip: options.clip,
    });
    this.#declared = new Set(program.variables.keys());
    this.#executable = load(options.binding, program, options.executor ?? 'graph');
    const { weights, m, v } = options.state;
    const values = new Map<string, HostTensor>();
    for (const [name, tensor] of weights) if (program.variables.has(name)) values.set(name, hostTensor(tensor));
    for (const name of this.trained) {
      const state = stateVariables(name);
      values.set(state.m, m.has(name) ? hostTensor(m.get(name)!) : zeros(shapes.get(name)!));
      values.set(state.v, v.has(name) ? hostTensor(v.get(name)!) : zeros(shapes.get(name)!));
    }
    this.#executable.write(values);
    const trained = new Set(this.trained);
    const others = <T>(map: ReadonlyMap<string, T>): Map<string, T> =>
      new Map([...map].filter(([name]) => !trained.has(name)));
    this.#kept = { weights: others(weights), m: others(m), v: others(v), counts: others(options.state.counts) };
  }

  /** Names of the parameters that steps change. */
  get trained(): string[] {
    return this.#classes.flatMap((c) => c.names);
  }

  /** One update; `lrs[i]` is the learning rate of group i. A loss that is not a number has spoilt the weights: go back to a saved state. */
  step(microBatches: readonly MicroBatch[], lrs: readonly number[]): StepResult {
    const [first] = microBatches;
    if (!first) throw new Error('step: needs at least one micro-batch');
    if (lrs.length !== this.#groups.length) {
      throw new Error(`step: got ${lrs.length} learning rates for ${this.#groups.length} groups`);
    }
    const adamw = this.#hyper(lrs);
    const result = microBatches.length === 1 ? this.#fused(first, adamw) : this.#accumulated(microBatches, adamw);
    this.#steps++;
    return result;
  }

  /** Runs one of `options.functions` with the current weights. */
  run(fn: string, inputs: Readonly<Record<string, HostTensor>>): Record<string, HostTensor> {
    return this.#executable.run(fn, inputs);
  }

  /** Copies the state out. Frozen weights and moments are the very tensors that were given. */
  state(): TrainerState {
    const old = this.#kept;
    const state = { weights: new Map(old.weights), m: new Map(old.m), v: new Map(old.v), counts: new Map(old.counts) };
    const values = this.#executable.read(
      this.trained.flatMap((name) => [name, stateVariables(name).m, stateVariables(name).v]),
    );
    for (const { names, start } of this.#classes) {
      for (const name of names) {
        state.weights.set(name, tensorData(values.get(name)!));
        state.m.set(name, tensorData(values.get(stateVariables(name).m)!));
        state.v.set(name, tensorData(values.get(stateVariables(name).v)!));
        state.counts.set(name, start + this.#steps);
      }
    }
    return state;
  }

  /** Frozen parameters as they stand in TensorFlow's memory now (those that the loss reads), to see that nothing has moved them. */
  frozen(): Map<string, TensorData> {
    const trained = new Set(this.trained);
    const names = [...this.#shapes.keys()].filter((name) => this.#declared.has(name) && !trained.has(name));
    return new Map([...this.#executable.read(names)].map(([name, tensor]) => [name, tensorData(tensor)]));
  }

  /** Frees native memory. */
  dispose(): void {
    this.#executable.dispose();
  }

  #fused({ bucket, inputs }: MicroBatch, adamw: HostTensor): StepResult {
    const out = this.#executable.run(stepFunction(bucket), { ...inputs, adamw });
    const weight = scalar(out, 'count');
    return { loss: scalar(out, 'loss') / Math.max(1, weight), gradNorm: scalar(out, 'norm'), weight };
  }

  #accumulated(microBatches: readonly MicroBatch[], adamw: HostTensor): StepResult {
    if (!this.#accumulators) {
      this.#executable.write(
        new Map(this.trained.map((name) => [stateVariables(name).sum, zeros(this.#shapes.get(name)!)])),
      );
      this.#accumulators = true;
    }
    let loss = 0;
    let weight = 0;
    for (const { bucket, inputs } of microBatches) {
      const out = this.#executable.run(accumulateFunction(bucket), inputs);
      loss += scalar(out, 'loss');
      weight += scalar(out, 'count');
    }
    const count = Math.max(1, weight);
    const out = this.#executable.run(APPLY, {
      adamw,
      count: { dtype: 'f32', shape: [], data: Float32Array.of(count) },
    });
    return { loss: loss / count, gradNorm: scalar(out, 'norm'), weight };
  }

  #hyper(lrs: readonly number[]): HostTensor {
    const rows = this.#classes.map((c) =>
      hyper(this.#optimizer, lrs[c.group]!, c.weightDecay, c.start + this.#steps + 1),
    );
    return { dtype: 'f32', shape: [rows.length, HYPER_SIZE], data: Float32Array.from(rows.flat()) };
  }
}

/** Loads a training run; see `Trainer`. */
export function createTrainer(options: TrainerOptions): Trainer {
  return new Trainer(options);
}

function checkState({ parameters, groups, state }: TrainerOptions, shapes: ReadonlyMap<string, Shape>): void {
  for (const { name, shape } of parameters) {
    const weight = state.weights.get(name);
    if (!weight) throw new Error(`trainer: the parameter ${name} ${showShape(shape)} has no weights`);
    for (const tensor of [weight, state.m.get(name), state.v.get(name)]) {
      if (tensor && !sameShape(tensor.shape, shape)) {
        throw new Error(
          `trainer: ${name} should be ${showShape(shape)}, but the state holds ${showShape(tensor.shape)}`,
        );
      }
    }
  }
  const seen = new Set<string>();
  for (const name of groups.flatMap((group) => group.names)) {
    if (!shapes.has(name)) throw new Error(`trainer: there is no parameter ${name}`);
    if (seen.has(name)) throw new Error(`trainer: the parameter ${name} is in two groups`);
    seen.add(name);
  }
  if (seen.size === 0) throw new Error('trainer: every parameter is frozen; nothing would be trained');
}

/** Splits groups by how many updates their parameters have had: the bias correction differs. */
function updateClasses({ groups, state }: TrainerOptions): UpdateClass[] {
  return groups.flatMap(({ names, weightDecay }, group) => {
    const byStart = new Map<number, string[]>();
    for (const name of names) {
      const start = state.counts.get(name) ?? 0;
      byStart.set(start, [...(byStart.get(start) ?? []), name]);
    }
    return [...byStart].map(([start, members]) => ({ group, weightDecay, start, names: members }));
  });
}

function scalar(out: Readonly<Record<string, HostTensor>>, name: string): number {
  return out[name]!.data[0]!;
}

function zeros(shape: Shape): HostTensor {
  return { dtype: 'f32', shape, data: new Float32Array(sizeOf(shape)) };
}

function hostTensor({ shape, data }: TensorData): HostTensor {
  if (!(data instanceof Float32Array)) throw new Error('trainer: weights and moments must be float32');
  return { dtype: 'f32', shape, data };
}

function tensorData({ shape, data }: HostTensor): TensorData {
  return { shape, data: data as Float32Array };
}
