import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DatasetPlan } from '../../../../dsl/plan/types.ts';
import { bucketOf, bucketsFor } from '../../../../engine/data/batches/buckets.ts';
import { openTrainData, textsForTokenizer } from '../../../../engine/data/batches/open.ts';
import { SampleOrder } from '../../../../engine/data/batches/order.ts';
import type { MicroBatch, TrainData } from '../../../../engine/data/batches/types.ts';
import { IGNORE } from '../../../../engine/data/templates/encode.ts';
import { trainBpe } from '../../../../ops/io/tokenizer/train.ts';
import { inFolder, messageOf, needsReal, REAL_DATA, scratch, trainConfig } from '../support.ts';

const tokenizer = trainBpe(['USER: Question number three\nASSISTANT: answer word'], { vocab: 300 });
const IMAGE = tokenizer.id('<image>');
const context = (dir: string, seed = 1): Parameters<typeof openTrainData>[1] => ({
  resolve: inFolder(dir),
  seed,
  tokenizer,
  imageTokens: 4,
  imageTokenId: IMAGE,
});

/** `n` short conversations; every third has a picture, later ones are longer. */
const talks = (n: number, name: string): { dataset: DatasetPlan; files: Record<string, string> } => ({
  dataset: { format: 'instruct', name, file: { file: `${name}.json` }, images: { file: '.' }, samples: null },
  files: {
    'p.png': '',
    'q.png': '',
    [`${name}.json`]: JSON.stringify(
      Array.from({ length: n }, (_, i) => ({
        id: `${name}${i}`,
        ...(i % 3 === 0 ? { image: i % 2 === 0 ? 'p.png' : 'q.png' } : {}),
        conversations: [
          { from: 'human', value: `${i % 3 === 0 ? '<image>\n' : ''}Question` },
          { from: 'gpt', value: 'word '.repeat(1 + i) },
        ],
      })),
    ),
  },
});

const names = (batch: MicroBatch): string[] => batch.samples.filter((name) => name !== '');
const epochOf = (data: TrainData, epoch: number): string[] =>
  Array.from({ length: data.stepsPerEpoch }, (_, s) =>
    data.batch(epoch * data.stepsPerEpoch + s).micro.flatMap(names),
  ).flat();

describe('the order of samples', () => {
  it('has every sample once an epoch, another order each time', () => {
    const order = new SampleOrder({ sizes: [5, 6], sample: 'concat', seed: 3, batch: 4, dropLast: false });
    expect(order.stepsPerEpoch).toBe(3);
    const epochs = [0, 1].map((epoch) => [0, 1, 2].flatMap((s) => [...order.at(3 * epoch + s).indices]));
    for (const seen of epochs) expect([...seen].sort((a, b) => a - b)).toEqual(Array.from({ length: 11 }, (_, i) => i));
    expect(epochs[0]).not.toEqual(epochs[1]);
    expect(order.at(2).indices).toHaveLength(3);
  });

  it('depends on the seed and the step, not on what was asked before', () => {
    const make = (seed: number): SampleOrder =>
      new SampleOrder({ sizes: [40, 3], sample: 'uniform', seed, batch: 4, dropLast: false });
    const [a, b] = [make(1), make(1)];
    for (let step = 0; step < 30; step++) a.at(step);
    expect(a.at(7)).toEqual(b.at(7));
    expect(make(2).at(7)).not.toEqual(b.at(7));
  });

  it('uniform draws each data set as often, and none of its samples twice in a round', () => {
    const order = new SampleOrder({ sizes: [900, 100], sample: 'uniform', seed: 5, batch: 1000, dropLast: false });
    const drawn = [...order.at(0).indices];
    const small = drawn.filter((i) => i >= 900);
    expect(small.length).toBeGreaterThan(430);
    expect(small.length).toBeLessThan(570);
    expect(new Set(small.slice(0, 100)).size).toBe(100);
    expect(new Set(drawn.filter((i) => i < 900)).size).toBe(1000 - small.length);
  });
});

describe('buckets', () => {
  it('are few, and the last holds the longest', () => {
    expect(bucketsFor([3, 100, 41], 160)).toEqual([32, 64, 96, 112]);
    for (const longest of [1, 16, 17, 63, 100, 160]) {
      const buckets = bucketsFor([longest], 160);
      expect(buckets.length).toBeLessThanOrEqual(4);
      expect(buckets.at(-1)!).toBeGreaterThanOrEqual(longest);
      expect(buckets.at(-1)!).toBeLessThanOrEqual(Math.max(160, longest));
      expect(bucketOf(buckets, longest)).toBe(buckets.at(-1));
    }
    expect(bucketsFor([150], 150).at(-1)).toBe(150);
    expect(() => bucketOf([16], 17)).toThrow(RangeError);
  });
});

