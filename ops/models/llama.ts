/**
 * LLaMA (Touvron et al. 2023): RMSNorm before each sub-layer, rotary positions, grouped-query attention, SwiGLU.
 * Shapes: B rows, L positions, D width, H query heads, Hkv key heads, d head size, V vocabulary.
 */
import { add, gather, matmul, reshape, transpose } from '../graph/index.ts';
import type { Value } from '../graph/index.ts';
import { swiglu } from '../nn/activations.ts';
import { attention, causalMask, keyMask } from '../nn/attention.ts';
import { linear } from '../nn/linear.ts';
import { rmsNorm } from '../nn/norm.ts';
import { applyRope, ropeTable } from '../nn/rope.ts';
import type { RopeTable } from '../nn/rope.ts';
import type { LanguageConfig } from './config.ts';
import type { Weights } from './weights.ts';
import { within } from './weights.ts';

/** Keys and values of one layer, [B, Hkv, S, d]. */
export interface KeyValues {
  keys: Value;
  values: Value;
}

/**
 * A layer's attention: queries [B, H, L, d] over whatever they may see, given this call's own keys and values. Training looks at the
 * call's own; generation also at what it has cached. Returns [B, H, L, d].
 */
export type Attend = (layer: number, queries: Value, own: KeyValues) => Value;

/** Word vectors: ids i32 [B, L] → [B, L, D]. */
export function embedTokens(w: Weights, ids: Value): Value {
  return gather(w('language.embed_tokens.weight'), ids);
}

/**
 * Whole sequences from position 0 on: embeddings [B, L, D] → final hidden states [B, L, D], normalised. Padding to the right needs no mask:
 * no real position looks at it. `attended` i32 [B, L] (1: may be looked at, 0: may not), Hugging Face's attention_mask, is for the rest.
 */
export function llamaHidden(w: Weights, language: LanguageConfig, embeddings: Value, attended?: Value): Value {
  const [batch, length] = embeddings.shape as [number, number, number];
  const causal = causalMask(embeddings.graph, length);
  const mask = attended ? add(causal, reshape(keyMask(attended), [batch, 1, 1, 1, length])) : causal;
  const table = ropeTable(embeddings.graph, length, language.headDim, language.ropeTheta);
  return llamaLayers(w, language, embeddings, table, (_layer, queries, own) =>
    attention(queries, own.keys, own.values, mask),
  );
}

/** The stack of layers over embeddings [B, L, D], with positions given by `table` (broadcasts to [B, H, L, d]) */
export function llamaLayers(
  w: Weights,
  language: LanguageConfig,
  embeddings: Value,
  table: RopeTable,
  attend: Attend,
): Value {
  const at = within(w, 'language');
  const { rmsNormEps: eps } = language;
  let hidden = embeddings;
  for (let i = 0; i < language.layers; i++) {
    const layer = within(at, `layers.${i}`);
    const normal1 = rmsNorm(hidden, layer('input_layernorm.weight'), eps);
    hidden = add(
      hidden,
      selfAttention(within(layer, 'self_attn'), language, normal1, table, (queries, own) => attend(i, queries, own)),
    );
    const normal2 = rmsNorm(hidden, layer('post_attention_layernorm.weight'), eps);
    const inner = swiglu(linear(normal2, layer('mlp.gate_proj.weight')), linear(normal2, layer('mlp.up_proj.weight')));
    hidden = add(hidden, linear(inner, layer('mlp.down_proj.weight')));
  }
  return rmsNorm(hidden, at('norm.weight'), eps);
}

function selfAttention(
  at: Weights,
  { heads, kvHeads, headDim }: LanguageConfig,
  x: Value,
  table: RopeTable,
  attend: (queries: Value, own: KeyValues) => Value,
): Value {
  const [batch, length] = x.shape as [number, number, number];
  const split = (name: string, count: number) =>
    transpose(reshape(linear(x, at(`${name}.weight`)), [batch, length, count, headDim]), [0, 2, 1, 3]);
  const queries = applyRope(split('q_proj', heads), table); // [B, H, L, d]
  const own = { keys: applyRope(split('k_proj', kvHeads), table), values: split('v_proj', kvHeads) }; // [B, Hkv, L, d]
  const out = attend(queries, own);
  return linear(reshape(transpose(out, [0, 2, 1, 3]), [batch, length, heads * headDim]), at('o_proj.weight'));
}

/** The head's weight [V, D]: the embedding itself where they are tied. */
export function headWeight(w: Weights, language: LanguageConfig): Value {
  return w(language.tieEmbeddings ? 'language.embed_tokens.weight' : 'language.lm_head.weight');
}

/** Scores over the vocabulary: hidden [B, L, D] → [B, L, V]. */
export function logitsOf(w: Weights, language: LanguageConfig, hidden: Value): Value {
  return matmul(hidden, headWeight(w, language), { transposeB: true });
}
