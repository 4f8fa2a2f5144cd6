import type { TemplateName } from '../../../dsl/plan/types.ts';
import type { Turn } from '../types.ts';
import { IMAGE_MARKER } from '../types.ts';
import type { Segment, Template } from './segment.ts';

/**
 * `{system} USER: {question} ASSISTANT: {answer}</s>USER: …`, with `separator` before ASSISTANT and after the system sentence. The space before an answer belongs to the answer, as byte-level and
 * SentencePiece tokenizers put it into the token of the word that follows.
 */
export function chatTemplate(name: TemplateName, system: string, separator: ' ' | '\n'): Template {
  const render = (turns: readonly Turn[]): Segment[] => {
    const segments: Segment[] = [{ kind: 'begin' }];
    // What the model does not say is joined into as few pieces as possible: a piece is tokenised by itself.
    let read = system === '' ? '' : `${system}${separator}`;
    const flush = (): void => {
      if (read !== '') segments.push({ kind: 'text', text: read, supervised: false });
      read = '';
    };
    for (const turn of turns) {
      if (turn.role === 'user') {
        const [first = '', ...rest] = turn.text.split(IMAGE_MARKER);
        read += `USER: ${first}`;
        for (const part of rest) {
          flush();
          segments.push({ kind: 'image' });
          read += part;
        }
        read += `${separator}ASSISTANT:`;
      } else {
        flush();
        segments.push({ kind: 'text', text: ` ${turn.text.trim()}`, supervised: turn.supervised });
        segments.push({ kind: 'end', supervised: turn.supervised });
      }
    }
    flush();
    return segments;
  };
  return { name, conversation: render, prompt: render };
}
