/**
 * What a training step minimises, as functions on a graph. Each declares its inputs, reads the weights as variables under their canonical names
 * and returns a sum with the number of its terms: the mean over several micro-batches is the sum of sums over the sum of counts.
 */
import type { Graph, Value } from '../graph/index.ts';
import { contrastiveLossOf, featureCount, imageEmbedding, textEmbedding } from './clip.ts';
import type { ModelConfig } from './config.ts';
import { required } from './config.ts';
import type { Pictures } from './llava.ts';
import { llavaEmbeddings, nextTokenLoss } from './llava.ts';
import { weightsOf } from './weights.ts';

export interface LossOutput {
  /** Sum over the terms, f32 []. */
  loss: Value;
  /** Number of terms (supervised tokens, or pairs), f32 []. */
  count: Value;
}

export interface TextBatchShape {
  batch: number;
  /** Tokens of a row, padding included. */
  length: number;
}

export interface InstructBatchShape extends TextBatchShape {
  /** Pictures of a batch; 0: text only, and no picture input. */
  images: number;
  /** Pictures come as features that were computed before (`image_features`), not as pixels. */
  cached: boolean;
}

/**
 * Multimodal instruction following. Inputs: `input_ids`, `labels` (not shifted, −100: not supervised), `image_slots` i32 [batch, length], and
 * `pixel_values` f32 [images, 3, S, S] or, when cached, `image_features` f32 [images, N, Wv]. Rows are padded on the right.
 */
export function instructLoss(g: Graph, config: ModelConfig, shape: InstructBatchShape): LossOutput {
  const { batch, length, images, cached } = shape;
  if (images === 0) return textLoss(g, config, shape);
  const w = weightsOf(g, config);
  const ids = g.input('input_ids', [batch, length], 'i32');
  const labels = g.input('labels', [batch, length], 'i32');
  const slots = g.input('image_slots', [batch, length], 'i32');
  const pictures = pictureInput(g, config, images, cached);
  return nextTokenLoss(w, config, llavaEmbeddings(w, config, ids, { pictures, slots }), labels);
}

/** Next-token loss on text. Inputs: `input_ids`, `labels` i32 [batch, length] (the ids again, −100 where they are padding). */
export function textLoss(g: Graph, config: ModelConfig, { batch, length }: TextBatchShape): LossOutput {
  const w = weightsOf(g, config);
  const ids = g.input('input_ids', [batch, length], 'i32');
  const labels = g.input('labels', [batch, length], 'i32');
  return nextTokenLoss(w, config, llavaEmbeddings(w, config, ids, null), labels);
}

/**
 * CLIP's loss over the pairs of one batch. Inputs: `pixel_values` f32 [batch, 3, S, S], `input_ids` i32 [batch, length],
 * `lengths` i32 [batch] (tokens up to the one that stands for the text, included).
 */
export function contrastiveLoss(g: Graph, config: ModelConfig, { batch, length }: TextBatchShape): LossOutput {
  const w = weightsOf(g, config);
  const vision = required(config, 'vision');
  const pixels = g.input('pixel_values', [batch, 3, vision.image, vision.image]);
  const ids = g.input('input_ids', [batch, length], 'i32');
  const lengths = g.input('lengths', [batch], 'i32');
  const texts = textEmbedding(w, required(config, 'contrast'), ids, lengths);
  const loss = contrastiveLossOf(imageEmbedding(w, vision, pixels), texts, w('contrast.logit_scale'));
  return { loss, count: g.constant(batch) };
}

/** The input that pictures come in by: `pixel_values`, or `image_features` when they are cached. */
export function pictureInput(g: Graph, config: ModelConfig, images: number, cached: boolean): Pictures {
  const vision = required(config, 'vision');
  return cached
    ? { features: g.input('image_features', [images, featureCount(vision), vision.width]) }
    : { pixels: g.input('pixel_values', [images, 3, vision.image, vision.image]) };
}
