import { editDistance } from '../diagnostics/suggest.ts';

/**
 * Names that someone may have meant: those within a small edit distance, closest first.
 */
export function nearNames(word: string, candidates: readonly string[], most = 3): string[] {
  const allowed = Math.max(1, Math.floor(word.length / 3));
  return [...new Set(candidates)]
    .map((name) => ({ name, distance: nearness(word, name) }))
    .filter(({ distance }) => distance <= allowed)
    .sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1))
    .slice(0, most)
    .map(({ name }) => name);
}

/** Letter case is no difference; words that begin alike for most of the shorter one (`self_attention`, `self_attn`) are one step apart. */
function nearness(word: string, name: string): number {
  const a = word.toLowerCase();
  const b = name.toLowerCase();
  const alike = commonPrefix(a, b);
  const distance = editDistance(a, b);
  return alike >= 3 && alike >= (2 / 3) * Math.min(a.length, b.length) ? Math.min(1, distance) : distance;
}

function commonPrefix(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}
