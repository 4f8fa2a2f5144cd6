import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DatasetPlan } from '../../../../dsl/plan/types.ts';
import { loadCoco } from '../../../../engine/data/formats/coco.ts';
import { checkDataset, countSamples, filesOf } from '../../../../engine/data/formats/index.ts';
import { loadConversations } from '../../../../engine/data/formats/instruct.ts';
import { loadScienceQa } from '../../../../engine/data/formats/science-qa.ts';
import { loadDocuments } from '../../../../engine/data/formats/text.ts';
import { inFolder, messageOf, needsReal, REAL_DATA, scratch } from '../support.ts';

const coco = {
  format: 'coco',
  name: 'photos',
  captions: { file: 'c.json' },
  instances: { file: 'i.json' },
  images: { file: '.' },
  samples: null,
} as const;
const instruct = {
  format: 'instruct',
  name: 'talk',
  file: { file: 't.json' },
  images: { file: '.' },
  samples: null,
} as const;
const sqa = {
  format: 'science_qa',
  name: 'sqa',
  problems: { file: 'p.json' },
  splits: { file: 's.json' },
  images: null,
  split: null,
  samples: null,
} as const;

const CAPTIONS = {
  images: [
    { id: 7, file_name: 'a.png', width: 10, height: 20 },
    { id: 3, file_name: 'b.png', width: 30, height: 40 },
  ],
  annotations: [
    { image_id: 3, id: 1, caption: ' A cat. ' },
    { image_id: 7, id: 2, caption: 'A dog.' },
    { image_id: 3, id: 3, caption: 'A black cat.' },
  ],
};
const INSTANCES = {
  annotations: [
    { image_id: 3, category_id: 17, bbox: [1, 2, 3, 4], iscrowd: 0, segmentation: [[1, 2]] },
    { image_id: 3, category_id: 18, bbox: [0, 0, 9, 9], iscrowd: 1 },
    { image_id: 99, category_id: 18, bbox: [0, 0, 9, 9] },
  ],
  categories: [
    { id: 17, name: 'cat' },
    { id: 18, name: 'dog' },
  ],
};

const cocoFolder = (change: { captions?: unknown; instances?: unknown; pictures?: string[] } = {}): string =>
  scratch({
    'c.json': JSON.stringify(change.captions ?? CAPTIONS),
    'i.json': JSON.stringify(change.instances ?? INSTANCES),
    ...Object.fromEntries((change.pictures ?? ['a.png', 'b.png']).map((name) => [name, ''])),
  });

describe('COCO', () => {
  it('joins captions and boxes by picture, without crowds', async () => {
    const dir = cocoFolder();
    const { images } = await loadCoco(coco, inFolder(dir));
    expect(images).toMatchObject([
      { id: 7, file: join(dir, 'a.png'), captions: ['A dog.'], objects: [] },
      {
        id: 3,
        width: 30,
        height: 40,
        captions: ['A cat.', 'A black cat.'],
        objects: [{ category: 'cat', bbox: [1, 2, 3, 4] }],
      },
    ]);
    expect(await countSamples(coco, inFolder(dir))).toBe(3);
    expect(await countSamples(coco, inFolder(dir), 'contrastive')).toBe(2);
  });

  it('leaves absent pictures out with one warning, and stops when none is there', async () => {
    const dir = cocoFolder({ pictures: ['b.png'] });
    const warnings: string[] = [];
    const { images } = await loadCoco(coco, inFolder(dir), { onWarning: (m) => warnings.push(m) });
    expect(images.map((i) => i.id)).toEqual([3]);
    expect(warnings).toEqual([
      `dataset photos: 1 of 2 listed pictures are absent and left out (the first: ${join(dir, 'a.png')}).`,
    ]);
    const none = cocoFolder({ pictures: [] });
    expect(await messageOf(loadCoco(coco, inFolder(none)))).toContain('none of its 2 pictures is there');
    expect(await countSamples(coco, inFolder(none), 'text')).toBe(3);
  });

  it.each([
    [
      'a picture without a name',
      { captions: { ...CAPTIONS, images: [{ id: 7, width: 1, height: 1 }] } },
      'entry 0 of "images" (line 1, id 7) has no "file_name"',
    ],
    [
      'a caption of an unknown picture',
      { captions: { ...CAPTIONS, annotations: [{ id: 5, image_id: 4, caption: 'x' }] } },
      'names image_id 4, which is not in "images"',
    ],
    [
      'a box of three numbers',
      { instances: { ...INSTANCES, annotations: [{ image_id: 3, category_id: 17, bbox: [1, 2, 3] }] } },
      '"bbox" that is not four numbers',
    ],
    [
      'an unknown category',
      { instances: { ...INSTANCES, categories: [] } },
      'names category_id 17, which is not in "categories"',
    ],
    ['the wrong file', { captions: { images: [] } }, 'no images in it'],
    ['pictures that are no list', { captions: { images: {}, annotations: [] } }, '"images" is not a list'],
  ])('names the entry: %s', async (_, change, message) => {
    expect(await messageOf(checkDataset(coco, inFolder(cocoFolder(change))))).toContain(message);
  });

  it('does not look at what another stage will make', async () => {
    const made: DatasetPlan = { ...coco, captions: { stage: 'world-1', path: 'c.json' } };
    await checkDataset(made, inFolder('/nowhere'));
    expect(filesOf(made)).toContainEqual({ stage: 'world-1', path: 'c.json' });
  });
});

