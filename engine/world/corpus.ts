import { BRIEF_QUESTIONS } from '../data/samples/questions.ts';
import { DETAIL_QUESTIONS } from '../data/teachers/questions.ts';
import { listing, placedCaption, plainCaption } from './captions.ts';
import { VERBS } from './exam/language.ts';
import { magnetSteps, waterSteps } from './exam/natural.ts';
import { turned, TURNS } from './exam/social.ts';
import {
  COLOUR_GROUPS,
  COLOURS,
  DIRECTIONS,
  FLOATING,
  FORCES,
  MATERIALS,
  NAMES,
  PLACES,
  RHYME,
  SHAPES,
  SIZES,
  TENSES,
} from './facts.ts';
import { Random } from './random.ts';
import { CELLS, drawScene, placeOf, type Scene, type Thing } from './scene.ts';

/**
 * The text that the stand-in for Vicuna reads: facts and how one reasons with them, lists, options and their letters,
 * pictures told as nine cells in words. No document is an exam question. Steps of reasoning come before what follows from them, in
 * words close to those of the exam's solutions, so reasons first is the order that this language model has seen: docs/mini-world.md
 * says what that means for the comparison with answers first.
 */

/** Words of every kind, for lists and options whose order means nothing. */
const WORDS = [
  ...COLOURS,
  ...SHAPES,
  ...SIZES,
  ...DIRECTIONS,
  ...TENSES,
  ...MATERIALS,
  ...Object.values(RHYME),
  ...FORCES,
  ...FLOATING,
];

const LETTERS = 'ABCDE';

export const optionList = (words: readonly string[]): string =>
  `Options: ${words.map((word, i) => `(${LETTERS[i]!}) ${word}`).join(' ')}`;

/** Induction: the same words again. */
function repeatedList(random: Random): string {
  const words = random.sample(WORDS, 4 + random.below(5));
  const times = 2 + random.below(2);
  return Array.from({ length: times }, () => words.join(' ')).join('. ') + '.';
}

/** Options as they stand in questions. */
function drawOptions(random: Random): readonly string[] {
  const colours = COLOUR_GROUPS.map((group) => random.pick(group));
  return random.pick([
    FORCES,
    FLOATING,
    MATERIALS,
    TENSES,
    DIRECTIONS,
    colours,
    colours.map((colour) => RHYME[colour]),
  ]);
}

/** Which letter goes with a word. */
function letters(random: Random): string {
  const words = drawOptions(random);
  const lead = random.pick(['It is', 'The word is', 'This gives', 'We see', 'The object is', 'They will']);
  const lines = random
    .sample(words, 3)
    .map((word) => `${lead} ${word}. The answer is ${LETTERS[words.indexOf(word)]!}.`);
  return [optionList(words), ...lines].join('\n');
}

/** Reading: the context says the word, the options say its letter. */
function reading(random: Random): string {
  const words = drawOptions(random);
  const said = random.pick(words);
  return (
    `USER: Question: Which word is said?\nContext: ${random.pick(NAMES)} says ${said}.\n${optionList(words)}\n` +
    `ASSISTANT: The word is ${said}. The answer is ${LETTERS[words.indexOf(said)]!}.`
  );
}

function magnets(random: Random): string {
  const [a, b] = [random.pick(COLOURS), random.pick(COLOURS)];
  const name = (colour: string): string => `${colour} ${random.chance(0.3) ? 'magnet' : random.pick(SHAPES)}`;
  return `${magnetSteps(name(a), a, name(b), b).steps} ${random.chance(0.3) ? 'Unlike poles attract. Like poles repel.' : ''}`.trim();
}

function water(random: Random): string {
  return random
    .sample(SHAPES, 2)
    .map((shape) => waterSteps(shape).steps)
    .join(' ');
}

function rhymes(random: Random): string {
  return random
    .sample(COLOURS, 2)
    .map((colour) => `The word ${colour} rhymes with ${RHYME[colour]}.`)
    .join(' ');
}

function tense(random: Random): string {
  const verb = random.pick(VERBS);
  const at = random.below(TENSES.length);
  return `${random.pick(NAMES)} ${verb[at]!} the ${random.pick(COLOURS)} ${random.pick(SHAPES)}. The verb ${verb[at]!} tells of the ${TENSES[at]!}.`;
}

/** Two turns, told and then worked out. */
function compass(random: Random): string {
  const from = random.pick(DIRECTIONS);
  const first = random.pick(TURNS);
  const second = random.pick(TURNS);
  const middle = turned(from, first.by);
  return dialogue(
    `${random.pick(NAMES)} turns ${first.words} and then ${second.words} from ${from}.`,
    `Turning ${first.words} from ${from} gives ${middle}. Turning ${second.words} from ${middle} gives ${turned(middle, second.by)}.`,
  );
}

function towns(random: Random): string {
  const [a, b, c] = random.sample(COLOURS, 3);
  const [plus, minus] = random.pick([
    ['north', 'south'],
    ['east', 'west'],
  ] as const);
  const clauses = random.shuffle([
    `The ${a!} town is ${plus} of the ${b!} town.`,
    `The ${b!} town is ${plus} of the ${c!} town.`,
  ]);
  const [way, right] = random.pick([
    [plus, a!],
    [minus, c!],
  ] as const);
  return dialogue(
    `${clauses.join(' ')}\nWhich town is farthest ${way}?`,
    `From ${plus} to ${minus} the towns are ${a!}, ${b!} and ${c!}. The town farthest ${way} is ${right}.`,
  );
}

const dialogue = (asked: string, answer: string): string => `USER: ${asked}\nASSISTANT: ${answer}`;

