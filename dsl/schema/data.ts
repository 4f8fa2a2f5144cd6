import { count, optional, required, word } from './build.ts';
import type { AttributeSpec, BlockSpec } from './types.ts';

export const FORMATS = ['coco', 'instruct', 'image_text', 'science_qa', 'text'] as const;
export type Format = (typeof FORMATS)[number];

/** Splits that a dataset has, by format: of a stage's artifact, and of files on disk. */
export const SPLITS: Record<Format, { ofStage: readonly string[]; onDisk: readonly string[] }> = {
  coco: { ofStage: ['train', 'val'], onDisk: [] },
  instruct: { ofStage: [], onDisk: [] },
  image_text: { ofStage: [], onDisk: [] },
  science_qa: { ofStage: ['train', 'val', 'test'], onDisk: ['train', 'val', 'test'] },
  text: { ofStage: ['train', 'val'], onDisk: [] },
};

const common: Record<string, AttributeSpec> = {
  format: required(word(...FORMATS), 'How its files are written.'),
  from: optional(
    { is: 'ref', to: 'stage', stageKinds: ['synthesize', 'generate'] },
    'The stage whose artifact holds the files.',
  ),
  samples: optional(
    { is: 'counts' },
    'How many samples it has, for planning while its files are absent; per split: `{ train = 12726, test = 4241 }`.',
  ),
};

const file = (doc: string): AttributeSpec => optional({ is: 'file' }, doc);

export const DATA_BLOCKS: Record<string, BlockSpec> = {
  'dataset coco': {
    doc: 'Pictures with captions and boxes, as COCO writes them.',
    verbs: [],
    attributes: {
      ...common,
      captions: file('`captions_*.json`.'),
      instances: { ...file('`instances_*.json`, the boxes.'), alias: 'boxes' },
      images: file('Folder of the pictures.'),
    },
  },
  'dataset instruct': {
    doc: "Conversations about pictures, as LLaVA's own JSON: `[{ id, image?, conversations }]`.",
    verbs: [],
    attributes: {
      ...common,
      file: file('The JSON file.'),
      images: file('Folder of the pictures; without it: text only.'),
    },
  },
  'dataset image_text': {
    doc: "Pictures with one caption each, as CC-595K's `chat.json`.",
    verbs: [],
    attributes: { ...common, file: file('The JSON file.'), images: file('Folder of the pictures.') },
  },
  'dataset science_qa': {
    doc: 'ScienceQA: `problems.json`, `pid_splits.json` and a folder of pictures.',
    verbs: [],
    attributes: {
      ...common,
      dir: file('Folder that holds `problems.json`, `pid_splits.json` and `images`; the three below win over it.'),
      problems: file('`problems.json`.'),
      splits: file('`pid_splits.json`.'),
      images: file('Folder of the pictures.'),
    },
  },
  'dataset text': {
    doc: 'Plain text; blank lines separate documents.',
    verbs: [],
    attributes: { ...common, file: file('The text file.') },
  },
  data: {
    doc: 'Settings of the data of a train stage.',
    verbs: [],
    attributes: {
      sample: optional(
        word('concat', 'uniform'),
        'Several datasets: all samples once an epoch, or datasets drawn with equal probability.',
        'concat',
      ),
      limit: optional(count(), 'Use only the first so many samples, in file order.'),
    },
  },
};