const talk = (turns: [string, string][], more: object = {}): object => ({
  id: 'x1',
  ...more,
  conversations: turns.map(([from, value]) => ({ from, value })),
});

describe('LLaVA-Instruct', () => {
  const load = (entries: unknown[]): ReturnType<typeof loadConversations> =>
    loadConversations(instruct, inFolder(scratch({ 't.json': JSON.stringify(entries), 'p.jpg': '' })));

  it('reads turns, and puts the marker where an entry forgot it', async () => {
    const samples = await load([
      talk([['human', 'What?\n<image>'], ['gpt', 'A.'], ['human', 'And?'], ['gpt', 'B.']], { image: 'p.jpg' }), // prettier-ignore
      talk([['human', 'Hi'], ['gpt', 'Hello']]), // prettier-ignore
      talk([['human', 'What?'], ['gpt', 'C.']], { image: 'p.jpg' }), // prettier-ignore
    ]);
    expect(samples.map((s) => s.turns.map((t) => [t.role, t.text, t.supervised]))).toEqual([
      [['user', 'What?\n<image>', false], ['assistant', 'A.', true], ['user', 'And?', false], ['assistant', 'B.', true]], // prettier-ignore
      [['user', 'Hi', false], ['assistant', 'Hello', true]], // prettier-ignore
      [['user', '<image>\nWhat?', false], ['assistant', 'C.', true]], // prettier-ignore
    ]);
    expect(samples[1]!.image).toBeNull();
  });

  it.each([
    [talk([['human', 'a']]), 'entry 0 (line 1, id x1) has no question with an answer'], // prettier-ignore
    [talk([['gpt', 'a'], ['human', 'b']]), 'begins with the answer (turn 0)'], // prettier-ignore
    [talk([['bot', 'a'], ['gpt', 'b']]), 'whose "from" is "bot"'], // prettier-ignore
    [talk([['human', '<image> a'], ['gpt', 'b']]), 'says <image> but has no "image"'], // prettier-ignore
    [talk([['human', 'a'], ['gpt', '<image>']], { image: 'p.jpg' }), 'belongs once into the first turn'], // prettier-ignore
    [{ id: 'x1', conversation: [] }, 'has no "conversations"'],
    ['text', 'entry 0 (line 1) is a string where an object { … } is expected'],
  ])('names the entry %#', async (entry, message) => {
    expect(await messageOf(load([entry]))).toContain(message);
  });
});

describe('ScienceQA', () => {
  const problem = {
    question: 'Q?',
    choices: ['a', 'b'],
    answer: 1,
    hint: '',
    image: 'image.png',
    grade: 'grade2',
    subject: 'natural science',
    lecture: '',
    solution: '',
    split: 'test',
  };
  const folder = (problems: object, splits: object): string =>
    scratch({ 'p.json': JSON.stringify(problems), 's.json': JSON.stringify(splits) });
  const withImages = { ...sqa, images: { file: 'images' }, split: 'test' } as const;

  it('finds pictures in both layouts', async () => {
    const dir = folder({ 5: problem, 6: problem, 7: { ...problem, image: null } }, { test: ['7', '6', '5'] });
    for (const place of ['images/test/5', 'images/6']) {
      mkdirSync(join(dir, place), { recursive: true });
      writeFileSync(join(dir, place, 'image.png'), '');
    }
    const problems = await loadScienceQa(withImages, inFolder(dir));
    expect(problems.map((p) => [p.pid, p.image, p.hasImage])).toEqual([
      ['7', null, false],
      ['6', join(dir, 'images/6/image.png'), true],
      ['5', join(dir, 'images/test/5/image.png'), true],
    ]);
  });

  it('leaves questions with absent pictures out of training, and refuses an exam without them', async () => {
    const dir = folder({ 5: problem, 6: { ...problem, image: null } }, { test: ['5', '6'] });
    mkdirSync(join(dir, 'images', '6'), { recursive: true });
    const warnings: string[] = [];
    expect(await messageOf(loadScienceQa(withImages, inFolder(dir), { onWarning: (m) => warnings.push(m) }))).toContain(
      'none of its 1 pictures',
    );
    expect(await messageOf(loadScienceQa(withImages, inFolder(dir), { absentImages: 'error' }))).toContain(
      'question 5 has a picture',
    );
  });

  it('names what is wrong', async () => {
    const dir = folder({ 5: problem }, { train: ['5', '8'], minitest: [] });
    expect(await messageOf(loadScienceQa({ ...sqa, split: 'test' }, inFolder(dir)))).toContain(
      'there is no split "test"; it has train, minitest',
    );
    expect(await messageOf(loadScienceQa({ ...sqa, split: 'train' }, inFolder(dir)))).toContain(
      'question 8 of split "train" is not in',
    );
    const bad = folder({ 5: { ...problem, answer: 2 } }, { test: ['5'] });
    expect(await messageOf(checkDataset(sqa, inFolder(bad)))).toContain(
      '"5" (line 1) has the answer 2, which is none of its 2 choices',
    );
  });
});

