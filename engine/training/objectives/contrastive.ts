import { contrastiveLoss } from '../../../ops/models/losses.ts';
import { required } from '../../../ops/models/config.ts';
import { DataError } from '../../stages/types.ts';
import { stageData } from '../data.ts';
import { intTensor, vectorOfInts } from '../host.ts';
import { CONTRAST_TOKENIZER } from '../layout.ts';
import type { Objective } from '../objective.ts';
import { PixelSource } from '../pixels.ts';

/** CLIP's symmetric loss between pictures and their captions: how the stand-in for CLIP learns to see. */
export const contrastive: Objective = {
  tokenizerFile: CONTRAST_TOKENIZER,

  vocabulary({ model }) {
    if (!model.contrast) {
      throw new DataError('a stage with `objective = contrastive` needs `contrast = clip_text { … }` in its model');
    }
    return model.contrast.vocab;
  },

  async prepare({ context, tokenizer }) {
    const { config } = context;
    const vision = required(config.model, 'vision');
    const data = await stageData(context, tokenizer);
    const pixels = new PixelSource(data.images, vision.image);
    const { batch } = config;
    return {
      samples: data.length,
      buckets: Object.fromEntries(
        data.buckets.map((length) => [length, (g) => contrastiveLoss(g, config.model, { batch, length })]),
      ),
      batch: (step) =>
        Promise.all(
          data.batch(step).micro.map(async ({ bucket, inputIds, lengths, imageIndex }) => ({
            bucket: String(bucket),
            inputs: {
              pixel_values: await pixels.batch(imageIndex),
              input_ids: intTensor(inputIds),
              lengths: vectorOfInts(lengths),
            },
          })),
        ),
    };
  },
};