describe('instruct batches', () => {
  it('have one shape, labels on the answers, filling rows without labels at the end of an epoch', async () => {
    const { dataset, files } = talks(11, 'talk');
    const data = await openTrainData(trainConfig([dataset]), context(scratch(files)));
    expect([data.length, data.stepsPerEpoch]).toEqual([11, 3]);
    expect(epochOf(data, 0).sort()).toEqual(Array.from({ length: 11 }, (_, i) => `talk${i}`).sort());
    const last = data.batch(2).micro[0]!;
    expect(names(last)).toHaveLength(3);
    expect([...last.labels.data.slice(3 * last.bucket)].every((label) => label === IGNORE)).toBe(true);
    expect(last.imageIndex[3]).toBe(-1);
    expect(last.lengths[3]).toBe(0);
    for (let step = 0; step < 6; step++) {
      for (const micro of data.batch(step).micro) {
        expect(data.buckets).toContain(micro.bucket);
        expect(micro.inputIds.shape).toEqual([4, micro.bucket]);
        expect([...micro.labels.data].filter((label) => label !== IGNORE)).toHaveLength(micro.supervised);
        for (const [row, image] of micro.imageIndex.entries()) {
          const ids = micro.inputIds.data.slice(row * micro.bucket, (row + 1) * micro.bucket);
          expect([...ids].filter((id) => id === IMAGE)).toHaveLength(image < 0 ? 0 : 4);
        }
      }
    }
  });

  it('numbers each picture once and points at the right one', async () => {
    const { dataset, files } = talks(9, 'talk');
    const dir = scratch(files);
    const data = await openTrainData(trainConfig([dataset]), context(dir));
    expect([...data.images].sort()).toEqual([join(dir, 'p.png'), join(dir, 'q.png')]);
    for (let step = 0; step < data.stepsPerEpoch; step++) {
      const micro = data.batch(step).micro[0]!;
      for (const [row, name] of micro.samples.entries()) {
        if (name === '') continue;
        const i = Number(name.slice(4));
        const wanted = i % 3 !== 0 ? undefined : join(dir, i % 2 === 0 ? 'p.png' : 'q.png');
        expect(data.images[micro.imageIndex[row]!]).toBe(wanted);
      }
    }
  });

  it('micro-batches hold the same samples as the whole batch, the short ones together', async () => {
    const { dataset, files } = talks(24, 'talk');
    const dir = scratch(files);
    const config = trainConfig([dataset], { batch: 8, microBatch: 8, length: 64 });
    const whole = await openTrainData(config, context(dir));
    const split = await openTrainData({ ...config, microBatch: 2 }, context(dir));
    for (let step = 0; step < 6; step++) {
      const micro = split.batch(step).micro;
      expect(micro).toHaveLength(4);
      expect(micro.flatMap(names)).toEqual(whole.batch(step).micro.flatMap(names));
      expect(micro.map((m) => m.bucket)).toEqual(micro.map((m) => m.bucket).sort((a, b) => a - b));
      expect(micro.reduce((n, m) => n + m.supervised, 0)).toBe(whole.batch(step).micro[0]!.supervised);
    }
  });

  it('opened anew it gives the same batch, and another seed another one', async () => {
    const { dataset, files } = talks(20, 'talk');
    const dir = scratch(files);
    const a = await openTrainData(trainConfig([dataset]), context(dir));
    for (let step = 0; step < 13; step++) a.batch(step);
    const b = await openTrainData(trainConfig([dataset]), context(dir));
    expect(a.batch(13)).toEqual(b.batch(13));
    const c = await openTrainData(trainConfig([dataset]), context(dir, 2));
    expect(c.batch(13)).not.toEqual(b.batch(13));
  });

  it('limit takes the first samples of one data set', async () => {
    const [one, two] = [talks(5, 'one'), talks(5, 'two')];
    const dir = scratch({ ...one.files, ...two.files });
    const data = await openTrainData(
      trainConfig([], { data: [{ dataset: one.dataset, limit: 2 }, { dataset: two.dataset, limit: null }] }), // prettier-ignore
      context(dir),
    );
    expect(epochOf(data, 0).sort()).toEqual(['one0', 'one1', 'two0', 'two1', 'two2', 'two3', 'two4']);
  });

  it('names the sample that does not fit', async () => {
    const { dataset, files } = talks(3, 'talk');
    expect(await messageOf(openTrainData(trainConfig([dataset], { length: 16 }), context(scratch(files))))).toContain(
      'sample talk0: cut off after 16 tokens',
    );
    expect(await messageOf(openTrainData(trainConfig([dataset], { length: 6 }), context(scratch(files))))).toContain(
      'sample talk0: its picture does not fit',
    );
  });
});

