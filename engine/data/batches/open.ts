import type { TrainConfig } from '../../../dsl/plan/types.ts';
import { documentsOf } from '../samples/documents.ts';
import { loadCaptionedImages, loadSamples } from '../samples/load.ts';
import type { LoadOptions, Resolve } from '../types.ts';
import type { TrainDataContext } from './context.ts';
import { openContrastive } from './contrastive.ts';
import { openInstruct } from './instruct.ts';
import { openText } from './text.ts';
import type { TrainData } from './types.ts';

/**
 * Opens the data of a train stage: reads and encodes all of it once, then gives the batch of any step.
 * Throws a DataError for files or samples that cannot be trained on.
 */
export async function openTrainData(config: TrainConfig, context: TrainDataContext): Promise<TrainData> {
  switch (config.objective) {
    case 'instruct':
      return openInstruct(config, context);
    case 'contrastive':
      return openContrastive(config, context);
    case 'text':
      return openText(config, context);
  }
}

/** The texts of a stage's data, for learning a tokenizer: documents, captions, or all turns of all conversations. */
export async function textsForTokenizer(
  config: TrainConfig,
  options: LoadOptions & { resolve: Resolve; seed: number },
): Promise<string[]> {
  const texts: string[] = [];
  for (const { dataset } of config.data) {
    if (config.objective === 'contrastive') {
      for (const image of await loadCaptionedImages(dataset, options.resolve, options)) texts.push(...image.captions);
    } else if (config.objective === 'text') {
      for (const text of await documentsOf(dataset, { ...options, order: config.order })) texts.push(text);
    } else {
      for (const sample of await loadSamples(dataset, { ...options, order: config.order }))
        texts.push(...sample.turns.map((turn) => turn.text));
    }
  }
  return texts;
}