/** Which colour goes with which shape: reading them back in either direction. */
function owners(random: Random): string {
  const colours = random.sample(COLOURS, 2);
  const shapes = random.sample(SHAPES, 2);
  const things = [0, 1].map((i) => ({ colour: colours[i]!, shape: shapes[i]! }));
  const [asked, answer] = askOf(random, random.pick(things), random.pick(['colour', 'shape']));
  const told = `${random.pick(NAMES)} has ${listing(things.map((t) => `a ${t.colour} ${t.shape}`))}.`;
  return dialogue(random.chance(0.5) ? `${told}\n${asked}` : `${asked}\n${told}`, answer);
}

/** A question that names a thing by its colour or by its shape, and the answer. */
function askOf(random: Random, thing: Pick<Thing, 'colour' | 'shape'>, by: 'colour' | 'shape'): [string, string] {
  const name = by === 'colour' ? `${thing.colour} object` : thing.shape;
  const question = random.pick([`What is the ${name}?`, `What do you know of the ${name}?`, `Tell about the ${name}.`]);
  return [
    question,
    by === 'colour' ? `The ${thing.colour} object is a ${thing.shape}.` : `The ${thing.shape} is ${thing.colour}.`,
  ];
}

/** One word for all that a cell holds: `redstar`. A picture in words then has one token per cell, as the projector will give it. */
const cellWord = (thing: Thing): string => `${thing.colour}${thing.shape}`;

const nineWords = (scene: Scene): string => {
  const cells = Array.from({ length: CELLS }, () => 'nothing');
  for (const thing of scene) cells[thing.cell] = cellWord(thing);
  return cells.join(' ');
};

const DETAIL_SHARE = 0.1;
const FACTS_SHARE = 0.5;

/** A picture in words and a dialogue about it: as nine cells, or, where the answer tells places, as its things with their places. */
function picture(random: Random): string {
  const scene = drawScene(random, 1 + random.weighted([40, 30, 20, 10]));
  const nine = random.chance(0.55);
  const shown = nine ? nineWords(scene) : scene.map((t) => `${cellWord(t)} ${placeOf(t)}`).join(' ');
  const kind = random.real();
  const [question, answer] =
    kind < FACTS_SHARE
      ? factOf(random, scene, !nine)
      : nine
        ? [random.pick(BRIEF_QUESTIONS), plainCaption(scene)]
        : kind < FACTS_SHARE + DETAIL_SHARE
          ? [random.pick(DETAIL_QUESTIONS), detailOf(scene)]
          : [random.pick(BRIEF_QUESTIONS), placedCaption(scene)];
  const asked = random.chance(0.5) ? `${shown}\n${question}` : `${question}\n${shown}`;
  return `USER: ${asked}\nASSISTANT: ${answer}`;
}

/** What the word for a cell means. */
function glossary(random: Random): string {
  return random
    .sample(COLOURS, 2)
    .map((colour) => {
      const shape = random.pick(SHAPES);
      return `${colour}${shape} is a ${colour} ${shape}.`;
    })
    .join(' ');
}

function detailOf(scene: Scene): string {
  const where = scene.map((t) => `The ${t.colour} ${t.shape} is at the ${placeOf(t)}.`);
  const names = listing(scene.map((t) => `a ${t.colour} ${t.shape}`));
  return `${scene.length === 1 ? 'The object is' : 'The objects are'} ${names}. ${where.join(' ')}`;
}

/** Something about one thing that its colour or its shape picks out; with `places`, perhaps where it is. */
function factOf(random: Random, scene: Scene, places: boolean): [string, string] {
  const askable = scene.flatMap((thing) =>
    (['colour', 'shape'] as const)
      .filter((by) => scene.filter((t) => t[by] === thing[by]).length === 1)
      .map((by) => ({ thing, by })),
  );
  if (askable.length === 0) return [random.pick(BRIEF_QUESTIONS), plainCaption(scene)];
  const { thing, by } = random.pick(askable);
  if (places && random.chance(0.4)) {
    const name = by === 'colour' ? `${thing.colour} object` : thing.shape;
    return [`Where is the ${name}?`, `The ${name} is at the ${placeOf(thing)}.`];
  }
  return askOf(random, thing, by);
}

/** Places in a map and the way between them. */
function ways(random: Random): string {
  const [a, b] = random.sample(
    Array.from({ length: CELLS }, (_, i) => i),
    2,
  ) as [number, number];
  const [x, y] = random.sample(COLOURS, 2);
  const rows = Math.sign(Math.floor(a / 3) - Math.floor(b / 3));
  const columns = Math.sign((a % 3) - (b % 3));
  if (rows !== 0 && columns !== 0) return ways(random);
  const way = rows < 0 ? 'north' : rows > 0 ? 'south' : columns < 0 ? 'west' : 'east';
  return `The ${x!} town is at the ${PLACES[a]!}. The ${y!} town is at the ${PLACES[b]!}. The way is ${way}.`;
}

const KINDS: readonly (readonly [number, (random: Random) => string])[] = [
  [8, repeatedList],
  [6, letters],
  [4, reading],
  [6, magnets],
  [4, water],
  [3, rhymes],
  [3, tense],
  [6, compass],
  [7, towns],
  [14, owners],
  [5, glossary],
  [50, picture],
  [4, ways],
];

/** `count` documents; `name` keeps the training and the validation texts apart. */
export function drawTexts(seed: number, name: string, count: number): string[] {
  const random = new Random(seed, `text/${name}`);
  const weights = KINDS.map(([weight]) => weight);
  return Array.from({ length: count }, () => KINDS[random.weighted(weights)]![1](random));
}
