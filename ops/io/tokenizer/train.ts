import { BYTE_ALPHABET } from './bytes.ts';
import { pretokenize } from './pretokenize.ts';
import { Tokenizer } from './tokenizer.ts';

export const DEFAULT_SPECIALS: readonly string[] = ['<pad>', '<s>', '</s>', '<image>'];

export interface TrainBpeOptions {
  /** Tokens in all, at least specials + 256. Fewer come out when the texts have no pair left that occurs twice. */
  vocab: number;
  /** In the order of their ids, from 0. */
  specials?: readonly string[];
}

/**
 * Learn byte-pair merges (Sennrich et al. 2016, algorithm 1) within words. Ids: specials, the 256 bytes, then merges in the order learnt.
 * Ties go to the pair with the lower ids, so equal texts give an equal tokenizer whatever their order. Special tokens spelled in the
 * texts are left out.
 */
export function trainBpe(texts: Iterable<string>, options: TrainBpeOptions): Tokenizer {
  const specials = options.specials ?? DEFAULT_SPECIALS;
  const smallest = specials.length + BYTE_ALPHABET.length;
  if (!Number.isInteger(options.vocab) || options.vocab < smallest)
    throw new Error(
      `a byte-level vocabulary needs at least ${smallest} tokens (${specials.length} special, 256 bytes), not ${options.vocab}`,
    );
  const tokens = [...specials, ...BYTE_ALPHABET];
  const idOf = new Map(tokens.map((token, id) => [token, id]));
  const bare = new Tokenizer({ tokens, merges: [], specials });
  const counts = new Map<string, number>();
  for (const text of texts)
    for (const segment of bare.segments(text))
      if (typeof segment === 'string')
        for (const word of pretokenize(segment)) counts.set(word, (counts.get(word) ?? 0) + 1);

  const table = new PairTable();
  for (const [word, count] of counts)
    if (word.length > 1)
      table.addWord(
        Array.from(word, (char) => idOf.get(char)!),
        count,
      );
  const merges: [string, string][] = [];
  while (tokens.length < options.vocab) {
    const best = table.best();
    if (!best) break;
    const merged = tokens[best.left]! + tokens[best.right]!;
    merges.push([tokens[best.left]!, tokens[best.right]!]);
    // Two ways to the same string share its token, so that a token's text is unique.
    let id = idOf.get(merged);
    if (id === undefined) {
      id = tokens.length;
      idOf.set(merged, id);
      tokens.push(merged);
    }
    table.merge(best.left, best.right, id);
  }
  return new Tokenizer({ tokens, merges, specials });
}

interface Pair {
  left: number;
  right: number;
  count: number;
  words: Set<number>;
}

/** Pair counts over the distinct words, kept up to date as pairs are merged. */
class PairTable {
  readonly #words: { ids: number[]; count: number }[] = [];
  readonly #pairs = new Map<number, Pair>();

  addWord(ids: number[], count: number): void {
    const index = this.#words.push({ ids, count }) - 1;
    this.#count(index, 1);
  }

  /** The most frequent pair that occurs at least twice. */
  best(): Pair | null {
    let best: Pair | null = null;
    for (const pair of this.#pairs.values()) {
      if (pair.count < 2) continue;
      if (
        !best ||
        pair.count > best.count ||
        (pair.count === best.count && (pair.left - best.left || pair.right - best.right) < 0)
      )
        best = pair;
    }
    return best;
  }

  /** Replace the pair by `id` in every word that has it. */
  merge(left: number, right: number, id: number): void {
    for (const index of [...(this.#pairs.get(key(left, right))?.words ?? [])]) {
      const word = this.#words[index]!;
      this.#count(index, -1);
      word.ids = mergePair(word.ids, left, right, id);
      this.#count(index, 1);
    }
  }

  #count(index: number, sign: 1 | -1): void {
    const { ids, count } = this.#words[index]!;
    for (let i = 0; i + 1 < ids.length; i++) {
      const [left, right] = [ids[i]!, ids[i + 1]!];
      let pair = this.#pairs.get(key(left, right));
      if (!pair) this.#pairs.set(key(left, right), (pair = { left, right, count: 0, words: new Set() }));
      pair.count += sign * count;
      if (sign > 0) pair.words.add(index);
      else pair.words.delete(index);
      if (pair.count === 0) this.#pairs.delete(key(left, right));
    }
  }
}

/** Ids stay below 2^26, so a pair is an exact double. */
const key = (left: number, right: number): number => left * 2 ** 26 + right;

/** `ids` with each occurrence of the pair replaced, from left to right. */
export function mergePair(ids: readonly number[], left: number, right: number, merged: number): number[] {
  const out: number[] = [];
  for (let i = 0; i < ids.length; i++) {
    if (ids[i] === left && ids[i + 1] === right) {
      out.push(merged);
      i++;
    } else out.push(ids[i]!);
  }
  return out;
}