describe('text', () => {
  it('separates documents at blank lines', () => {
    const dir = scratch({ 'x.txt': 'one\ntwo\n\n  \nthree\r\n\r\nfour\n' });
    expect(loadDocuments({ format: 'text', name: 't', file: { file: 'x.txt' }, samples: null }, inFolder(dir))).toEqual(
      ['one\ntwo', 'three', 'four'],
    );
  });

  it('refuses what is not UTF-8 or empty', async () => {
    const dir = scratch({ 'x.txt': Buffer.from([0x66, 0xff]), 'y.txt': '\n\n' });
    const text = (file: string): DatasetPlan => ({ format: 'text', name: 't', file: { file }, samples: null });
    expect(await messageOf(checkDataset(text('x.txt'), inFolder(dir)))).toContain('not UTF-8');
    expect(await messageOf(checkDataset(text('y.txt'), inFolder(dir)))).toContain('no text in it');
  });
});

describe.skipIf(needsReal('coco_mini'))('genuine COCO', () => {
  const dir = join(REAL_DATA, 'coco_mini');
  const real = {
    ...coco,
    captions: { file: 'annotations/captions_val2017.json' },
    instances: { file: 'annotations/instances_val2017.json' },
    images: { file: 'val2017' },
  };

  it('agrees with a plain reading of the files', async () => {
    const warnings: string[] = [];
    const { images } = await loadCoco(real, inFolder(dir), { onWarning: (m) => warnings.push(m) });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('63 of 79 listed pictures are absent');
    const parse = (name: string): Record<string, { image_id: number; iscrowd: number }[]> =>
      JSON.parse(readFileSync(join(dir, name), 'utf8')) as Record<string, { image_id: number; iscrowd: number }[]>;
    const captions = parse(real.captions.file)['annotations']!;
    const boxes = parse(real.instances.file)['annotations']!;
    expect(images).toHaveLength(16);
    for (const image of images) {
      expect(image.captions).toHaveLength(captions.filter((c) => c.image_id === image.id).length);
      expect(image.objects).toHaveLength(boxes.filter((b) => b.image_id === image.id && b.iscrowd === 0).length);
    }
  });

  it('says at which byte a copy was cut off', async () => {
    const whole = readFileSync(join(dir, real.captions.file));
    const cut = scratch({ 'c.json': whole.subarray(0, 40000) });
    const path = join(cut, 'c.json');
    const message = await messageOf(
      checkDataset({ ...real, captions: { file: 'c.json' }, images: { file: '.' } }, inFolder(cut)),
    );
    expect(message).toContain(`${path}: the JSON is cut off at byte 40000 (line 1)`);
  });
});

describe.skipIf(needsReal('instruct'))('genuine LLaVA-Instruct and CC-595K entries', () => {
  it.each(['llava_instruct_real_entries.json', 'cc595k_real_entries.json'])('%s', async (name) => {
    const entries = JSON.parse(readFileSync(join(REAL_DATA, 'instruct', name), 'utf8')) as {
      id: string;
      image: string;
      conversations: { value: string }[];
    }[];
    const dir = scratch(
      Object.fromEntries([...entries.map((e) => [e.image, '']), ['t.json', JSON.stringify(entries)]]),
    );
    const samples = await loadConversations(instruct, inFolder(dir));
    expect(samples.map((s) => [s.id, s.turns.map((t) => t.text)])).toEqual(
      entries.map((e) => [e.id, e.conversations.map((c) => c.value)]),
    );
  });
});

describe.skipIf(needsReal('science_qa'))('genuine ScienceQA', () => {
  it('reads every split', async () => {
    const real = { ...sqa, problems: { file: 'problems.json' }, splits: { file: 'pid_splits.json' } };
    const resolve = inFolder(join(REAL_DATA, 'science_qa'));
    expect(await countSamples(real, resolve)).toBe(150);
    const test = await loadScienceQa({ ...real, split: 'test' }, resolve);
    expect(test).toHaveLength(50);
    expect(test.every((p) => p.split === 'test')).toBe(true);
    expect(test.some((p) => p.hasImage && p.image === null)).toBe(true);
  });
});
