/**
 * CLIP (Radford et al. 2021): a vision transformer and a text transformer, both pre-LN, joined by a contrastive loss.
 * Shapes: B pictures or texts, N patches, T tokens, W width, H heads, E shared embedding.
 */
import {
  add,
  broadcastTo,
  concat,
  div,
  exp,
  gather,
  matmul,
  minimum,
  mul,
  narrow,
  reshape,
  sqrt,
  square,
  stopGradient,
  sub,
  sum,
  transpose,
} from '../graph/index.ts';
import type { Graph, Value } from '../graph/index.ts';
import { ACTIVATIONS } from '../nn/activations.ts';
import type { Activation } from '../nn/activations.ts';
import { attention, causalMask } from '../nn/attention.ts';
import { crossEntropy } from '../nn/cross-entropy.ts';
import { linear } from '../nn/linear.ts';
import { layerNorm } from '../nn/norm.ts';
import type { ClipLayersConfig, ContrastConfig, VisionConfig } from './config.ts';
import { CLIP_TEXT_EPS, gridOf } from './config.ts';
import type { Weights } from './weights.ts';
import { within } from './weights.ts';

interface BlockConfig extends ClipLayersConfig {
  layerNormEps: number;
  activation: Activation;
}

/** Temperatures above 100 are not used (section 2.5). */
const MAX_LOGIT_SCALE = Math.log(100);

/** Features of one picture: patches, and the class token where it is selected. */
export function featureCount(vision: VisionConfig): number {
  return gridOf(vision) ** 2 + (vision.featureSelect === 'patches_and_class' ? 1 : 0);
}

/** How many layers the features stand on: those above are not computed. */
export function featureDepth(vision: VisionConfig): number {
  const { featureLayer, layers } = vision;
  if (featureLayer === null) throw new Error('this model reads no picture features (features are not set)');
  const depth = featureLayer < 0 ? layers + 1 + featureLayer : featureLayer;
  if (!Number.isInteger(depth) || depth < 0 || depth > layers)
    throw new Error(`feature layer ${featureLayer} does not exist: the vision tower has hidden states 0 to ${layers}`);
  return depth;
}

/** What the projector reads: pixels [B, 3, S, S] → the selected hidden state, [B, featureCount, W]. */
export function visionFeatures(w: Weights, vision: VisionConfig, pixels: Value): Value {
  const hidden = visionHidden(w, vision, pixels, featureDepth(vision));
  return vision.featureSelect === 'patches_and_class' ? hidden : narrow(hidden, 1, 1, hidden.shape[1]! - 1);
}

/** Hidden state number `depth`: pixels [B, 3, S, S] → [B, 1 + N, W], the class token first. */
export function visionHidden(w: Weights, vision: VisionConfig, pixels: Value, depth: number): Value {
  const at = within(w, 'vision');
  const x = visionEmbeddings(at, vision, pixels);
  const hidden = layerNorm(x, at('pre_layrnorm.weight'), at('pre_layrnorm.bias'), vision.layerNormEps);
  return clipLayers(within(at, 'layers'), vision, hidden, depth, null);
}

/** Patches as a linear map of their pixels (a convolution whose stride is its size), class token, positions → [B, 1 + N, W]. */
function visionEmbeddings(at: Weights, { width, patch, image }: VisionConfig, pixels: Value): Value {
  const batch = pixels.shape[0]!;
  const grid = Math.floor(image / patch);
  const used = grid * patch;
  const whole = used === image ? pixels : narrow(narrow(pixels, 2, 0, used), 3, 0, used);
  const cut = transpose(reshape(whole, [batch, 3, grid, patch, grid, patch]), [0, 2, 4, 1, 3, 5]);
  const kernel = reshape(at('embeddings.patch_embedding.weight'), [width, 3 * patch * patch]);
  const patches = linear(reshape(cut, [batch, grid * grid, 3 * patch * patch]), kernel);
  const cls = broadcastTo(reshape(at('embeddings.class_embedding'), [1, 1, width]), [batch, 1, width]);
  return add(concat([cls, patches], 1), at('embeddings.position_embedding.weight'));
}

