import { add, matmul } from '../graph/index.ts';
import type { Value } from '../graph/index.ts';

/** y = x Wᵀ + b: x […, in], weight [out, in] as Hugging Face stores it, bias [out] → […, out]. */
export function linear(x: Value, weight: Value, bias?: Value): Value {
  const y = matmul(x, weight, { transposeB: true });
  return bias ? add(y, bias) : y;
}
