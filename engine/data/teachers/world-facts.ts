import { magnetSteps, waterSteps } from '../../world/exam/natural.ts';
import { COLOURS, RHYME, SHAPES, type Colour, type Shape } from '../../world/facts.ts';
import type { Random } from '../../world/random.ts';
import type { SceneContext } from './context.ts';
import { place } from './geometry.ts';
import type { QuestionAnswer } from './types.ts';
import { listing, numberWord } from './wording.ts';

/** An object of the mini world, as its category (`red star`) and box tell it. */
interface WorldObject {
  colour: Colour;
  shape: Shape;
  place: string;
}

/** The objects, when all categories are those of the mini world; else null. */
function worldObjects({ objects }: SceneContext): WorldObject[] | null {
  const found: WorldObject[] = [];
  for (const { category, box } of objects) {
    const [colour, shape, ...rest] = category.split(' ');
    if (rest.length > 0 || !isColour(colour) || !isShape(shape)) return null;
    found.push({ colour, shape, place: place(box) });
  }
  return found.length > 0 ? found : null;
}

const isColour = (word: string | undefined): word is Colour =>
  (COLOURS as readonly (string | undefined)[]).includes(word);
const isShape = (word: string | undefined): word is Shape => (SHAPES as readonly (string | undefined)[]).includes(word);

/** Objects that their colour (or shape) alone picks out. */
const only = <K extends 'colour' | 'shape'>(objects: readonly WorldObject[], by: K): WorldObject[] =>
  objects.filter((o) => objects.filter((p) => p[by] === o[by]).length === 1);

/** Turns of a conversation about a picture of the mini world, in the words of its texts; null for other pictures. */
export function worldConversation(random: Random, context: SceneContext): QuestionAnswer[] | null {
  const objects = worldObjects(context);
  if (!objects) return null;
  const turns: QuestionAnswer[] = [];
  for (const o of only(objects, 'colour')) {
    turns.push({ question: `What is the ${o.colour} object?`, answer: `The ${o.colour} object is a ${o.shape}.` });
    turns.push({
      question: `Where is the ${o.colour} object?`,
      answer: `The ${o.colour} object is at the ${o.place}.`,
    });
  }
  for (const o of only(objects, 'shape')) {
    turns.push({ question: `Which colour has the ${o.shape}?`, answer: `The ${o.shape} is ${o.colour}.` });
    turns.push({ question: `Where is the ${o.shape}?`, answer: `The ${o.shape} is at the ${o.place}.` });
  }
  const n = objects.length;
  turns.push({
    question: 'How many objects are in the picture?',
    answer: n === 1 ? 'There is one object.' : `There are ${numberWord(n)} objects.`,
  });
  const absent = SHAPES.filter((s) => !objects.some((o) => o.shape === s));
  if (absent.length > 0) {
    const shape = random.pick(absent);
    turns.push({ question: `Is there a ${shape} in the picture?`, answer: `No, there is no ${shape}.` });
  }
  return random.sample(turns, 4);
}

/** What is where, object after object. */
export function worldDetail(context: SceneContext): string | null {
  const objects = worldObjects(context);
  if (!objects) return null;
  const where = objects.map((o) => `The ${o.colour} ${o.shape} is at the ${o.place}.`);
  const names = listing(objects.map((o) => `a ${o.colour} ${o.shape}`));
  return `${objects.length === 1 ? 'The object is' : 'The objects are'} ${names}. ${where.join(' ')}`;
}

/** A question about magnets, water or rhymes that the world's facts answer, reasons first. */
export function worldReasoning(random: Random, context: SceneContext): QuestionAnswer | null {
  const objects = worldObjects(context);
  if (!objects) return null;
  const candidates: QuestionAnswer[] = [];
  for (const o of only(objects, 'colour')) {
    candidates.push({
      question: `Would the ${o.colour} object float or sink?`,
      answer: `The ${o.colour} object is a ${o.shape}. ${waterSteps(o.shape).steps}`,
    });
  }
  for (const o of only(objects, 'shape')) {
    candidates.push({
      question: `What rhymes with the colour of the ${o.shape}?`,
      answer: `The ${o.shape} is ${o.colour}. The word ${o.colour} rhymes with ${RHYME[o.colour]}.`,
    });
  }
  if (objects.length === 2) {
    const [a, b] = objects as [WorldObject, WorldObject];
    candidates.push({
      question: 'If the objects are magnets, what will happen?',
      answer: magnetSteps(`${a.colour} ${a.shape}`, a.colour, `${b.colour} ${b.shape}`, b.colour).steps,
    });
  }
  return candidates.length > 0 ? random.pick(candidates) : null;
}
