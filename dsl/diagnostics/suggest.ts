/** Damerau–Levenshtein distance (optimal string alignment): edits, and swaps of neighbours, that turn `a` into `b`. */
export function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min(rows[i - 1]![j]! + 1, row[j - 1]! + 1, rows[i - 1]![j - 1]! + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, rows[i - 2]![j - 2]! + 1);
      row.push(best);
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]!;
}

/** The candidate that a writer probably meant, or null: at most a third of the letters may differ. */
export function closest(word: string, candidates: Iterable<string>): string | null {
  let best: string | null = null;
  let distance = Math.max(1, Math.floor(Math.max(word.length, 3) / 3)) + 1;
  for (const candidate of candidates) {
    const d = candidate.toLowerCase() === word.toLowerCase() ? 0 : editDistance(word, candidate);
    if (d < distance) [best, distance] = [candidate, d];
  }
  return best;
}

/** A help line: ``did you mean `language`?``, or else the list of what is there, or null when there is nothing. */
export function didYouMean(word: string, candidates: Iterable<string>, what: string): string | null {
  const all = [...new Set(candidates)];
  const best = closest(word, all);
  if (best !== null) return `did you mean \`${best}\`?`;
  return all.length === 0 ? null : `${what}: ${listOf(all)}`;
}

/** `a, b or c`, cut after twenty. */
export function listOf(words: readonly string[], last = 'or'): string {
  const shown = words.slice(0, 20);
  if (words.length > 20) return `${shown.join(', ')}, … (${words.length} in all)`;
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} ${last} ${shown.at(-1) ?? ''}`;
}
