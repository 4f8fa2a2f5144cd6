import { textToByteChars } from './bytes.ts';

/** GPT-2's word pattern: contractions, letters, digits, other signs, each with at most one space before it; then left-over spaces. */
const WORDS = /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;

/** Any digit is a word of its own; as Hugging Face's `Digits`, which sees the byte characters. */
const DIGITS = /\p{N}|\P{N}+/gu;

/**
 * Words of a text that holds no special tokens, in byte characters. One space is put before the text unless it begins with one,
 * so that a word is the same token at the start of a segment and within it. Merges never cross words.
 */
export function pretokenize(text: string): string[] {
  if (text === '') return [];
  const words: string[] = [];
  for (const [word] of (text.startsWith(' ') ? text : ` ${text}`).matchAll(WORDS)) {
    const chars = textToByteChars(word);
    const parts = chars.match(DIGITS)!;
    if (parts.length === 1) words.push(chars);
    else words.push(...parts);
  }
  return words;
}
