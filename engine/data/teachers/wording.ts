const NUMBERS = [
  'no',
  'one',
  'two',
  'three',
  'four',
  'five',
  'six',
  'seven',
  'eight',
  'nine',
  'ten',
  'eleven',
  'twelve',
];

const IRREGULAR: Record<string, string> = {
  person: 'people',
  man: 'men',
  woman: 'women',
  child: 'children',
  mouse: 'mice',
  knife: 'knives',
  sheep: 'sheep',
  skis: 'skis',
  scissors: 'scissors',
  broccoli: 'broccoli',
};

/** Categories that are plural, or have no number, already: no article. */
const PLURAL = new Set(['skis', 'scissors', 'broccoli']);

export const numberWord = (n: number): string => NUMBERS[n] ?? String(n);

/** Plural of the last word: `wine glasses`, `people`, `baseball bats`. */
export function plural(noun: string): string {
  const words = noun.split(' ');
  const last = words.pop() ?? '';
  const regular = /(s|x|z|ch|sh)$/.test(last)
    ? `${last}es`
    : /[^aeiou]y$/.test(last)
      ? `${last.slice(0, -1)}ies`
      : `${last}s`;
  return [...words, IRREGULAR[last] ?? regular].join(' ');
}

/** `a cup`, `an umbrella`, `scissors`. */
export function withArticle(noun: string): string {
  if (PLURAL.has(noun)) return noun;
  return `${/^[aeiou]/i.test(noun) ? 'an' : 'a'} ${noun}`;
}

/** `a cup` for one, `three cups` for more. */
export function counted(noun: string, n: number): string {
  return n === 1 ? withArticle(noun) : `${numberWord(n)} ${plural(noun)}`;
}

export const isOrAre = (noun: string, n: number): string => (n === 1 && !PLURAL.has(noun) ? 'is' : 'are');

/** `a`, `a and b`, `a, b and c`. */
export function listing(parts: readonly string[]): string {
  if (parts.length < 2) return parts.join('');
  return `${parts.slice(0, -1).join(', ')} and ${parts[parts.length - 1]!}`;
}

/** A caption as a sentence: first letter large, full stop, no shouting. */
export function sentence(caption: string): string {
  const calm = caption === caption.toUpperCase() ? caption.toLowerCase() : caption;
  const trimmed = calm
    .trim()
    .replace(/\s+([.,;!?])/g, '$1')
    .replace(/[.\s]+$/, '');
  return `${trimmed.charAt(0).toUpperCase()}${trimmed.slice(1)}${/[!?]$/.test(trimmed) ? '' : '.'}`;
}
