import { arg, count, form, fromZero, integer, optional, positive, required, word } from './build.ts';
import type { AttributeSpec, BlockSpec, Type } from './types.ts';

const TRAINED: Type = { is: 'ref', to: 'stage', stageKinds: ['train'] };
const ORDER = word('reason_first', 'answer_first');

const common: Record<string, AttributeSpec> = {
  after: optional(
    { is: 'list', of: { is: 'ref', to: 'stage' }, orOne: true },
    'Stages that must have ended before this one starts although it reads nothing of them.',
  ),
  seed: optional(integer(0), "Seed of this stage. Without it: the variant's seed."),
  retry: optional(
    { is: 'choice', forms: { number: form('attempts after the first one: `retry = 3 { backoff = 30s }`', 'retry') } },
    'How often it is tried again when the world fails it.',
    '2 { backoff = 10s }',
  ),
};

const benchmarkData = (format: string) =>
  arg('data', { is: 'data', formats: [format], block: null, many: false }, 'the dataset, with its split');

export const STAGE_BLOCKS: Record<string, BlockSpec> = {
  'stage synthesize': {
    doc: 'Makes the mini world: pictures with captions and boxes, a text corpus, a science exam.',
    verbs: ['assert'],
    attributes: {
      ...common,
      world: optional(word('scenes'), 'Which world.', 'scenes'),
      images: optional(count(), 'Pictures of the training split.', '6000'),
      validation_images: optional(count(0), 'Pictures of the validation split.', '500'),
      image_size: optional(count(), 'Side of a picture in pixels.', '48'),
      documents: optional(count(0), 'Documents in the text corpus.', '20000'),
      questions: optional(
        { is: 'block', block: 'questions' },
        'Science questions per split.',
        '{ train = 2000, val = 500, test = 1500 }',
      ),
    },
  },
  questions: {
    doc: 'Science questions per split.',
    verbs: [],
    attributes: {
      train: optional(count(0), 'For training.', '2000'),
      val: optional(count(0), 'For choosing.', '500'),
      test: optional(count(0), 'For the exam.', '1500'),
    },
  },
  'stage generate': {
    doc: 'Makes instruction data from captions and boxes with a teacher (Visual Instruction Tuning, section 3).',
    verbs: ['assert'],
    attributes: {
      ...common,
      from: required(
        { is: 'data', formats: ['coco'], block: null, many: false },
        'The pictures, with captions and boxes.',
      ),
      teacher: required(
        {
          is: 'choice',
          forms: {
            offline: form('writes from captions and boxes alone, without a network'),
            openai: form('a chat model behind an API in the manner of OpenAI', 'openai', [
              arg('model', { is: 'string' }, 'its name'),
            ]),
          },
        },
        'Who writes the data.',
      ),
      conversation: optional(count(0), 'Samples of several turns.', '0'),
      detail: optional(count(0), 'Detailed descriptions.', '0'),
      reasoning: optional(count(0), 'Samples of complex reasoning.', '0'),
    },
  },
  openai: {
    doc: 'Settings of an API teacher.',
    verbs: [],
    attributes: {
      key: optional({ is: 'secret' }, 'Environment variable that holds the key.', 'env("OPENAI_API_KEY")'),
      url: optional({ is: 'string' }, "Address of the API. Without it: the provider's own."),
      budget: optional(positive('money'), 'Stop before more than this is spent.'),
      rate: optional(positive('rate'), 'Most requests per minute.'),
    },
  },
  'stage train': {
    doc: 'Trains parts of a model.',
    verbs: ['freeze', 'unfreeze', 'at', 'checkpoint', 'assert'],
    attributes: {
      ...common,
      model: optional(
        { is: 'ref', to: 'model' },
        'The model. Without it: that of the first stage in `from`, or the only one in the file.',
      ),
      from: optional(
        { is: 'list', of: TRAINED, orOne: true },
        'Stages whose weights it starts from; a later one wins where two hold the same module.',
      ),
      objective: optional(
        word('instruct', 'contrastive', 'text'),
        "`instruct`: next-token loss on the assistant's words; `contrastive`: CLIP's loss between pictures and captions; `text`: next-token loss on plain text.",
        'instruct',
      ),
      data: required(
        { is: 'data', formats: ['coco', 'instruct', 'image_text', 'science_qa', 'text'], block: 'data', many: true },
        'One dataset, or a list.',
      ),
      epochs: optional(positive(), 'Passes over the data; either this or `steps`.'),
      steps: optional(count(), 'Optimizer steps; either this or `epochs`.'),
      batch: optional(count(), 'Samples per optimizer step.', '32'),
      micro_batch: optional(count(), 'Samples per forward pass; divides `batch`. Without it: `batch`.'),
      length: optional(count(), 'Longest sequence in tokens. Without it: `language.context` of the model.'),
      lr: optional(positive(), 'Peak learning rate of rules that carry none.'),
      weight_decay: optional(fromZero(), 'Weight decay of rules that carry none.', '0'),
      schedule: optional(
        {
          is: 'choice',
          forms: {
            cosine: form('falls along half a cosine to zero', 'schedule'),
            linear: form('falls in a line to zero', 'schedule'),
            constant: form('stays', 'constant'),
          },
        },
        'How the learning rate goes.',
        'cosine { warmup = 3% }',
      ),
      optimizer: optional({ is: 'choice', forms: { adamw: form('AdamW', 'adamw') } }, 'The optimizer.', 'adamw'),
      clip: optional(positive(), 'Clip gradients to this global norm. Without it: they are not clipped.'),
      order: optional(
        ORDER,
        'ScienceQA data: lecture and explanation before the answer, or after it (section 5.2).',
        'reason_first',
      ),
    },
  },
  schedule: {
    doc: 'Settings of a schedule.',
    verbs: [],
    attributes: {
      warmup: optional(fromZero('warmup'), 'Rises in a line at first: `3%` of all steps, or `100 steps`.', '3%'),
    },
  },
  constant: {
    doc: 'Settings of the constant schedule.',
    verbs: [],
    attributes: {
      warmup: optional(fromZero('warmup'), 'Rises in a line at first: `3%` of all steps, or `100 steps`.', '0%'),
    },
  },
  adamw: {
    doc: 'Settings of AdamW.',
    verbs: [],
    attributes: {
      beta1: optional({ is: 'number', min: 0, max: 1 }, 'Decay of the first moment.', '0.9'),
      beta2: optional({ is: 'number', min: 0, max: 1 }, 'Decay of the second moment.', '0.999'),
      epsilon: optional(positive(), 'Added to the root of the second moment.', '1e-8'),
    },
  },
  retry: {
    doc: 'Settings of `retry`.',
    verbs: [],
    attributes: {
      backoff: optional(fromZero('duration'), 'Wait before the second attempt; doubles after each.', '10s'),
    },
  },
  'stage evaluate': {
    doc: 'Measures a trained model.',
    verbs: ['assert'],
    attributes: {
      ...common,
      model: required(TRAINED, 'The train stage whose weights are measured.'),
      benchmark: required(
        {
          is: 'choice',
          forms: {
            science_qa: form('multiple choice of ScienceQA; metrics `accuracy`, `NAT`, `SOC` … in percent', 'exam', [
              benchmarkData('science_qa'),
            ]),
            linear_probe: form(
              "a linear classifier of an object's attribute on vision features; metric `accuracy`, 0 to 1",
              'linear_probe',
              [benchmarkData('coco'), arg('attribute', word('shape', 'color'), 'what it tells apart')],
            ),
            text_probe: form('next-token accuracy and perplexity on held-out text', 'probe', [benchmarkData('text')]),
          },
        },
        'What is measured.',
      ),
      order: optional(ORDER, 'How the answer is asked for and read. Without it: as the model was trained.'),
    },
  },
  exam: {
    doc: 'Settings of an exam.',
    verbs: [],
    attributes: {
      limit: optional(count(), 'Only the first so many questions.'),
      max_new_tokens: optional(count(), 'Longest answer in tokens.', '256'),
    },
  },
  linear_probe: {
    doc: 'Settings of the linear probe.',
    verbs: [],
    attributes: {
      limit: optional(count(), 'Only the first so many samples.'),
      features: optional(word('before_last', 'last'), 'Hidden state that it reads. Without it: the last.'),
    },
  },
  probe: {
    doc: 'Settings of a probe.',
    verbs: [],
    attributes: { limit: optional(count(), 'Only the first so many samples.') },
  },
};
