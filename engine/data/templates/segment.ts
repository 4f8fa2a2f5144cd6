import type { TemplateName } from '../../../dsl/plan/types.ts';
import type { Turn } from '../types.ts';

/**
 * A piece of a conversation as the model reads it. Labels follow from the pieces, so nothing has to be found again in the tokens.
 */
export type Segment =
  | { kind: 'text'; text: string; supervised: boolean }
  /** The picture: as many image tokens as the vision tower has features. */
  | { kind: 'image' }
  /** `<s>` where a document begins. */
  | { kind: 'begin' }
  /** `</s>` where an answer ends; learnt with the answer. */
  | { kind: 'end'; supervised: boolean };

/** How a conversation is written down: one file in this folder, one line in `index.ts`. */
export interface Template {
  name: TemplateName;
  /** The whole conversation, for training. */
  conversation(turns: readonly Turn[]): Segment[];
  /** All up to the place where the model's next answer begins; `turns` end with the user's. */
  prompt(turns: readonly Turn[]): Segment[];
}
