import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawWorld, TINY } from './support.ts';

type World = Awaited<ReturnType<typeof drawWorld>>;
interface Problem {
  question: string;
  choices: string[];
  answer: number;
  hint: string;
  image: string | null;
  grade: string;
  subject: string;
  lecture: string;
  solution: string;
  split: string;
}

const read = (dir: string, name: string): unknown => JSON.parse(readFileSync(join(dir, name), 'utf8'));

function digests(dir: string): Record<string, string> {
  return Object.fromEntries(
    (readdirSync(dir, { recursive: true }) as string[])
      .filter((name) => statSync(join(dir, name)).isFile())
      .sort()
      .map((name) => [
        name,
        createHash('sha256')
          .update(readFileSync(join(dir, name)))
          .digest('hex'),
      ]),
  );
}

let world: World;
beforeAll(async () => {
  world = await drawWorld(TINY, 7);
});
afterAll(() => {
  world.remove();
});

describe('determinism', () => {
  it('writes the same bytes for the same seed and others for another', async () => {
    const again = await drawWorld(TINY, 7);
    const other = await drawWorld(TINY, 8);
    try {
      expect(digests(again.dir)).toEqual(digests(world.dir));
      expect(digests(other.dir)['text.txt']).not.toBe(digests(world.dir)['text.txt']);
      expect(digests(other.dir)['images/000000000001.png']).not.toBe(digests(world.dir)['images/000000000001.png']);
    } finally {
      again.remove();
      other.remove();
    }
  });

  it('draws the same pictures when more texts are asked for', async () => {
    const more = await drawWorld({ ...TINY, documents: 300 }, 7);
    try {
      expect(digests(more.dir)['captions_train.json']).toBe(digests(world.dir)['captions_train.json']);
    } finally {
      more.remove();
    }
  });
});

describe('COCO files', () => {
  interface Image {
    id: number;
    file_name: string;
    width: number;
    height: number;
  }
  interface Instances {
    images: Image[];
    annotations: {
      image_id: number;
      bbox: [number, number, number, number];
      category_id: number;
      area: number;
      iscrowd: number;
    }[];
    categories: { id: number; name: string; supercategory: string }[];
  }

  for (const [split, count] of [
    ['train', TINY.images],
    ['val', TINY.validationImages],
  ] as const) {
    it(`${split}: pictures on disk, captions for each, boxes around what is painted`, async () => {
      const captions = read(world.dir, `captions_${split}.json`) as {
        images: Image[];
        annotations: { image_id: number; caption: string }[];
      };
      const instances = read(world.dir, `instances_${split}.json`) as Instances;
      expect(captions.images).toHaveLength(count);
      expect(instances.images).toEqual(captions.images);
      for (const image of captions.images) {
        const mine = captions.annotations.filter((a) => a.image_id === image.id);
        expect(mine.length).toBeGreaterThanOrEqual(2);
        const boxes = instances.annotations.filter((a) => a.image_id === image.id);
        const { data, info } = await sharp(join(world.dir, 'images', image.file_name))
          .raw()
          .toBuffer({ resolveWithObject: true });
        expect([info.width, info.height, info.channels]).toEqual([image.width, image.height, 3]);
        // The ground is grey and dark; paint is neither. Every painted pixel lies in a box, every box is painted in its middle rows.
        for (let y = 0; y < info.height; y++) {
          for (let x = 0; x < info.width; x++) {
            const rgb = [0, 1, 2].map((c) => data[(y * info.width + x) * 3 + c]!);
            if (Math.max(...rgb) < 110) continue;
            const inside = boxes.some(
              ({ bbox: [bx, by, w, h] }) => x + 1 >= bx && x <= bx + w && y + 1 >= by && y <= by + h,
            );
            expect(inside, `${image.file_name} (${String(x)}, ${String(y)})`).toBe(true);
          }
        }
        for (const { bbox, category_id, area } of boxes) {
          const [x, y, w, h] = bbox;
          expect(Math.floor(x / 16), 'one patch across').toBe(Math.floor((x + w - 0.01) / 16));
          expect(Math.floor(y / 16), 'one patch down').toBe(Math.floor((y + h - 0.01) / 16));
          expect(area).toBeCloseTo(w * h, 0);
          const name = instances.categories.find((c) => c.id === category_id)!.name;
          expect(
            mine.some((c) => c.caption.includes(name)),
            name,
          ).toBe(true);
        }
      }
    });
  }

  it('has the fields of real COCO files', () => {
    const real = join(import.meta.dirname, '../../../../shared/data/coco_mini/annotations/instances_val2017.json');
    if (!existsSync(real)) {
      console.warn('skipped: comparison with real COCO fields (../shared/data is absent)');
      return;
    }
    const theirs = JSON.parse(readFileSync(real, 'utf8')) as Record<string, unknown>;
    const ours = read(world.dir, 'instances_val.json') as Record<string, unknown>;
    expect(Object.keys(ours).sort()).toEqual(Object.keys(theirs).sort());
    const fields = (file: Record<string, unknown>, list: string): string[] =>
      Object.keys((file[list] as object[])[0]!).sort();
    expect(fields(ours, 'annotations')).toEqual(fields(theirs, 'annotations'));
    expect(fields(ours, 'categories')).toEqual(fields(theirs, 'categories'));
  });
});

