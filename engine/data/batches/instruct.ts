import type { TrainConfig } from '../../../dsl/plan/types.ts';
import { DataError } from '../../stages/types.ts';
import { loadSamples } from '../samples/load.ts';
import type { EncodedSample, Encoding } from '../templates/encode.ts';
import { encodeSample } from '../templates/encode.ts';
import type { Sample } from '../types.ts';
import { bucketsFor } from './buckets.ts';
import type { Row } from './collate.ts';
import { collate } from './collate.ts';
import type { TrainDataContext } from './context.ts';
import { ImageList, padIdOf } from './context.ts';
import { SampleOrder } from './order.ts';
import type { TrainData } from './types.ts';

/** Encoded samples are kept up to this many tokens in all (64 MiB of ids and labels); beyond, they are encoded again when needed. */
const KEPT_TOKENS = 8_000_000;

/** Conversations with labels on the assistant's tokens (LLaVA, equation 3). */
export async function openInstruct(config: TrainConfig, context: TrainDataContext): Promise<TrainData> {
  const template = config.model.language?.template;
  if (template === null || template === undefined) {
    throw new DataError(
      'this stage trains on conversations, but its language model has no template. Add `template = …` to it.',
    );
  }
  const { tokenizer, imageTokens, imageTokenId } = context;
  const encoding: Encoding = { template, tokenizer, imageTokens, imageTokenId };
  const samples: Sample[] = [];
  const sizes: number[] = [];
  for (const { dataset, limit } of config.data) {
    const all = await loadSamples(dataset, { ...context, order: config.order });
    const used = limit === null ? all : all.slice(0, limit);
    if (used.length === 0) throw new DataError(`dataset ${dataset.name}: there is no sample in it.`);
    sizes.push(used.length);
    for (const sample of used) samples.push(sample);
  }

  // All samples are encoded once before the first step: lengths decide the buckets, and what cannot be learnt from is told now.
  const kept = new Map<number, EncodedSample>();
  let tokens = 0;
  const lengths = samples.map((sample, i) => {
    const encoded = encodeSample(sample, encoding, config.length);
    tokens += encoded.ids.length;
    if (tokens <= KEPT_TOKENS) kept.set(i, encoded);
    return encoded.ids.length;
  });
  const buckets = bucketsFor(lengths, config.length);
  const images = new ImageList();
  const imageOf = samples.map((sample) => images.add(sample.image));
  const padId = padIdOf(tokenizer);
  const order = new SampleOrder({
    sizes,
    sample: config.sample,
    seed: context.seed,
    batch: config.batch,
    dropLast: false,
  });

  return {
    length: order.length,
    stepsPerEpoch: order.stepsPerEpoch,
    buckets,
    images: images.paths,
    batch(step) {
      const { epoch, indices } = order.at(step);
      // Samples of like length share a forward pass; which pass of a step a sample is in does not change the step.
      const byLength = [...indices].sort((a, b) => lengths[a]! - lengths[b]! || a - b);
      const micro = [];
      for (let i = 0; i < byLength.length; i += config.microBatch) {
        const rows = byLength.slice(i, i + config.microBatch).map((s): Row => ({
          name: samples[s]!.id,
          encoded: kept.get(s) ?? encodeSample(samples[s]!, encoding, config.length),
          image: imageOf[s]!,
        }));
        micro.push(collate(rows, config.microBatch, buckets, padId));
      }
      return { epoch, micro };
    },
  };
}
