import type { Random } from '../../world/random.ts';
import type { SceneContext } from './context.ts';
import { groupWords } from './conversation.ts';
import { area, byCategory, centreX, place } from './geometry.ts';
import { topicOf } from './knowledge.ts';
import type { QuestionAnswer } from './types.ts';
import { isOrAre, listing, plural, sentence } from './wording.ts';

/**
 * One question that goes beyond what is seen, with its reasons first and the conclusion last. The question does not give away what the picture
 * holds. Null when the boxes support no conclusion.
 */
export function complexReasoning(random: Random, context: SceneContext): QuestionAnswer | null {
  const candidates = [setting, care, use, nearest, balance]
    .map((ask) => ask(random, context))
    .filter((turn) => turn !== null);
  return candidates.length > 0 ? random.pick(candidates) : null;
}

type Ask = (random: Random, context: SceneContext) => QuestionAnswer | null;

/** `There are two people and a dog in the picture.` with an account of what a caption says. */
function evidence(random: Random, { captions, objects }: SceneContext, categories: readonly string[]): string {
  const groups = byCategory(objects);
  const named = categories.map((c) => groupWords(c, groups.get(c)!.length));
  const first = categories[0]!;
  const seen = `There ${isOrAre(first, groups.get(first)!.length)} ${listing(named)} in the picture.`;
  return captions.length > 0 ? `${sentence(random.pick(captions))} ${seen}` : seen;
}

function about(context: SceneContext): ReturnType<typeof topicOf> {
  return topicOf(context.objects.map((o) => o.category));
}

const setting: Ask = (random, context) => {
  const found = about(context);
  if (!found) return null;
  return {
    question: random.pick([
      'What kind of place is this likely to be, and why?',
      'Where was this picture probably taken?',
    ]),
    answer: `${evidence(random, context, found.evidence)} Such things are usually found at ${found.topic.setting}. So this is most likely ${found.topic.setting}.`,
  };
};

const care: Ask = (random, context) => {
  const found = about(context);
  if (!found) return null;
  return {
    question: random.pick([
      'What should one be careful about here?',
      'Which advice would you give to somebody in this place?',
    ]),
    answer: `${evidence(random, context, found.evidence)} This points to ${found.topic.use}. One should therefore ${found.topic.care}.`,
  };
};

const use: Ask = (random, context) => {
  const found = about(context);
  if (!found) return null;
  const people = context.objects.filter((o) => o.category === 'person').length;
  const who = people > 0 ? ` The picture has ${groupWords('person', people)}, so this may be going on right now.` : '';
  return {
    question: random.pick(['What might people do here?', 'What are the things in this scene good for?']),
    answer: `${evidence(random, context, found.evidence)} They serve for ${found.topic.use}.${who}`,
  };
};

/** How much larger one box must be than the next for a guess about distance. */
const CLEARLY = 1.5;

const nearest: Ask = (_random, { objects }) => {
  for (const [category, group] of byCategory(objects)) {
    if (group.length < 2) continue;
    const [first, second] = [...group].sort((a, b) => area(b.box) - area(a.box));
    if (area(first!.box) < CLEARLY * area(second!.box)) continue;
    return {
      question: `Which of the ${plural(category)} is probably the closest to the camera?`,
      answer: `Things of one kind look larger the closer they are. Of the ${groupWords(category, group.length)}, the one at the ${place(first!.box)} takes up by far the most room. So that one is probably the closest.`,
    };
  }
  return null;
};

const balance: Ask = (_random, { objects }) => {
  const left = objects.filter((o) => centreX(o.box) < 0.45).length;
  const right = objects.filter((o) => centreX(o.box) > 0.55).length;
  if (left === right || objects.length < 3) return null;
  const [more, fewer, side, other] = left > right ? [left, right, 'left', 'right'] : [right, left, 'right', 'left'];
  return {
    question: 'If one had to add an object to even out the picture, on which side should it go?',
    answer: `The ${side} side has ${groupWords('object', more)} and the ${other} side has ${fewer === 0 ? 'no objects' : groupWords('object', fewer)}. The ${other} side has fewer, so it should go to the ${other}.`,
  };
};
