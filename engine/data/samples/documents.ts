import type { DatasetPlan } from '../../../dsl/plan/types.ts';
import { readCaptions } from '../formats/coco.ts';
import { loadDocuments } from '../formats/text.ts';
import { IMAGE_MARKER } from '../types.ts';
import type { SampleOptions } from './load.ts';
import { loadSamples } from './load.ts';

/**
 * A data set as plain text, for the objective `text`: documents as they stand, every COCO caption (its picture need not be at hand),
 * or conversations with a line for each speaker and without their pictures.
 */
export async function documentsOf(dataset: DatasetPlan, options: SampleOptions): Promise<string[]> {
  if (dataset.format === 'text') return loadDocuments(dataset, options.resolve);
  if (dataset.format === 'coco') {
    return [...(await readCaptions(options.resolve(dataset.captions))).values()].flatMap((image) => image.captions);
  }
  return (await loadSamples(dataset, options)).map((sample) =>
    sample.turns
      .map((turn) => `${turn.role === 'user' ? 'USER' : 'ASSISTANT'}: ${turn.text.replaceAll(IMAGE_MARKER, '').trim()}`)
      .join('\n'),
  );
}
