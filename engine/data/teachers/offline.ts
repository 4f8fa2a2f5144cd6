import { Random } from '../../world/random.ts';
import { conversation } from './conversation.ts';
import { detail } from './detail.ts';
import { DETAIL_QUESTIONS } from './questions.ts';
import { complexReasoning } from './reasoning.ts';
import type { Teacher } from './types.ts';
import { worldConversation, worldDetail, worldReasoning } from './world-facts.ts';

/**
 * A teacher that needs no network: templates over captions and boxes, with a table of everyday knowledge (and the mini world's facts where
 * the categories are the mini world's). The same seed gives the same text.
 * @param categories all category names of the data set, for questions about what is absent
 */
export function offlineTeacher(seed: number, categories: readonly string[]): Teacher {
  return {
    width: 1,
    write({ kind, context, stream }) {
      const random = new Random(seed, stream);
      if (context.objects.length === 0 && context.captions.length === 0) return Promise.resolve(null);
      switch (kind) {
        case 'conversation': {
          const turns = worldConversation(random, context) ?? conversation(random, context, categories);
          return Promise.resolve(turns.length > 0 ? turns : null);
        }
        case 'detail': {
          const answer = worldDetail(context) ?? detail(random, context);
          return Promise.resolve([{ question: random.pick(DETAIL_QUESTIONS), answer }]);
        }
        case 'complex_reasoning': {
          const turn = worldReasoning(random, context) ?? complexReasoning(random, context);
          return Promise.resolve(turn ? [turn] : null);
        }
      }
    },
  };
}