describe('text batches', () => {
  const text: DatasetPlan = { format: 'text', name: 'corpus', file: { file: 'x.txt' }, samples: null };

  it('pack the documents without a gap', async () => {
    const dir = scratch({ 'x.txt': Array.from({ length: 30 }, (_, i) => `word answer ${i}`).join('\n\n') });
    const data = await openTrainData(
      trainConfig([text], { objective: 'text', length: 16, batch: 2, microBatch: 2 }),
      context(dir),
    );
    const rows = new Map<number, string>();
    for (let step = 0; step < data.stepsPerEpoch; step++) {
      const micro = data.batch(step).micro[0]!;
      expect(micro.inputIds.shape).toEqual([2, 16]);
      for (const [r, name] of micro.samples.entries()) {
        const ids = [...micro.inputIds.data.slice(16 * r, 16 * (r + 1))];
        if (name === '') continue;
        expect([...micro.labels.data.slice(16 * r, 16 * (r + 1))]).toEqual(ids);
        rows.set(Number(name.replace('corpus sequence ', '')), ids.join(' '));
      }
    }
    const packed = Array.from({ length: data.length }, (_, i) => rows.get(i)).join(' ').split(' ').map(Number); // prettier-ignore
    const whole = Array.from({ length: 30 }, (_, i) => [
      tokenizer.id('<s>'),
      ...tokenizer.encodeText(`word answer ${i}`),
      tokenizer.id('</s>'),
    ]).flat();
    expect(packed).toEqual(whole.slice(0, packed.length));
    expect(whole.length - packed.length).toBeLessThan(16);
  });

  it('says when there is too little', async () => {
    const dir = scratch({ 'x.txt': 'word' });
    expect(await messageOf(openTrainData(trainConfig([text], { objective: 'text' }), context(dir)))).toContain(
      'do not fill one sequence of 128',
    );
  });
});

describe.skipIf(needsReal('coco_mini'))('genuine COCO as training data', () => {
  const dir = join(REAL_DATA, 'coco_mini');
  const coco: DatasetPlan = {
    format: 'coco',
    name: 'photos',
    captions: { file: 'annotations/captions_val2017.json' },
    instances: { file: 'annotations/instances_val2017.json' },
    images: { file: 'val2017' },
    samples: null,
  };

  it('contrastive: each picture once an epoch, its caption drawn anew', async () => {
    const data = await openTrainData(trainConfig([coco], { objective: 'contrastive', batch: 5 }), context(dir));
    expect([data.length, data.stepsPerEpoch, data.images.length]).toEqual([16, 3, 16]);
    const seen = epochOf(data, 0);
    expect(new Set(seen).size).toBe(15);
    const captions = new Set<string>();
    for (let step = 0; step < 30; step++) {
      const micro = data.batch(step).micro[0]!;
      const row = micro.samples.indexOf(seen[0]!);
      if (row >= 0)
        captions.add(
          tokenizer.decode(micro.inputIds.data.slice(row * micro.bucket, row * micro.bucket + micro.lengths[row]!)),
        );
      for (const [r, length] of micro.lengths.entries()) {
        expect(micro.inputIds.data[r * micro.bucket]).toBe(tokenizer.id('<s>'));
        expect(micro.inputIds.data[r * micro.bucket + length - 1]).toBe(tokenizer.id('</s>'));
        expect(length).toBeLessThanOrEqual(40);
      }
    }
    expect(captions.size).toBeGreaterThan(2);
    expect(
      await messageOf(openTrainData(trainConfig([coco], { objective: 'contrastive', batch: 17 }), context(dir))),
    ).toContain('16 pictures with captions, fewer than one batch of 17');
  });

  it('instruct: every caption of every picture answers a brief question, the same in each epoch', async () => {
    const data = await openTrainData(trainConfig([coco], { batch: 16 }), context(dir));
    expect([data.length, data.images.length]).toEqual([80, 16]);
    expect(epochOf(data, 0).sort()).toEqual(epochOf(data, 1).sort());
    const micro = data.batch(0).micro[0]!;
    const row = tokenizer.decode(micro.inputIds.data.slice(0, micro.lengths[0]), { keepSpecials: true });
    expect(row).toMatch(/^<s> USER: .*(<image>){4}.*\nASSISTANT: .+<\/s>$/s);
  });

  it('text: captions of all listed pictures', async () => {
    const texts = await textsForTokenizer(trainConfig([coco], { objective: 'text' }), {
      resolve: inFolder(dir),
      seed: 1,
    });
    expect(texts.length).toBeGreaterThanOrEqual(79 * 5);
  });
});
