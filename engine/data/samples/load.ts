import type { DatasetPlan } from '../../../dsl/plan/types.ts';
import { loadCocoCaptions } from '../formats/coco.ts';
import { loadConversations } from '../formats/instruct.ts';
import { loadScienceQa } from '../formats/science-qa.ts';
import { loadDocuments } from '../formats/text.ts';
import { randomInt } from '../../../ops/train/rng.ts';
import type { LoadOptions, Resolve, Sample } from '../types.ts';
import { IMAGE_MARKER } from '../types.ts';
import { BRIEF_QUESTIONS } from './questions.ts';
import type { AnswerOrder } from './science-qa.ts';
import { scienceQaSample } from './science-qa.ts';

export interface SampleOptions extends LoadOptions {
  resolve: Resolve;
  /** Decides which question a caption answers. */
  seed: number;
  order: AnswerOrder;
}

/**
 * The conversations of a data set, in file order.
 * - coco: the paper's naive expansion, one sample for each (picture, caption) pair, picture by picture;
 * - instruct, image_text: as they stand in the file;
 * - science_qa: the question and its answer in the wanted order;
 * - text: each document is one answer to nothing, so that it is learnt whole.
 */
export async function loadSamples(dataset: DatasetPlan, options: SampleOptions): Promise<Sample[]> {
  switch (dataset.format) {
    case 'coco': {
      const { images } = await loadCocoCaptions(dataset, options.resolve, options);
      return images.flatMap((image) =>
        image.captions.map((caption, i) => captionSample(`${image.id}.${i}`, image.file, caption, options.seed)),
      );
    }
    case 'instruct':
    case 'image_text':
      return loadConversations(dataset, options.resolve, options);
    case 'science_qa':
      return (await loadScienceQa(dataset, options.resolve, options)).map((problem) =>
        scienceQaSample(problem, options.order),
      );
    case 'text':
      return loadDocuments(dataset, options.resolve).map((document, i) => ({
        id: `document ${i}`,
        image: null,
        turns: [{ role: 'assistant', text: document, supervised: true }],
      }));
  }
}

/** Question of the list, before or after the picture; both drawn by seed and sample, the same in every epoch (as in the paper's file). */
function captionSample(id: string, image: string, caption: string, seed: number): Sample {
  const question = BRIEF_QUESTIONS[randomInt(seed, `question ${id}`, 0, BRIEF_QUESTIONS.length)]!;
  const first = randomInt(seed, `question ${id}`, 1, 2) === 0;
  const text = first ? `${IMAGE_MARKER}\n${question}` : `${question}\n${IMAGE_MARKER}`;
  return {
    id,
    image,
    turns: [
      { role: 'user', text, supervised: false },
      { role: 'assistant', text: caption, supervised: true },
    ],
  };
}

/** A picture with all that is said of it, for the contrastive objective. */
export interface CaptionedImage {
  id: string;
  image: string;
  captions: string[];
}

/** Pictures with captions, one entry for each picture that has any: coco, or the answers of image–text pairs. */
export async function loadCaptionedImages(
  dataset: DatasetPlan,
  resolve: Resolve,
  options: LoadOptions = {},
): Promise<CaptionedImage[]> {
  if (dataset.format === 'coco') {
    const { images } = await loadCocoCaptions(dataset, resolve, options);
    return images
      .filter((i) => i.captions.length > 0)
      .map((i) => ({ id: String(i.id), image: i.file, captions: i.captions }));
  }
  if (dataset.format !== 'image_text' && dataset.format !== 'instruct') return [];
  const byImage = new Map<string, CaptionedImage>();
  for (const sample of await loadConversations(dataset, resolve, options)) {
    if (sample.image === null) continue;
    const known = byImage.get(sample.image) ?? { id: sample.id, image: sample.image, captions: [] };
    known.captions.push(...sample.turns.filter((turn) => turn.role === 'assistant').map((turn) => turn.text));
    byImage.set(sample.image, known);
  }
  return [...byImage.values()];
}
