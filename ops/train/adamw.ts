/**
 * AdamW (Loshchilov & Hutter, Decoupled weight decay regularization, ICLR 2019, algorithm 2) in the form of torch.optim.AdamW:
 *
 *     θ ← θ (1 − lr·λ)
 *     m ← β₁ m + (1 − β₁) g,   v ← β₂ v + (1 − β₂) g²
 *     θ ← θ − lr/(1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε)
 *
 * One `ResourceApplyAdam` per parameter updates m, v and θ in place. Its own form is θ − α m / (√v + ε̂), so it gets
 * α = lr √(1 − β₂ᵗ)/(1 − β₁ᵗ) and ε̂ = ε √(1 − β₂ᵗ), worked out in double precision outside the graph.
 */
import { narrow, mul, reshape, typeAttr, type Graph, type Value } from '../graph/index.ts';

export interface AdamWOptions {
  beta1: number;
  beta2: number;
  epsilon: number;
}

/** torch's defaults. */
export const ADAMW_DEFAULTS: AdamWOptions = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };

/** Names of the variables that hold a parameter's moments. */
export const firstMoment = (name: string): string => `adamw.m/${name}`;
export const secondMoment = (name: string): string => `adamw.v/${name}`;

/** Numbers per update class in the step's `adamw` input: α, ε̂, 1 − lr·λ. */
export const HYPER_SIZE = 3;

/** The three numbers of one update: learning rate, weight decay, and t, the number of updates that the parameter will have had. */
export function hyper(options: AdamWOptions, lr: number, weightDecay: number, t: number): [number, number, number] {
  const { beta1, beta2, epsilon } = options;
  // The kernel multiplies new gradients by 1 − float32(β), which for β₂ = 0.999 is off by 10⁻⁵: m and v come out too large
  // by these constant factors.
  const excess1 = (1 - Math.fround(beta1)) / (1 - beta1);
  const excess2 = Math.sqrt((1 - Math.fround(beta2)) / (1 - beta2));
  const root = Math.sqrt(1 - beta2 ** t) * excess2;
  return [(lr * root) / ((1 - beta1 ** t) * excess1), epsilon * root, 1 - lr * weightDecay];
}

/** Scalars of one update class inside the graph. */
export interface Hyper {
  alpha: Value;
  epsilon: Value;
  keep: Value;
}

/** Takes class `index` out of the input [classes, HYPER_SIZE]. */
export function hyperOf(input: Value, index: number): Hyper {
  const row = narrow(input, 0, index, 1);
  const at = (i: number): Value => reshape(narrow(row, 1, i, 1), []);
  return { alpha: at(0), epsilon: at(1), keep: at(2) };
}

/** Records the update of one parameter at the end of the call. Without decay, `decay` saves a pass over the weights. */
export function applyAdamW(g: Graph, name: string, grad: Value, options: AdamWOptions, h: Hyper, decay: boolean): void {
  const weight = g.variable(name, grad.shape);
  g.variable(firstMoment(name), grad.shape);
  g.variable(secondMoment(name), grad.shape);
  if (decay) g.assign(name, mul(weight, h.keep));
  const zero = g.constant(0);
  g.effect({
    op: 'ResourceApplyAdam',
    variables: [name, firstMoment(name), secondMoment(name)],
    inputs: [zero, zero, h.alpha, g.constant(options.beta1), g.constant(options.beta2), h.epsilon, grad],
    attrs: {
      T: typeAttr('f32'),
      use_locking: { kind: 'bool', value: false },
      use_nesterov: { kind: 'bool', value: false },
    },
  });
}
