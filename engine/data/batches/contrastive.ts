import type { TrainConfig } from '../../../dsl/plan/types.ts';
import { DataError } from '../../stages/types.ts';
import { randomInt } from '../../../ops/train/rng.ts';
import type { CaptionedImage } from '../samples/load.ts';
import { loadCaptionedImages } from '../samples/load.ts';
import { IGNORE } from '../templates/encode.ts';
import { bucketsFor } from './buckets.ts';
import type { Row } from './collate.ts';
import { collate } from './collate.ts';
import type { TrainDataContext } from './context.ts';
import { ImageList, padIdOf } from './context.ts';
import { SampleOrder } from './order.ts';
import type { TrainData } from './types.ts';

/**
 * Picture–caption pairs for CLIP's loss: each picture once an epoch with one of its captions, drawn by seed, epoch and picture.
 * (Two captions of one picture in a batch would be taken for wrong answers of each other.) The whole batch is one forward pass,
 * as every pair is contrasted with all others; a last batch that is not full is left out.
 * A caption is `<s> … </s>`, cut to the text side's context with its `</s>` kept.
 */
export async function openContrastive(config: TrainConfig, context: TrainDataContext): Promise<TrainData> {
  const limitOfText = config.model.contrast?.context;
  if (limitOfText === undefined)
    throw new DataError(
      'this stage trains contrastively, but its model has no text side. Add `contrast = clip_text { … }` to the model.',
    );
  const pairs: CaptionedImage[] = [];
  const sizes: number[] = [];
  for (const { dataset, limit } of config.data) {
    const all = await loadCaptionedImages(dataset, context.resolve, context);
    const used = limit === null ? all : all.slice(0, limit);
    if (used.length === 0) throw new DataError(`dataset ${dataset.name}: there is no picture with a caption in it.`);
    sizes.push(used.length);
    pairs.push(...used);
  }
  const order = new SampleOrder({
    sizes,
    sample: config.sample,
    seed: context.seed,
    batch: config.batch,
    dropLast: true,
  });
  if (order.stepsPerEpoch === 0) {
    throw new DataError(
      `there are ${order.length} pictures with captions, fewer than one batch of ${config.batch}. Lower \`batch\`, or add data.`,
    );
  }
  const begin = context.tokenizer.specials.get('<s>');
  const end = context.tokenizer.specials.get('</s>');
  const encode = (caption: string): number[] => {
    const ids = [...(begin === undefined ? [] : [begin]), ...context.tokenizer.encodeText(caption)];
    if (end === undefined) return ids.slice(0, limitOfText);
    return [...ids.slice(0, limitOfText - 1), end];
  };
  const captions = pairs.map((pair) => pair.captions.map((caption) => Int32Array.from(encode(caption))));
  // One length for all: a contrastive step is one graph.
  const top = bucketsFor(
    captions.flat().map((ids) => ids.length),
    limitOfText,
  ).at(-1)!;
  const buckets = [Math.min(top, limitOfText)];
  const images = new ImageList();
  const imageOf = pairs.map((pair) => images.add(pair.image));
  const padId = padIdOf(context.tokenizer);

  return {
    length: order.length,
    stepsPerEpoch: order.stepsPerEpoch,
    buckets,
    images: images.paths,
    batch(step) {
      const { epoch, indices } = order.at(step);
      const rows = [...indices].map((i): Row => {
        const ids = captions[i]![randomInt(context.seed, `caption in epoch ${epoch}`, i, captions[i]!.length)]!;
        return {
          name: pairs[i]!.id,
          encoded: { ids, labels: new Int32Array(ids.length).fill(IGNORE), supervised: 0 },
          image: imageOf[i]!,
        };
      });
      return { epoch, micro: [collate(rows, config.batch, buckets, padId)] };
    },
  };
}
