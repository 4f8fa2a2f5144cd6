/**
 * LLaVA (Liu et al. 2023, section 4.1): picture features, projected into word space, stand in the sequence where image tokens are.
 * As in Hugging Face's version, `input_ids` holds the image token once for each feature.
 */
import { concat, gather, greaterEqual, maximum, narrow, reshape, select, unsortedSegmentSum } from '../graph/index.ts';
import type { Value } from '../graph/index.ts';
import { countSupervised, IGNORED, linearCrossEntropy } from '../nn/cross-entropy.ts';
import { visionFeatures } from './clip.ts';
import type { ModelConfig } from './config.ts';
import { required } from './config.ts';
import { headWeight, llamaHidden } from './llama.ts';
import { project } from './projector.ts';
import type { Weights } from './weights.ts';

/** What a picture is given as: its pixels [I, 3, S, S], or features [I, N, Wv] that a frozen vision tower made before. */
export type Pictures = { pixels: Value } | { features: Value };

/** Pictures in word space, [I, N, D]. */
export function imageFeatures(w: Weights, config: ModelConfig, pictures: Pictures): Value {
  const features =
    'features' in pictures ? pictures.features : visionFeatures(w, required(config, 'vision'), pictures.pixels);
  return project(w, required(config, 'projector'), features);
}

/**
 * The sequence the language model reads: word vectors, and picture features where `slots` says so.
 * table [V, D], ids i32 [B, L], features [I, N, D], slots i32 [B, L] (−1: text; else a row of the I·N features) → [B, L, D].
 * The embedding of the image token gets no derivative, nor do features that no slot names.
 */
export function spliceImages(table: Value, ids: Value, features: Value, slots: Value): Value {
  const width = table.shape[1]!;
  const rows = reshape(features, [-1, width]);
  const isImage = greaterEqual(slots, 0);
  const [spliced] = table.graph.custom(
    [table, features],
    () => {
      const fromImage = gather(rows, maximum(slots, 0));
      const chosen = select(reshape(isImage, [...slots.shape, 1]), fromImage, gather(table, ids));
      return { outputs: [chosen], saved: null };
    },
    ([d], _saved, [needsTable, needsFeatures]) => [
      needsTable ? unsortedSegmentSum(d!, select(isImage, -1, ids), table.shape[0]!) : undefined,
      needsFeatures ? reshape(unsortedSegmentSum(d!, slots, rows.shape[0]!), features.shape) : undefined,
    ],
  );
  return spliced!;
}

/** Word vectors of ids i32 [B, L], with pictures at their slots when there are any → [B, L, D]. */
export function llavaEmbeddings(
  w: Weights,
  config: ModelConfig,
  ids: Value,
  images: { pictures: Pictures; slots: Value } | null,
): Value {
  const table = w('language.embed_tokens.weight');
  if (!images) return gather(table, ids);
  return spliceImages(table, ids, imageFeatures(w, config, images.pictures), images.slots);
}

/**
 * Next-token loss (equation 3 of the paper): the label of a position is predicted from the one before it.
 * embeddings [B, L, D], labels i32 [B, L] (negative: not supervised) → sum of the losses and number of supervised tokens, both f32 [].
 */
export function nextTokenLoss(
  w: Weights,
  config: ModelConfig,
  embeddings: Value,
  labels: Value,
): { loss: Value; count: Value } {
  const language = required(config, 'language');
  const [batch, length] = labels.shape as [number, number];
  const none = labels.graph.constant(new Int32Array(batch).fill(IGNORED), [batch, 1], 'i32');
  const next = reshape(concat([narrow(labels, 1, 1, length - 1), none], 1), [batch * length]);
  const hidden = reshape(llamaHidden(w, language, embeddings), [batch * length, language.width]);
  return { loss: linearCrossEntropy(hidden, headWeight(w, language), next), count: countSupervised(next) };
}
