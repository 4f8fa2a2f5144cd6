import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { InstructEntry } from '../../../engine/data/teachers/generate.ts';
import { DETAIL_QUESTIONS } from '../../../engine/data/teachers/questions.ts';
import { drawWorld, TINY } from '../world/support.ts';
import { Bench, worldCoco, type Coco, type Generated } from './support.ts';

/** Boxes read back from the entry's context text: independent of the teacher's own geometry. */
interface Seen {
  category: string;
  x1: number;
  y1: number;
  x2: number;
  y2: number;
}

function boxesOf(entry: InstructEntry): Seen[] {
  return [...entry.context.matchAll(/^(.+): \[(\d\.\d{3}), (\d\.\d{3}), (\d\.\d{3}), (\d\.\d{3})\]$/gm)].map((m) => ({
    category: m[1]!,
    x1: Number(m[2]),
    y1: Number(m[3]),
    x2: Number(m[4]),
    y2: Number(m[5]),
  }));
}

const turnsOf = (entry: InstructEntry): [string, string][] => {
  const turns: [string, string][] = [];
  for (let i = 0; i < entry.conversations.length; i += 2) {
    turns.push([entry.conversations[i]!.value.replace('<image>', '').trim(), entry.conversations[i + 1]!.value]);
  }
  return turns;
};

function checkForm(entries: readonly InstructEntry[]): void {
  expect(new Set(entries.map((e) => e.id)).size).toBe(entries.length);
  for (const entry of entries) {
    expect(entry.conversations.map((c) => c.from)).toEqual(
      entry.conversations.map((_, i) => (i % 2 ? 'gpt' : 'human')),
    );
    const marks = entry.conversations.map((c) => c.value.split('<image>').length - 1);
    expect(marks.reduce((a, b) => a + b, 0)).toBe(1);
    expect(entry.conversations[0]!.value).toMatch(/^<image>\n\S|\S\n<image>$/);
    expect(entry.conversations.every((c) => c.value.trim().length > 0)).toBe(true);
    if (entry.type !== 'conversation') expect(entry.conversations).toHaveLength(2);
    if (entry.type === 'detail') expect(DETAIL_QUESTIONS).toContain(turnsOf(entry)[0]![0]);
    for (const box of boxesOf(entry))
      expect(0 <= box.x1 && box.x1 <= box.x2 && box.x2 <= 1 && box.y1 <= box.y2 && box.y2 <= 1).toBe(true);
  }
}

/** Row and column words of a centre, worked out from the printed box; null within rounding of a border. */
function placeWords(seen: Seen): string | null {
  const words: string[] = [];
  for (const [c, low, high] of [
    [(seen.y1 + seen.y2) / 2, 'top', 'bottom'],
    [(seen.x1 + seen.x2) / 2, 'left', 'right'],
  ] as const) {
    if (Math.abs(c - 1 / 3) < 0.002 || Math.abs(c - 2 / 3) < 0.002) return null;
    if (c < 1 / 3) words.push(low);
    else if (c > 2 / 3) words.push(high);
  }
  return words.join(' ') || 'middle';
}

describe('on the mini world', () => {
  let world: Awaited<ReturnType<typeof drawWorld>>;
  let bench: Bench;
  let made: Generated;
  const config = (n: number) => ({
    kind: 'generate' as const,
    from: worldCoco(world.dir, 'train'),
    teacher: { kind: 'offline' as const },
    conversation: n,
    detail: n,
    reasoning: n,
  });
  beforeAll(async () => {
    world = await drawWorld(TINY, 7);
    bench = new Bench();
    made = await bench.generate(config(40));
  });
  afterAll(() => {
    world.remove();
    bench.remove();
  });

  it('writes as many of each kind as asked for, in LLaVA-Instruct form, each picture once per kind', () => {
    expect(made.metrics).toMatchObject({ samples: 120, conversation: 40, detail: 40, complex_reasoning: 40 });
    checkForm(made.entries);
    for (const type of ['conversation', 'detail', 'complex_reasoning']) {
      const pictures = made.entries.filter((e) => e.type === type).map((e) => e.image);
      expect(new Set(pictures).size).toBe(40);
      for (const image of pictures) expect(existsSync(join(world.dir, 'images', image))).toBe(true);
    }
    expect(made.warnings).toEqual([]);
  });

  it('puts the picture before the question and after it', () => {
    const before = made.entries.filter((e) => e.conversations[0]!.value.startsWith('<image>')).length;
    expect(before).toBeGreaterThan(30);
    expect(before).toBeLessThan(90);
  });

  it('says only what the boxes say', () => {
    let checked = 0;
    for (const entry of made.entries) {
      const seen = boxesOf(entry);
      for (const [, answer] of turnsOf(entry)) {
        for (const [, colour, shape] of answer.matchAll(/The (\w+) object is a (\w+)\./g)) {
          expect(seen.filter((s) => s.category === `${colour!} ${shape!}`)).toHaveLength(1);
          checked += 1;
        }
        for (const [, colour, shape, place] of answer.matchAll(/The (\w+) (\w+) is at the ([a-z ]+)\./g)) {
          const found = seen.filter((s) =>
            shape === 'object' ? s.category.startsWith(`${colour!} `) : s.category === `${colour!} ${shape!}`,
          );
          expect(found.map(placeWords)).toContain(place);
          checked += 1;
        }
        const none = /No, there is no (\w+)\./.exec(answer);
        if (none) expect(seen.some((s) => s.category.endsWith(` ${none[1]!}`))).toBe(false);
      }
    }
    expect(checked).toBeGreaterThan(80);
  });

  it('reasons with the facts of the world', () => {
    const pole: Record<string, string> = {
      red: 'north',
      yellow: 'north',
      white: 'north',
      blue: 'south',
      green: 'south',
      pink: 'south',
    };
    let magnets = 0;
    for (const entry of made.entries.filter((e) => e.type === 'complex_reasoning')) {
      const [question, answer] = turnsOf(entry)[0]!;
      if (!question.includes('magnets')) continue;
      const colours = boxesOf(entry).map((s) => s.category.split(' ')[0]!);
      expect(colours).toHaveLength(2);
      expect(answer.endsWith(pole[colours[0]!] === pole[colours[1]!] ? 'repel.' : 'attract.')).toBe(true);
      magnets += 1;
    }
    expect(magnets).toBeGreaterThan(0);
  });

  it('is the same for the same seed and differs for another', async () => {
    expect((await bench.generate(config(40))).entries).toEqual(made.entries);
    expect((await bench.generate(config(40), { seed: 2 })).entries).not.toEqual(made.entries);
  });

  it('warns once when there are fewer pictures than asked for', async () => {
    const few = await bench.generate(config(500));
    expect(few.metrics['conversation']).toBe(TINY.images);
    expect(few.warnings).toHaveLength(1);
    expect(few.warnings[0]).toMatch(/has 60 pictures .*fewer than asked for.*conversation 500/);
  });

  it('refuses a data set without boxes', async () => {
    const from = {
      format: 'text' as const,
      name: 'corpus',
      file: { file: join(world.dir, 'text.txt') },
      samples: null,
    };
    await expect(bench.generate({ ...config(1), from })).rejects.toThrow(/must be a coco dataset, not text/);
  });
});

