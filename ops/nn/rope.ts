import { add, concat, mul, narrow } from '../graph/index.ts';
import type { Graph, Value } from '../graph/index.ts';

/** Angles of every position, [positions, headDim]: cos in both halves of the last axis; sin in the second, −sin in the first. */
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
      const [first, second] = [p * headDim + i, p * headDim + half + i];
      cos[first] = cos[second] = Math.cos(angle);
      sin[second] = Math.sin(angle);
      sin[first] = -sin[second];
    }
  }
  return { cos: g.constant(cos, [positions, headDim]), sin: g.constant(sin, [positions, headDim]) };
}

/**
 * Rotate pairs (x_i, x_{i + D/2}), Hugging Face's half-rotation layout: x ∘ cos + swap(x) ∘ (−sin, sin).
 * x [B, H, L, D]; cos and sin broadcast to it ([L, D], or [B, 1, 1, D] where rows have positions of their own).
 * Swapping is its own transpose: ∂L/∂x = dy ∘ cos + swap(dy ∘ (−sin, sin)).
 */
export function applyRope(x: Value, { cos, sin }: RopeTable): Value {
  const [y] = x.graph.custom(
    [x],
    () => ({ outputs: [add(mul(x, cos), mul(swapHalves(x), sin))], saved: null }),
    ([dy]) => [add(mul(dy!, cos), swapHalves(mul(dy!, sin)))],
  );
  return y!;
}

/** (x₁, x₂) → (x₂, x₁), halves of the last axis. */
function swapHalves(x: Value): Value {
  const half = x.shape[x.shape.length - 1]! / 2;
  return concat([narrow(x, -1, half, half), narrow(x, -1, 0, half)], -1);
}
