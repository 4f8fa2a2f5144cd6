import { textLoss } from '../../../ops/models/losses.ts';
import { DataError } from '../../stages/types.ts';
import { stageData } from '../data.ts';
import { intTensor } from '../host.ts';
import { TOKENIZER } from '../layout.ts';
import type { Objective } from '../objective.ts';

/** Next-token loss on packed text: how the stand-in for Vicuna learns its language. */
export const text: Objective = {
  tokenizerFile: TOKENIZER,

  vocabulary({ model }) {
    if (!model.language) throw new DataError('a stage with `objective = text` needs a model with a language part');
    return model.language.vocab;
  },

  async prepare({ context, tokenizer }) {
    const { config } = context;
    const data = await stageData(context, tokenizer);
    const batch = config.microBatch;
    return {
      samples: data.length,
      buckets: Object.fromEntries(
        data.buckets.map((length) => [length, (g) => textLoss(g, config.model, { batch, length })]),
      ),
      batch: (step) =>
        Promise.resolve(
          data.batch(step).micro.map(({ bucket, inputIds, labels }) => ({
            bucket: String(bucket),
            inputs: { input_ids: intTensor(inputIds), labels: intTensor(labels) },
          })),
        ),
    };
  },
};