/** The first `depth` transformer blocks. x [B, L, W]. */
function clipLayers(at: Weights, config: BlockConfig, x: Value, depth: number, mask: Value | null): Value {
  const { layerNormEps: eps } = config;
  let hidden = x;
  for (let i = 0; i < depth; i++) {
    const layer = within(at, String(i));
    const normal1 = layerNorm(hidden, layer('layer_norm1.weight'), layer('layer_norm1.bias'), eps);
    hidden = add(hidden, selfAttention(within(layer, 'self_attn'), config, normal1, mask));
    const normal2 = layerNorm(hidden, layer('layer_norm2.weight'), layer('layer_norm2.bias'), eps);
    const inner = ACTIVATIONS[config.activation](linear(normal2, layer('mlp.fc1.weight'), layer('mlp.fc1.bias')));
    hidden = add(hidden, linear(inner, layer('mlp.fc2.weight'), layer('mlp.fc2.bias')));
  }
  return hidden;
}

function selfAttention(at: Weights, { width, heads }: ClipLayersConfig, x: Value, mask: Value | null): Value {
  const [batch, length] = x.shape as [number, number, number];
  const split = (name: string) =>
    transpose(
      reshape(linear(x, at(`${name}.weight`), at(`${name}.bias`)), [batch, length, heads, width / heads]),
      [0, 2, 1, 3],
    );
  const out = attention(split('q_proj'), split('k_proj'), split('v_proj'), mask); // [B, H, L, W/H]
  const joined = reshape(transpose(out, [0, 2, 1, 3]), [batch, length, width]);
  return linear(joined, at('out_proj.weight'), at('out_proj.bias'));
}

/** A picture in the shared space: the class token of the last layer, normalised and projected. [B, 3, S, S] → [B, E] */
export function imageEmbedding(w: Weights, vision: VisionConfig, pixels: Value): Value {
  const hidden = visionHidden(w, vision, pixels, vision.layers);
  const cls = reshape(narrow(hidden, 1, 0, 1), [pixels.shape[0]!, vision.width]);
  const pooled = layerNorm(
    cls,
    w('vision.post_layernorm.weight'),
    w('vision.post_layernorm.bias'),
    vision.layerNormEps,
  );
  return linear(pooled, w('contrast.visual_projection.weight'));
}

/** A text in the shared space: its last token's state under a causal mask. ids i32 [B, T], lengths i32 [B] → [B, E] */
export function textEmbedding(w: Weights, contrast: ContrastConfig, ids: Value, lengths: Value): Value {
  const at = within(w, 'contrast.text');
  const [batch, length] = ids.shape as [number, number];
  if (length > contrast.context)
    throw new Error(`texts of ${length} tokens do not fit CLIP's text context of ${contrast.context}`);
  const positions = narrow(at('embeddings.position_embedding.weight'), 0, 0, length);
  const x = add(gather(at('embeddings.token_embedding.weight'), ids), positions);
  const config = { ...contrast, layerNormEps: CLIP_TEXT_EPS, activation: 'quick_gelu' as const };
  const hidden = clipLayers(within(at, 'layers'), config, x, contrast.layers, causalMask(x.graph, length));
  const starts = ids.graph.constant(
    Int32Array.from({ length: batch }, (_, row) => row * length - 1),
    [batch],
    'i32',
  );
  const last = gather(reshape(hidden, [batch * length, contrast.width]), add(starts, lengths));
  const pooled = layerNorm(last, at('final_layer_norm.weight'), at('final_layer_norm.bias'), CLIP_TEXT_EPS);
  return linear(pooled, w('contrast.text_projection.weight'));
}

/**
 * The symmetric contrastive loss (figure 3 of the paper): cross entropy of each picture over the texts and of each text over the pictures,
 * halved, summed over the B pairs. images, texts [B, E]; logitScale [] is the logarithm of the inverse temperature → f32 [].
 */
export function contrastiveLossOf(images: Value, texts: Value, logitScale: Value): Value {
  const g: Graph = images.graph;
  const batch = images.shape[0]!;
  // Clamped in value only: the derivative passes, so that a scale above the limit can come down again.
  const scale = add(logitScale, stopGradient(sub(minimum(logitScale, MAX_LOGIT_SCALE), logitScale)));
  const logits = mul(matmul(unit(images), unit(texts), { transposeB: true }), exp(scale));
  const pairs = g.constant(
    Int32Array.from({ length: batch }, (_, i) => i),
    [batch],
    'i32',
  );
  return mul(add(crossEntropy(logits, pairs), crossEntropy(transpose(logits, [1, 0]), pairs)), 0.5);
}

/** Rows of length 1. */
function unit(x: Value): Value {
  return div(x, sqrt(sum(square(x), -1, { keepDims: true })));
}
