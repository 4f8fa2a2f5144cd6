import { letterOf } from '../data/samples/science-qa.ts';

/** How an answer was read, or that it could not be. */
export type ParsedAnswer =
  { choice: number; how: 'sentence' | 'letter' | 'option' } | { choice: null; how: 'unparsable' };

const UNPARSABLE: ParsedAnswer = { choice: null, how: 'unparsable' };

/**
 * The choice that a model's answer to a ScienceQA question names. In this order, nothing else counts:
 * - `sentence`: "The answer is B." anywhere (the form that is trained; the first one when the answer comes first, and the only one
 *   otherwise: an answer that contradicts itself is unparsable);
 * - `letter`: the answer is nothing but a letter: "B", "B.", "(B)", "Answer: B", "B) south", "B. south";
 * - `option`: the answer is nothing but the text of one option.
 * A letter beyond the options is unparsable. Nothing is guessed: callers count unparsable answers as wrong and say how many there were.
 */
export function parseAnswer(text: string, choices: readonly string[]): ParsedAnswer {
  const letters = choices.map((_, i) => letterOf(i)).join('');
  const said = [
    ...text.matchAll(/\b[Tt]he (?:correct )?answer is:?\s*\(?([A-Z])(?:[.,;)]|\s*$|\s*\n|\s+BECAUSE\b)/g),
  ].map((m) => m[1]!);
  if (said.length > 0) return new Set(said).size === 1 ? letter(said[0]!, 'sentence') : UNPARSABLE;
  const trimmed = text.trim();
  const alone =
    /^\(?([A-Z])\)?[.:]?$/.exec(trimmed) ??
    /^\(?([A-Z])[.)]\s/.exec(trimmed) ??
    /^[Aa]nswer: ?\(?([A-Z])\)?\.?$/.exec(trimmed);
  if (alone !== null) return letter(alone[1]!, 'letter');
  const plain = bare(trimmed);
  const same = choices.flatMap((choice, i) => (bare(choice) === plain ? [i] : []));
  return same.length === 1 ? { choice: same[0]!, how: 'option' } : UNPARSABLE;

  function letter(name: string, how: 'sentence' | 'letter'): ParsedAnswer {
    const choice = letters.indexOf(name);
    return choice < 0 ? UNPARSABLE : { choice, how };
  }
}

function bare(text: string): string {
  return text.trim().replace(/\.$/, '').toLowerCase();
}
