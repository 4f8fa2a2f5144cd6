import { add, erf, exp, mul, sigmoid, square, sub } from '../graph/index.ts';
import type { Value } from '../graph/index.ts';

/** x · σ(1.702 x), CLIP's approximation of GELU. Derivative: s + 1.702 x s (1 − s) with s = σ(1.702 x). */
export function quickGelu(x: Value): Value {
  const [y] = x.graph.custom(
    [x],
    () => {
      const s = sigmoid(mul(x, 1.702));
      const out = mul(x, s);
      return { outputs: [out], saved: { s, out } };
    },
    ([dy], { s, out }) => [mul(dy!, add(s, mul(mul(out, 1.702), sub(1, s))))],
  );
  return y!;
}

/** x Φ(x) (Hendrycks & Gimpel 2016), exact: Φ(x) = (1 + erf(x/√2)) / 2. Derivative: Φ(x) + x φ(x). */
export function gelu(x: Value): Value {
  const [y] = x.graph.custom(
    [x],
    () => {
      const cdf = mul(add(erf(mul(x, Math.SQRT1_2)), 1), 0.5);
      return { outputs: [mul(x, cdf)], saved: cdf };
    },
    ([dy], cdf) => {
      const density = mul(exp(mul(square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
      return [mul(dy!, add(cdf, mul(x, density)))];
    },
  );
  return y!;
}

/**
 * SwiGLU's gate (Shazeer 2020, equation 6): silu(gate) ∘ up with silu(x) = x σ(x).
 * With s = σ(gate), a = gate ∘ s: d up = dy ∘ a; d gate = dy ∘ up ∘ (s + a (1 − s)).
 */
export function swiglu(gate: Value, up: Value): Value {
  const [y] = gate.graph.custom(
    [gate, up],
    () => {
      const s = sigmoid(gate);
      const a = mul(gate, s);
      return { outputs: [mul(a, up)], saved: { s, a } };
    },
    ([dy], { s, a }, [needsGate, needsUp]) => [
      needsGate ? mul(mul(dy!, up), add(s, mul(a, sub(1, s)))) : undefined,
      needsUp ? mul(dy!, a) : undefined,
    ],
  );
  return y!;
}

export type Activation = 'quick_gelu' | 'gelu';

export const ACTIVATIONS: Readonly<Record<Activation, (x: Value) => Value>> = { quick_gelu: quickGelu, gelu };
