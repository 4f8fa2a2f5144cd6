import type { HostTensor } from '../../../ops/graph/index.ts';
import { featureCount } from '../../../ops/models/clip.ts';
import { instructLoss } from '../../../ops/models/losses.ts';
import { imageSlots } from '../../../ops/models/slots.ts';
import { DataError } from '../../stages/types.ts';
import { cacheable, featureTable } from '../features.ts';
import { stageData } from '../data.ts';
import { intTensor } from '../host.ts';
import { TOKENIZER } from '../layout.ts';
import type { Objective, Preparation } from '../objective.ts';
import { PixelSource } from '../pixels.ts';

/** The tokens that picture features stand in for. */
export const IMAGE_TOKEN = '<image>';

/** Multimodal instruction following (LLaVA, equation 3): alignment and tuning alike, they differ in data and in what is frozen. */
export const instruct: Objective = {
  tokenizerFile: TOKENIZER,

  vocabulary({ model }) {
    if (!model.language || !model.vision || !model.projector) {
      throw new DataError('a stage with `objective = instruct` needs a model with vision, projector and language');
    }
    return model.language.vocab;
  },

  async prepare(preparation) {
    const { context, tokenizer } = preparation;
    const { config } = context;
    const { model } = config;
    const imageTokens = featureCount(model.vision!);
    const imageTokenId = tokenizer.id(IMAGE_TOKEN);
    const data = await stageData(context, tokenizer, { count: imageTokens, id: imageTokenId });
    const pictures = await openPictures(preparation, data.images);
    const batch = config.microBatch;
    const shape = { batch, images: pictures ? batch : 0, cached: pictures?.input === 'image_features' };
    return {
      samples: data.length,
      buckets: Object.fromEntries(
        data.buckets.map((length) => [length, (g) => instructLoss(g, model, { ...shape, length })]),
      ),
      batch: (step) =>
        Promise.all(
          data.batch(step).micro.map(async ({ bucket, inputIds, labels, imageIndex }) => {
            const inputs: Record<string, HostTensor> = { input_ids: intTensor(inputIds), labels: intTensor(labels) };
            if (pictures) {
              // A row's picture has the row's number within the micro-batch.
              const rows = imageIndex.map((image, row) => (image < 0 ? -1 : row));
              const slots = imageSlots(inputIds.data, bucket, imageTokenId, imageTokens, rows);
              inputs['image_slots'] = intTensor({ shape: inputIds.shape, data: slots });
              inputs[pictures.input] = await pictures.batch(imageIndex);
            }
            return { bucket: String(bucket), inputs };
          }),
        ),
    };
  },
};

interface Pictures {
  input: 'image_features' | 'pixel_values';
  batch(indices: Int32Array): Promise<HostTensor>;
}

/** Features where the vision tower is frozen throughout (and they are not too many to keep), else pixels; null without any picture. */
async function openPictures(preparation: Preparation, paths: readonly string[]): Promise<Pictures | null> {
  const { context, binding, weights, everTrained } = preparation;
  const { model } = context.config;
  if (paths.length === 0) return null;
  const visionLearns = [...everTrained].some((name) => name.startsWith('vision.'));
  if (visionLearns || !cacheable(model.vision!, paths.length)) {
    const pixels = new PixelSource(paths, model.vision!.image);
    return { input: 'pixel_values', batch: (indices) => pixels.batch(indices) };
  }
  const table = await featureTable(context, binding, model, weights, paths);
  return { input: 'image_features', batch: (indices) => Promise.resolve(table.batch(indices)) };
}
