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

/** Letter case is no difference; a word that begins the name (`lang` for `language`, three letters or more) counts as one step. */
function nearness(word: string, name: string): number {
  const a = word.toLowerCase();
  const b = name.toLowerCase();
  if (a.length >= 3 && (b.startsWith(a) || a.startsWith(b))) return Math.min(1, editDistance(a, b));
  return editDistance(a, b);
}
