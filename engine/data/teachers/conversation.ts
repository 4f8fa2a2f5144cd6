import type { Random } from '../../world/random.ts';
import type { SceneContext } from './context.ts';
import { byCategory, place, relation, singles } from './geometry.ts';
import type { QuestionAnswer } from './types.ts';
import { counted, isOrAre, listing, numberWord, plural, sentence } from './wording.ts';

/** Turns of a conversation, at most. */
const TURNS = 4;

const OPENINGS = ['What is happening in the picture?', 'What does the picture show?', 'What can you see in the image?'];

/** Large crowds are rarely boxed one by one, so only small numbers are said as exact. */
const SURE_COUNT = 9;

/**
 * A conversation about any picture: what it shows (a caption), how many, where, how things lie to each other, and what is not there.
 * Every answer follows from the captions and boxes; `known` are categories that could be asked about in vain.
 */
export function conversation(random: Random, context: SceneContext, known: readonly string[]): QuestionAnswer[] {
  const turns: QuestionAnswer[] = [];
  if (context.captions.length > 0) {
    turns.push({ question: random.pick(OPENINGS), answer: sentence(random.pick(context.captions)) });
  }
  const more = [counting, position, between, absence, kinds]
    .map((ask) => ask(random, context, known))
    .filter((turn) => turn !== null);
  turns.push(...random.sample(more, TURNS - turns.length));
  return turns;
}

type Ask = (random: Random, context: SceneContext, known: readonly string[]) => QuestionAnswer | null;

const counting: Ask = (random, { objects }) => {
  const groups = [...byCategory(objects)].filter(([, group]) => group.length <= SURE_COUNT);
  if (groups.length === 0) return null;
  const [category, group] = random.pick(groups);
  const n = group.length;
  return {
    question: `How many ${plural(category)} are in the picture?`,
    answer: `There ${isOrAre(category, n)} ${n === 1 ? `one ${category}` : counted(category, n)} in the picture.`,
  };
};

const position: Ask = (random, { objects }) => {
  const alone = singles(objects);
  if (alone.length === 0) return null;
  const { category, box } = random.pick(alone);
  return {
    question: `Where ${isOrAre(category, 1)} the ${category}?`,
    answer: `The ${category} ${isOrAre(category, 1)} at the ${place(box)} of the picture.`,
  };
};

const between: Ask = (random, { objects }) => {
  const alone = singles(objects);
  const pairs = alone.flatMap((a) => alone.filter((b) => b !== a).map((b) => ({ a, b, how: relation(a.box, b.box) })));
  const clear = pairs.filter((pair) => pair.how !== null);
  if (clear.length === 0) return null;
  const { a, b, how } = random.pick(clear);
  return {
    question: `Where is the ${a.category} in relation to the ${b.category}?`,
    answer: `The ${a.category} ${isOrAre(a.category, 1)} ${how!} the ${b.category}.`,
  };
};

/** Something that neither a box nor any caption's words mention. */
const absence: Ask = (random, { captions, objects }, known) => {
  const said = captions.join(' ').toLowerCase();
  const there = new Set(objects.map((o) => o.category));
  const absent = known.filter((c) => !there.has(c) && !mentions(said, c));
  if (absent.length === 0) return null;
  const category = random.pick(absent);
  return {
    question: `Are there any ${plural(category)} in the picture?`,
    answer: `No, there are no ${plural(category)} in the picture.`,
  };
};

/** Whether a text speaks of a category: any of its words, in singular or plural. */
export function mentions(text: string, category: string): boolean {
  return category.split(' ').some((word) => text.includes(word) || text.includes(plural(word)));
}

const kinds: Ask = (_random, { objects }) => {
  const groups = [...byCategory(objects)];
  if (groups.length < 2) return null;
  const named = groups.map(([category, group]) =>
    group.length <= SURE_COUNT ? counted(category, group.length) : `many ${plural(category)}`,
  );
  return {
    question: 'What objects are in the picture?',
    answer: `The picture has ${listing(named)}.`,
  };
};

/** `two people`, for other modules that speak of groups. */
export function groupWords(category: string, n: number): string {
  return n <= SURE_COUNT ? counted(category, n) : `more than ${numberWord(SURE_COUNT)} ${plural(category)}`;
}
