import { COLOUR_GROUPS, COLOURS, NAMES, RHYME, SHAPES, TENSES, type Colour } from '../facts.ts';
import type { Random } from '../random.ts';
import { drawScene } from '../scene.ts';
import { skill, type Skill } from './problem.ts';

const rhyming = {
  subject: 'language science',
  topic: 'phonological-awareness',
  category: 'Rhyming',
  lecture: 'Words that rhyme end in the same sound.',
} as const;

/** One rhyme under each letter, the right one among them. */
function rhymeChoices(random: Random, colour: Colour): string[] {
  return COLOUR_GROUPS.map((group) => RHYME[group.includes(colour) ? colour : random.pick(group)]);
}

/** Verbs in present, past and future. */
export const VERBS = [
  ['paints', 'painted', 'will paint'],
  ['moves', 'moved', 'will move'],
  ['lifts', 'lifted', 'will lift'],
  ['draws', 'drew', 'will draw'],
] as const;

export const LANGUAGE: Skill[] = [
  skill({ ...rhyming, weight: 9, skill: 'Find a rhyme for what a picture shows', grades: [1, 3] }, (random) => {
    const scene = drawScene(random, random.pick([2, 3]));
    const thing = random.pick(scene);
    if (scene.some((t) => t !== thing && t.shape === thing.shape)) return null;
    const right = RHYME[thing.colour];
    return {
      question: `Which word rhymes with the colour of the ${thing.shape}?`,
      scene,
      right,
      choices: rhymeChoices(random, thing.colour),
      solution: `The ${thing.shape} is ${thing.colour}. The word ${thing.colour} rhymes with ${right}.`,
    };
  }),
  skill({ ...rhyming, weight: 6, skill: 'Find a rhyme for a word of a text', grades: [1, 5] }, (random) => {
    const [a, b] = random.sample(COLOURS, 2);
    const [first, second] = random.sample(SHAPES, 2);
    const [colour, shape] = random.chance(0.5) ? [a!, first!] : [b!, second!];
    const right = RHYME[colour];
    return {
      question: `Which word rhymes with the colour of the ${shape}?`,
      hint: `${random.pick(NAMES)} has a ${a!} ${first!} and a ${b!} ${second!}.`,
      right,
      choices: rhymeChoices(random, colour),
      solution: `The ${shape} is ${colour}. The word ${colour} rhymes with ${right}.`,
    };
  }),
  skill(
    {
      subject: 'language science',
      topic: 'verbs',
      category: 'Verb tense',
      lecture: 'The verb tells the time.',
      skill: 'Is the sentence in the past, present, or future tense?',
      grades: [2, 11],
      weight: 10,
    },
    (random) => {
      const verb = random.pick(VERBS);
      const at = random.below(TENSES.length);
      const right = TENSES[at]!;
      const form = verb[at]!;
      return {
        question: `Which tense does the sentence use? ${random.pick(NAMES)} ${form} the ${random.pick(COLOURS)} ${random.pick(SHAPES)}.`,
        right,
        choices: TENSES,
        solution: `The verb ${form} tells of the ${right}.`,
      };
    },
  ),
];
