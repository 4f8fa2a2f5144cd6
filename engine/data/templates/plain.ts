import type { Turn } from '../types.ts';
import { IMAGE_MARKER } from '../types.ts';
import type { Segment, Template } from './segment.ts';

/** `<image> {caption}</s>`: the picture and what is said of it, no questions; LLaVA 1.5 aligns with it. */
export const plain: Template = {
  name: 'plain',
  conversation: (turns) => [
    ...opening(turns),
    ...turns
      .filter((turn) => turn.role === 'assistant')
      .flatMap((turn): Segment[] => [
        { kind: 'text', text: ` ${turn.text.trim()}`, supervised: turn.supervised },
        { kind: 'end', supervised: turn.supervised },
      ]),
  ],
  prompt: opening,
};

function opening(turns: readonly Turn[]): Segment[] {
  const hasImage = turns.some((turn) => turn.text.includes(IMAGE_MARKER));
  return hasImage ? [{ kind: 'begin' }, { kind: 'image' }] : [{ kind: 'begin' }];
}
