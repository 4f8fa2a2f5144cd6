import { COLOURS, NAMES, RHYME, SHAPES } from '../facts.ts';
import { drawScene } from '../scene.ts';
import { skill, type Skill } from './problem.ts';

const rhyming = {
  subject: 'language science',
  topic: 'phonological-awareness',
  category: 'Rhyming',
  lecture: 'Words that rhyme end in the same sound.',
} as const;

const words = Object.values(RHYME);

/** Verbs in present, past and future. */
export const VERBS = [
  ['paints', 'painted', 'will paint'],
  ['moves', 'moved', 'will move'],
  ['lifts', 'lifted', 'will lift'],
  ['draws', 'drew', 'will draw'],
] as const;
export const TENSES = ['present', 'past', 'future'] as const;

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
      wrong: random.sample(
        words.filter((w) => w !== right),
        random.pick([2, 3]),
      ),
      solution: `The ${thing.shape} is ${thing.colour}. The word ${thing.colour} rhymes with ${right}.`,
    };
  }),
  skill({ ...rhyming, weight: 6, skill: 'Find a rhyme for a word of a text', grades: [1, 5] }, (random) => {
    const [who, whom] = random.sample(NAMES, 2);
    const [a, b] = random.sample(COLOURS, 2);
    const asked = random.chance(0.5);
    const colour = (asked ? a : b)!;
    const right = RHYME[colour];
    const [first, second] = [random.pick(SHAPES), random.pick(SHAPES)];
    const name = (asked ? who : whom)!;
    return {
      question: `Which word rhymes with the colour that ${name} has?`,
      hint: `${who!} has a ${a!} ${first}. ${whom!} has a ${b!} ${second}.`,
      right,
      wrong: random.sample(
        words.filter((w) => w !== right),
        random.pick([1, 2]),
      ),
      solution: `The colour that ${name} has is ${colour}. The word ${colour} rhymes with ${right}.`,
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
        wrong: TENSES.filter((t) => t !== right),
        solution: `The verb ${form} tells of the ${right}.`,
      };
    },
  ),
];
