import { add, concat, mul, narrow, sub } from '../graph/index.ts';
import type { Graph, Value } from '../graph/index.ts';

/** cos and sin of every position's angles, [positions, headDim]: both halves of the last axis hold the same angles. */
export interface RopeTable {
  cos: Value;
  sin: Value;
}

/**
 * Angles of rotary position embedding (Su et al. 2021, section 3.2.2): position p, pair i → p · base^(−2i / headDim).
 * For positions 0 … positions − 1.
 */
export function ropeTable(g: Graph, positions: number, headDim: number, base: number): RopeTable {
  const half = headDim / 2;
  const cos = new Float32Array(positions * headDim);
  const sin = new Float32Array(positions * headDim);
  for (let i = 0; i < half; i++) {
    // f32 all the way, as PyTorch computes it: at position 4,000 a double would differ in the fourth digit.
    const frequency = Math.fround(1 / Math.fround(base ** Math.fround((2 * i) / headDim)));
    for (let p = 0; p < positions; p++) {
      const angle = Math.fround(p * frequency);
      for (const at of [p * headDim + i, p * headDim + half + i]) {
        cos[at] = Math.cos(angle);
        sin[at] = Math.sin(angle);
      }
    }
  }
  return { cos: g.constant(cos, [positions, headDim]), sin: g.constant(sin, [positions, headDim]) };
}

/**
 * Rotate pairs (x_i, x_{i + D/2}), Hugging Face's half-rotation layout: x ∘ cos + (−x₂, x₁) ∘ sin.
 * x [B, H, L, D]; cos and sin broadcast to it ([L, D], or [B, 1, L, D] where rows have positions of their own).
 * A rotation's transpose is its inverse: the derivative is rotated back.
 */
export function applyRope(x: Value, { cos, sin }: RopeTable): Value {
  const [y] = x.graph.custom(
    [x],
    () => ({ outputs: [add(mul(x, cos), mul(rotateHalf(x), sin))], saved: null }),
    ([dy]) => [sub(mul(dy!, cos), mul(rotateHalf(dy!), sin))],
  );
  return y!;
}

/** (x₁, x₂) → (−x₂, x₁), halves of the last axis. */
function rotateHalf(x: Value): Value {
  const half = x.shape[x.shape.length - 1]! / 2;
  return concat([mul(narrow(x, -1, half, half), -1), narrow(x, -1, 0, half)], -1);
}
