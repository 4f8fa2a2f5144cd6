import { describe, expect, it } from 'vitest';
import { drawExam } from '../../../engine/world/exam/draw.ts';
import type { Problem } from '../../../engine/world/exam/problem.ts';
import { IN_WATER, MATERIAL, POLE, RHYME, type Colour, type Shape } from '../../../engine/world/facts.ts';
import type { Thing } from '../../../engine/world/scene.ts';

const exam = drawExam(3, { train: 600, val: 100, test: 300 }, new Set());
const all = [...exam.train, ...exam.val, ...exam.test];
const of = (skill: RegExp): Problem[] => {
  const found = all.filter((p) => skill.test(p.skill));
  expect(found.length).toBeGreaterThan(10);
  return found;
};
const right = (p: Problem): string => p.choices[p.answer]!;

describe('answers follow from the picture and the facts', () => {
  it('magnets: unlike poles attract', () => {
    for (const p of of(/magnets in a picture/)) {
      const [a, b] = p.scene!.map((t) => POLE[t.colour]);
      expect(right(p)).toBe(a === b ? 'repel' : 'attract');
    }
  });

  it('water: the shape of the one object of that colour tells', () => {
    for (const p of of(/^Predict whether an object floats$/)) {
      const colour = /the (\w+) object/.exec(p.question)![1];
      const things = p.scene!.filter((t) => t.colour === colour);
      expect(things).toHaveLength(1);
      expect(right(p)).toBe(IN_WATER[MATERIAL[things[0]!.shape]]);
    }
  });

  it('map: the way agrees with the rows and columns', () => {
    for (const p of of(/Read a map/)) {
      const [, a, b] = /the (\w+) town from the (\w+) town/.exec(p.question)!;
      const find = (colour: string): Thing => p.scene!.find((t) => t.colour === colour)!;
      const [dx, dy] = [
        (find(a!).cell % 3) - (find(b!).cell % 3),
        Math.floor(find(a!).cell / 3) - Math.floor(find(b!).cell / 3),
      ];
      expect(dx === 0 || dy === 0).toBe(true);
      expect(right(p)).toBe(dx > 0 ? 'east' : dx < 0 ? 'west' : dy > 0 ? 'south' : 'north');
    }
  });

  it('rhymes: of the colour of the one object of that shape', () => {
    for (const p of of(/rhyme for what a picture/)) {
      const shape = /colour of the (\w+)\?/.exec(p.question)![1];
      const things = p.scene!.filter((t) => t.shape === shape);
      expect(things).toHaveLength(1);
      expect(right(p)).toBe(RHYME[things[0]!.colour]);
    }
  });

  it('texts: the hint alone gives the answer', () => {
    for (const p of of(/object of a text floats/)) {
      const colour = /the (\w+) object/.exec(p.question)![1] as Colour;
      const shape = new RegExp(`${colour} (\\w+)`).exec(p.hint)![1] as Shape;
      expect(right(p)).toBe(IN_WATER[MATERIAL[shape]]);
    }
    for (const p of of(/Compare places/)) {
      const rank = new Map<string, number>();
      const pairs = [...p.hint.matchAll(/The (\w+) town is (\w+) of the (\w+) town/g)].map(
        (m) => [m[1]!, m[3]!] as const,
      );
      for (const [a, b] of pairs) {
        rank.set(a, (rank.get(a) ?? 0) + 1);
        rank.set(b, (rank.get(b) ?? 0) - 1);
      }
      const plus = /is (\w+) of/.exec(p.hint)![1];
      const asked = /farthest (\w+)\?/.exec(p.question)![1];
      const best = [...rank].sort((x, y) => (asked === plus ? y[1] - x[1] : x[1] - y[1]))[0]![0];
      expect(right(p)).toBe(best);
    }
  });

  it('compass: turning by quarters', () => {
    const names = ['north', 'east', 'south', 'west'];
    const quarters: Record<string, number> = { right: 1, around: 2, left: 3 };
    for (const p of of(/turns on a compass/)) {
      const [, first, second, from] = /turning (\w+)(?: and then (\w+))? from (\w+)\?/.exec(p.question)!;
      const turn = quarters[first!]! + (second ? quarters[second]! : 0);
      expect(right(p)).toBe(names[(names.indexOf(from!) + turn) % 4]);
    }
  });
});

describe('splits', () => {
  it('share no scene and no question, and keep away from scenes that are shown elsewhere', () => {
    const key = (p: Problem): string => JSON.stringify([p.question, p.hint, p.choices, p.scene]);
    expect(new Set(all.map(key)).size).toBe(all.length);
    const shown = new Set<string>();
    const first = drawExam(3, { train: 40, val: 0, test: 0 }, shown);
    const scenes = first.train.filter((p) => p.scene).length;
    expect(shown.size).toBe(scenes);
    const before = [...shown];
    const later = drawExam(3, { train: 40, val: 0, test: 0 }, shown);
    expect(shown.size).toBe(before.length + later.train.filter((p) => p.scene).length);
  });
});
