import { add, div, minimum, mul, sqrt, typeAttr, type Value } from '../graph/index.ts';
import { addAll } from '../graph/vjp.ts';

/** Euclidean norm of all gradients taken as one vector; f32 []. */
export function globalNorm(grads: readonly Value[]): Value {
  // L2Loss is Σx²/2 in one pass without a squared copy.
  const halves = grads.map((x) => x.graph.add('L2Loss', [x], { T: typeAttr(x.dtype) }, [], x.dtype));
  return sqrt(mul(addAll(halves), 2));
}

/** Factor by which gradients of this norm are scaled so that it does not exceed `max`: torch's `clip_grad_norm_`, with its 10⁻⁶. */
export function clipFactor(norm: Value, max: number): Value {
  return minimum(div(max, add(norm, 1e-6)), 1);
}