describe('science exam', () => {
  const problems = (): Record<string, Problem> =>
    read(world.dir, 'science_qa/problems.json') as Record<string, Problem>;
  const splits = (): Record<'train' | 'val' | 'test', string[]> =>
    read(world.dir, 'science_qa/pid_splits.json') as Record<'train' | 'val' | 'test', string[]>;

  it('has as many questions per split as asked for, each in one split', () => {
    const { train, val, test } = splits();
    expect([train.length, val.length, test.length]).toEqual([150, 60, 120]);
    expect(new Set([...train, ...val, ...test]).size).toBe(330);
    expect(Object.keys(problems())).toHaveLength(330);
    for (const pid of test) expect(problems()[pid]!.split).toBe('test');
  });

  it('repeats neither a question nor a picture, also not one of the captioned pictures', () => {
    const seen = new Set<string>();
    for (const [pid, p] of Object.entries(problems())) {
      const key = [
        p.question,
        p.hint,
        ...p.choices,
        p.image === null ? '' : digests(join(world.dir, 'science_qa/images', pid))['image.png'],
      ].join('|');
      expect(seen.has(key), key).toBe(false);
      seen.add(key);
    }
  });

  it('covers the subjects, both grade bands and the three kinds of context; the right choice is spread over the letters', () => {
    const all = Object.values(problems());
    expect(new Set(all.map((p) => p.subject))).toEqual(
      new Set(['natural science', 'social science', 'language science']),
    );
    const grade = (p: Problem): number => Number(p.grade.slice('grade'.length));
    for (const wanted of [
      all.filter((p) => grade(p) <= 6),
      all.filter((p) => grade(p) >= 7),
      all.filter((p) => p.hint !== ''),
      all.filter((p) => p.image !== null),
      all.filter((p) => p.hint === '' && p.image === null),
    ]) {
      expect(wanted.length).toBeGreaterThan(all.length / 12);
    }
    const share = all.filter((p) => p.image !== null).length / all.length;
    expect(share).toBeGreaterThan(0.4);
    expect(share).toBeLessThan(0.65);
    const two = all.filter((p) => p.choices.length === 2);
    expect(Math.abs(two.filter((p) => p.answer === 0).length / two.length - 0.5)).toBeLessThan(0.15);
  });

  it('ends each solution in the right choice and has a picture where it names one', () => {
    for (const [pid, p] of Object.entries(problems())) {
      expect(p.solution.endsWith(`${p.choices[p.answer]!}.`), `${pid}: ${p.solution}`).toBe(true);
      expect(existsSync(join(world.dir, 'science_qa/images', pid, 'image.png'))).toBe(p.image !== null);
    }
  });

  it('has the fields of real ScienceQA problems', () => {
    const real = join(import.meta.dirname, '../../../../shared/data/science_qa/problems.json');
    if (!existsSync(real)) {
      console.warn('skipped: comparison with real ScienceQA fields (../shared/data is absent)');
      return;
    }
    const theirs = Object.values(JSON.parse(readFileSync(real, 'utf8')) as Record<string, Problem>)[0]!;
    expect(Object.keys(Object.values(problems())[0]!)).toEqual(Object.keys(theirs));
  });
});

describe('texts', () => {
  it('writes as many documents as asked for, separated by blank lines, and other ones for validation', () => {
    const documents = readFileSync(join(world.dir, 'text.txt'), 'utf8').trim().split('\n\n');
    const held = readFileSync(join(world.dir, 'text_val.txt'), 'utf8').trim().split('\n\n');
    expect(documents).toHaveLength(200);
    expect(held).toHaveLength(10);
    expect(documents.some((d) => d.startsWith('USER: '))).toBe(true);
    expect(held.filter((d) => documents.includes(d)).length).toBeLessThan(held.length);
  });
});

describe('bad input', () => {
  it('names the setting that does not fit', async () => {
    await expect(drawWorld({ ...TINY, imageSize: 50 }, 1)).rejects.toThrow(/image_size: 50 .*multiple of 3/);
  });
});
