import type { TrainConfig } from '../../../dsl/plan/types.ts';
import { DataError } from '../../stages/types.ts';
import { documentsOf } from '../samples/documents.ts';
import type { TextTokenizer } from '../templates/encode.ts';
import type { Row } from './collate.ts';
import { collate } from './collate.ts';
import type { TrainDataContext } from './context.ts';
import { padIdOf } from './context.ts';
import { SampleOrder } from './order.ts';
import type { TrainData } from './types.ts';

/**
 * Plain text for next-token prediction: every document is `<s> … </s>`, all are joined and cut into sequences of `length` tokens;
 * what is left at the end is dropped. Labels are the inputs.
 */
export async function openText(config: TrainConfig, context: TrainDataContext): Promise<TrainData> {
  const packed: Int32Array[] = [];
  const sizes: number[] = [];
  const starts: number[] = [];
  let total = 0;
  for (const { dataset, limit } of config.data) {
    const documents = await documentsOf(dataset, { ...context, order: config.order });
    const tokens = packDocuments(limit === null ? documents : documents.slice(0, limit), context.tokenizer);
    const sequences = Math.floor(tokens.length / config.length);
    if (sequences === 0) {
      throw new DataError(
        `dataset ${dataset.name}: ${tokens.length} tokens of text do not fill one sequence of ${config.length}. Lower \`length\`, or add text.`,
      );
    }
    packed.push(tokens);
    starts.push(total);
    sizes.push(sequences);
    total += sequences;
  }
  const padId = padIdOf(context.tokenizer);
  const order = new SampleOrder({
    sizes,
    sample: config.sample,
    seed: context.seed,
    batch: config.batch,
    dropLast: false,
  });
  const buckets = [config.length];

  return {
    length: order.length,
    stepsPerEpoch: order.stepsPerEpoch,
    buckets,
    images: [],
    batch(step) {
      const { epoch, indices } = order.at(step);
      const micro = [];
      for (let i = 0; i < indices.length; i += config.microBatch) {
        const rows = [...indices.slice(i, i + config.microBatch)].map((s): Row => {
          const d = starts.findLastIndex((start) => start <= s);
          const place = (s - starts[d]!) * config.length;
          const ids = packed[d]!.subarray(place, place + config.length);
          return {
            name: `${config.data[d]!.dataset.name} sequence ${s - starts[d]!}`,
            encoded: { ids, labels: ids, supervised: ids.length },
            image: -1,
          };
        });
        micro.push(collate(rows, config.microBatch, buckets, padId));
      }
      return { epoch, micro };
    },
  };
}

/** Tokens of all documents in one row, each between `<s>` and `</s>` where the tokenizer has these. */
export function packDocuments(documents: readonly string[], tokenizer: TextTokenizer): Int32Array {
  const begin = tokenizer.specials.get('<s>');
  const end = tokenizer.specials.get('</s>');
  let packed = new Int32Array(1 << 16);
  let n = 0;
  for (const document of documents) {
    const ids = tokenizer.encodeText(document);
    if (begin !== undefined) ids.unshift(begin);
    if (end !== undefined) ids.push(end);
    if (n + ids.length > packed.length) {
      const grown = new Int32Array(Math.max(packed.length * 2, n + ids.length));
      grown.set(packed);
      packed = grown;
    }
    packed.set(ids, n);
    n += ids.length;
  }
  return packed.subarray(0, n);
}
