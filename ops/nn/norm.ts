import { add, mean, mul, rsqrt, square, sub, sum } from '../graph/index.ts';
import type { Value } from '../graph/index.ts';

/** All axes but the last: where a weight of shape [D] was repeated. */
const rowAxes = (x: Value): number[] => x.shape.slice(0, -1).map((_, axis) => axis);

/**
 * Layer normalisation (Ba et al. 2016, equation 4) over the last axis: y = x̂ ∘ w + b with x̂ = (x − μ) / √(σ² + ε).
 * x […, D], weight and bias [D].
 *
 * With d = ∂L/∂y ∘ w: ∂L/∂x = (d − mean(d) − x̂ ∘ mean(d ∘ x̂)) / √(σ² + ε).
 */
export function layerNorm(x: Value, weight: Value, bias: Value, eps: number): Value {
  const [y] = x.graph.custom(
    [x, weight, bias],
    () => {
      const centred = sub(x, mean(x, -1, { keepDims: true }));
      const scale = rsqrt(add(mean(square(centred), -1, { keepDims: true }), eps));
      const normal = mul(centred, scale);
      return { outputs: [add(mul(normal, weight), bias)], saved: { normal, scale } };
    },
    ([dy], { normal, scale }, [needsX, needsWeight, needsBias]) => {
      const axes = rowAxes(x);
      const dx = () => {
        const d = mul(dy!, weight);
        const along = mul(normal, mean(mul(d, normal), -1, { keepDims: true }));
        return mul(sub(sub(d, mean(d, -1, { keepDims: true })), along), scale);
      };
      return [
        needsX ? dx() : undefined,
        needsWeight ? sum(mul(dy!, normal), axes) : undefined,
        needsBias ? sum(dy!, axes) : undefined,
      ];
    },
  );
  return y!;
}

/**
 * Root mean square normalisation (Zhang & Sennrich 2019, equation 4): y = x̂ ∘ w with x̂ = x / √(mean(x²) + ε).
 * x […, D], weight [D].
 *
 * With d = ∂L/∂y ∘ w: ∂L/∂x = (d − x̂ ∘ mean(d ∘ x̂)) / √(mean(x²) + ε).
 */
export function rmsNorm(x: Value, weight: Value, eps: number): Value {
  const [y] = x.graph.custom(
    [x, weight],
    () => {
      const scale = rsqrt(add(mean(square(x), -1, { keepDims: true }), eps));
      const normal = mul(x, scale);
      return { outputs: [mul(normal, weight)], saved: { normal, scale } };
    },
    ([dy], { normal, scale }, [needsX, needsWeight]) => {
      const dx = () => {
        const d = mul(dy!, weight);
        return mul(sub(d, mul(normal, mean(mul(d, normal), -1, { keepDims: true }))), scale);
      };
      return [needsX ? dx() : undefined, needsWeight ? sum(mul(dy!, normal), rowAxes(x)) : undefined];
    },
  );
  return y!;
}
