import {
  broadcastTo,
  div,
  gradients,
  maximum,
  mul,
  Program,
  type Graph,
  type Shape,
  type Value,
} from '../graph/index.ts';
import { applyAdamW, firstMoment, HYPER_SIZE, hyperOf, secondMoment, type AdamWOptions } from './adamw.ts';
import { clipFactor, globalNorm } from './clip.ts';

/** The loss of one micro-batch: the sum over its terms and their number, both f32 []. */
export interface Loss {
  loss: Value;
  count: Value;
}

/** Trained parameters with the same learning rate, decay and number of past updates. */
export interface UpdateClass {
  group: number;
  weightDecay: number;
  /** Updates before this trainer's first step. */
  start: number;
  names: readonly string[];
}

export interface TrainingProgram {
  buckets: Readonly<Record<string, (g: Graph) => Loss>>;
  functions: Readonly<Record<string, (g: Graph) => Record<string, Value>>>;
  classes: readonly UpdateClass[];
  shapes: ReadonlyMap<string, Shape>;
  optimizer: AdamWOptions;
  clip: number | null;
}

export const stepFunction = (bucket: string): string => `step@${bucket}`;
export const accumulateFunction = (bucket: string): string => `accumulate@${bucket}`;
export const APPLY = 'apply';

/** Name of the variable in which a parameter's gradients are summed over micro-batches. */
export const accumulator = (name: string): string => `sum/${name}`;

/**
 * The functions of a training run:
 * `step@bucket` does a whole step on a single micro-batch; `accumulate@bucket` adds the gradients of the summed loss to the
 * accumulators, and `apply` makes a step of them and empties them.
 */
export function trainingProgram(options: TrainingProgram): Program {
  const program = new Program();
  const names = options.classes.flatMap((c) => c.names);
  const parameters = (g: Graph): Value[] => names.map((name) => g.variable(name, options.shapes.get(name)!));
  for (const [bucket, build] of Object.entries(options.buckets)) {
    program.define(stepFunction(bucket), (g) => {
      const { loss, count } = build(g);
      const mean = div(loss, maximum(count, 1));
      const norm = update(g, options, names, gradients(g, mean, parameters(g)));
      return { loss, count, norm };
    });
    program.define(accumulateFunction(bucket), (g) => {
      const { loss, count } = build(g);
      gradients(g, loss, parameters(g)).forEach((grad, i) => g.assignAdd(accumulator(names[i]!), grad));
      return { loss, count };
    });
  }
  program.define(APPLY, (g) => {
    const scale = div(1, g.input('count', []));
    const grads = names.map((name) => {
      const sum = g.variable(accumulator(name), options.shapes.get(name)!);
      g.assign(accumulator(name), broadcastTo(g.constant(0), sum.shape));
      return mul(sum, scale);
    });
    return { norm: update(g, options, names, grads) };
  });
  for (const [name, build] of Object.entries(options.functions)) program.define(name, build);
  return program;
}

/** Variables that hold optimizer state and gradient sums, for each trained parameter. */
export function stateVariables(name: string): { m: string; v: string; sum: string } {
  return { m: firstMoment(name), v: secondMoment(name), sum: accumulator(name) };
}

/** Clips, then updates every trained parameter; returns the norm before clipping. */
function update(g: Graph, options: TrainingProgram, names: readonly string[], grads: readonly Value[]): Value {
  const norm = globalNorm(grads);
  const factor = options.clip === null ? undefined : clipFactor(norm, options.clip);
  const input = g.input('adamw', [options.classes.length, HYPER_SIZE]);
  const byName = new Map(names.map((name, i) => [name, grads[i]!]));
  options.classes.forEach((c, i) => {
    const h = hyperOf(input, i);
    for (const name of c.names) {
      const grad = byName.get(name)!;
      applyAdamW(g, name, factor ? mul(grad, factor) : grad, options.optimizer, h, c.weightDecay !== 0);
    }
  });
  return norm;
}