const shared = join(import.meta.dirname, '../../../../shared/data/coco_mini');

describe.skipIf(!existsSync(shared))('on genuine COCO files (skipped where ../shared/data/coco_mini is absent)', () => {
  let bench: Bench;
  let made: Generated;
  const from: Coco = {
    format: 'coco',
    name: 'coco',
    captions: { file: join(shared, 'annotations/captions_val2017.json') },
    instances: { file: join(shared, 'annotations/instances_val2017.json') },
    images: { file: join(shared, 'val2017') },
    samples: null,
  };
  beforeAll(async () => {
    bench = new Bench();
    made = await bench.generate({
      kind: 'generate',
      from,
      teacher: { kind: 'offline' },
      conversation: 16,
      detail: 16,
      reasoning: 16,
    });
  });
  afterAll(() => {
    bench.remove();
  });

  it('leaves out absent pictures with one warning that counts them', () => {
    expect(made.warnings.filter((w) => w.includes('absent'))).toHaveLength(1);
    expect(made.warnings.find((w) => w.includes('absent'))).toMatch(/63 of 79/);
    for (const entry of made.entries) expect(existsSync(join(shared, 'val2017', entry.image))).toBe(true);
  });

  it('writes all three kinds about most pictures', () => {
    checkForm(made.entries);
    expect(made.metrics['conversation']).toBe(16);
    expect(made.metrics['detail']).toBe(16);
    expect(made.metrics['complex_reasoning']).toBeGreaterThan(10);
  });

  it('counts, places and denies objects as the boxes and captions have them', () => {
    const categories = (
      JSON.parse(readFileSync(join(shared, 'annotations/instances_val2017.json'), 'utf8')) as {
        categories: { name: string }[];
      }
    ).categories.map((c) => c.name);
    const words = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];
    let [counts, places, relations, denials] = [0, 0, 0, 0];
    for (const entry of made.entries.filter((e) => e.type === 'conversation')) {
      const seen = boxesOf(entry);
      for (const [question, answer] of turnsOf(entry)) {
        const many = /^There (?:is|are) (\w+) /.exec(answer);
        if (question.startsWith('How many') && many) {
          const n = words.indexOf(many[1]!);
          const asked = categories.filter((c) => seen.filter((s) => s.category === c).length === n);
          expect(
            asked.some((c) => question.includes(c.slice(0, 3))),
            `${question} ${answer}`,
          ).toBe(true);
          counts += 1;
        }
        const where = /^The (.+) (?:is|are) at the (.+) of the picture\.$/.exec(answer);
        if (where) {
          const found = seen.filter((s) => s.category === where[1]);
          expect(found).toHaveLength(1);
          expect([where[2], null]).toContain(placeWords(found[0]!));
          places += 1;
        }
        const how = /^The (.+) (?:is|are) (to the left of|to the right of|above|below) the (.+)\.$/.exec(answer);
        if (how) {
          const [a, b] = [how[1]!, how[3]!].map((c) => seen.filter((s) => s.category === c));
          expect([a!.length, b!.length]).toEqual([1, 1]);
          const [p, q] = [a![0]!, b![0]!];
          const apart = {
            'to the left of': q.x1 - p.x2,
            'to the right of': p.x1 - q.x2,
            above: q.y1 - p.y2,
            below: p.y1 - q.y2,
          };
          expect(apart[how[2] as keyof typeof apart], answer).toBeGreaterThanOrEqual(-0.002);
          relations += 1;
        }
        if (answer.startsWith('No, there are no')) {
          expect(seen.some((s) => question.includes(`any ${s.category}`))).toBe(false);
          denials += 1;
        }
      }
    }
    expect(
      Math.min(counts, places, relations, denials),
      JSON.stringify([counts, places, relations, denials]),
    ).toBeGreaterThan(0);
  });

  it('opens conversations and descriptions with what people wrote about the picture', () => {
    const normal = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, '');
    for (const entry of made.entries.filter((e) => e.type !== 'complex_reasoning')) {
      const answer = normal(entry.conversations[1]!.value);
      const captions = entry.context.split('\n\n')[0]!.split('\n').map(normal);
      expect(
        captions.some((c) => answer.startsWith(c)),
        entry.id,
      ).toBe(true);
    }
  });
});
