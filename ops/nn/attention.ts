import { add, concat, matmul, mul, narrow, notEqual, reshape, select, softmax, sub, sum } from '../graph/index.ts';
import type { Graph, Value } from '../graph/index.ts';

/** Added to scores where attention is forbidden: e^x is 0 in f32, and a row that is masked all over stays finite. */
export const MASKED = -1e9;

/** [length, length]: 0 where key ≤ query, MASKED after it. */
export function causalMask(g: Graph, length: number): Value {
  const mask = new Float32Array(length * length);
  for (let query = 0; query < length; query++) mask.fill(MASKED, query * length + query + 1, (query + 1) * length);
  return g.constant(mask, [length, length]);
}

/** 0 where `attended` (i32, any shape) is not 0, MASKED where it is. */
export function keyMask(attended: Value): Value {
  const g = attended.graph;
  return select(notEqual(attended, 0), g.constant(0), g.constant(MASKED));
}

/**
 * Scaled dot-product attention (Vaswani et al. 2017, equation 1), softmax(Q Kᵀ / √D + mask) V, with grouped queries
 * (Ainslie et al. 2023): query head h reads key–value head ⌊h · Hkv / H⌋; keys and values are never copied.
 *
 * q [B, H, L, D]; k, v [B, Hkv, S, D]; mask broadcasts to [B, Hkv, H/Hkv, L, S], so [L, S] serves all rows. Returns [B, H, L, D].
 *
 * With P the softmax and dO = ∂L/∂O: dV = Pᵀ dO; dS = P ∘ (dO Vᵀ − rowsum(dO ∘ O)); dQ = dS K / √D; dK = dSᵀ Q / √D.
 * The row sum of dO ∘ O equals that of dP ∘ P and is much smaller to compute (Dao et al. 2022, appendix B.4).
 */
export function attention(q: Value, k: Value, v: Value, mask: Value | null): Value {
  const [batch, heads, length, dim] = q.shape as [number, number, number, number];
  const [, kvHeads, keys] = k.shape as [number, number, number, number];
  const group = heads / kvHeads;
  if (!Number.isInteger(group)) throw new Error(`attention: ${heads} query heads cannot share ${kvHeads} key heads`);
  const scale = 1 / Math.sqrt(dim);
  const [y] = q.graph.custom(
    [q, k, v],
    () => {
      const grouped = mul(reshape(q, [batch, kvHeads, group * length, dim]), scale);
      const scores = matmul(grouped, k, { transposeB: true });
      const probabilities = softmax(masked(scores, mask, [batch, kvHeads, group, length, keys]));
      const out = matmul(probabilities, v);
      return { outputs: [reshape(out, q.shape)], saved: { grouped, probabilities, out } };
    },
    ([dy], { grouped, probabilities, out }, [needsQ, needsK, needsV]) => {
      const dOut = reshape(dy!, out.shape);
      const dv = needsV ? matmul(probabilities, dOut, { transposeA: true }) : undefined;
      if (!needsQ && !needsK) return [undefined, undefined, dv];
      const dScores = mul(
        probabilities,
        sub(matmul(dOut, v, { transposeB: true }), sum(mul(dOut, out), -1, { keepDims: true })),
      );
      return [
        needsQ ? reshape(mul(matmul(dScores, k), scale), q.shape) : undefined,
        needsK ? matmul(dScores, grouped, { transposeA: true }) : undefined,
        dv,
      ];
    },
  );
  return y!;
}

function masked(scores: Value, mask: Value | null, shape: readonly number[]): Value {
  return mask ? reshape(add(reshape(scores, shape), mask), scores.shape) : scores;
}

/** Keys and values [B, Hkv, S, D] with the mask over them, which broadcasts to [B, Hkv, H/Hkv, L, S]. */
export interface MemoryPart {
  keys: Value;
  values: Value;
  mask: Value | null;
}

/**
 * The same attention over several stretches of memory at once, without joining them: q [B, H, L, D] → [B, H, L, D].
 * For generation only (its derivative is not needed).
 */
export function attentionOver(q: Value, parts: readonly MemoryPart[]): Value {
  const [batch, heads, length, dim] = q.shape as [number, number, number, number];
  const kvHeads = parts[0]!.keys.shape[1]!;
  const group = heads / kvHeads;
  const grouped = mul(reshape(q, [batch, kvHeads, group * length, dim]), 1 / Math.sqrt(dim));
  const scores = parts.map(({ keys, mask }) =>
    masked(matmul(grouped, keys, { transposeB: true }), mask, [batch, kvHeads, group, length, keys.shape[2]!]),
  );
  const probabilities = softmax(concat(scores, -1));
  let start = 0;
  const sums = parts.map(({ values }) => {
    const count = values.shape[2]!;
    start += count;
    return matmul(narrow(probabilities, -1, start - count, count), values);
  });
  return reshape(sums.reduce(add), q.shape);
}
