import { COLOUR_GROUPS, DIRECTIONS, NAMES, type Direction } from '../facts.ts';
import { columnOf, drawScene, placeOf, rowOf } from '../scene.ts';
import { skill, type Skill } from './problem.ts';

const geography = { subject: 'social science', topic: 'geography', category: 'Geography' } as const;

/** Turns in quarters, clockwise. */
export const TURNS = [
  { words: 'right', by: 1 },
  { words: 'around', by: 2 },
  { words: 'left', by: 3 },
] as const;

/** The direction that one faces after turning clockwise `by` quarters. */
export function turned(from: Direction, by: number): Direction {
  return DIRECTIONS[(DIRECTIONS.indexOf(from) + by) % 4]!;
}

export const SOCIAL: Skill[] = [
  skill(
    {
      ...geography,
      weight: 10,
      skill: 'Read a map: cardinal directions',
      lecture: 'On a map north is at the top.',
      grades: [2, 6],
    },
    (random) => {
      const [a, b] = random.shuffle(drawScene(random, 2));
      if (a!.colour === b!.colour) return null;
      let right: Direction;
      if (columnOf(a!) === columnOf(b!)) right = rowOf(a!) < rowOf(b!) ? 'north' : 'south';
      else if (rowOf(a!) === rowOf(b!)) right = columnOf(a!) < columnOf(b!) ? 'west' : 'east';
      else return null;
      return {
        question: `Which way is the ${a!.colour} town from the ${b!.colour} town?`,
        scene: [a!, b!].sort((x, y) => x.cell - y.cell),
        right,
        choices: DIRECTIONS,
        solution: `The ${a!.colour} town is at the ${placeOf(a!)}. The ${b!.colour} town is at the ${placeOf(b!)}. The way is ${right}.`,
      };
    },
  ),
  skill(
    {
      ...geography,
      weight: 7,
      skill: 'Compare places that a text tells of',
      lecture: 'Put the towns in a row.',
      grades: [5, 12],
    },
    (random) => {
      const choices = COLOUR_GROUPS.map((group) => random.pick(group));
      const [a, b, c] = random.shuffle(choices);
      const [plus, minus] = random.pick([
        ['north', 'south'],
        ['east', 'west'],
      ] as const);
      const asked = random.chance(0.5);
      const right = (asked ? a : c)!;
      const clauses = [`The ${a!} town is ${plus} of the ${b!} town.`, `The ${b!} town is ${plus} of the ${c!} town.`];
      return {
        question: `Which town is farthest ${asked ? plus : minus}?`,
        hint: random.shuffle(clauses).join(' '),
        right,
        choices,
        solution: `From ${plus} to ${minus} the towns are ${a!}, ${b!} and ${c!}. The town farthest ${asked ? plus : minus} is ${right}.`,
      };
    },
  ),
  skill(
    {
      ...geography,
      weight: 6,
      skill: 'Follow turns on a compass',
      lecture: 'To the right come north, east, south and west.',
      grades: [4, 10],
    },
    (random) => {
      const name = random.pick(NAMES);
      const from = random.pick(DIRECTIONS);
      const first = random.pick(TURNS);
      const middle = turned(from, first.by);
      const second = random.chance(0.75) ? random.pick(TURNS) : null;
      const right = second ? turned(middle, second.by) : middle;
      const then = second ? ` and then ${second.words}` : '';
      const last = second ? ` Turning ${second.words} from ${middle} gives ${right}.` : '';
      return {
        question: `Which way is ${name} facing after turning ${first.words}${then} from ${from}?`,
        right,
        choices: DIRECTIONS,
        solution: `Turning ${first.words} from ${from} gives ${middle}.${last}`,
      };
    },
  ),
];
