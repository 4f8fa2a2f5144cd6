import { byteCharsToText, textToByteChars } from './bytes.ts';
import { pretokenize } from './pretokenize.ts';

export interface TokenizerTables {
  /** Token strings by id; bytes as characters (bytes.ts). */
  tokens: readonly string[];
  /** In order of rank: the lowest is applied first. */
  merges: readonly (readonly [string, string])[];
  specials: readonly string[];
}

const escapePattern = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');

/** Words seen before are looked up; the cache starts afresh when it is full. */
const CACHE_WORDS = 65_536;

/**
 * Byte-level BPE as in Hugging Face's tokenizers with ByteLevel(add_prefix_space) and Digits(individual): every text can be written,
 * nothing is ever unknown. Encoding adds no special tokens by itself.
 */
export class Tokenizer {
  readonly tokens: readonly string[];
  readonly merges: readonly (readonly [string, string])[];
  readonly specials: ReadonlyMap<string, number>;
  readonly #idOf: ReadonlyMap<string, number>;
  readonly #rankOf: ReadonlyMap<string, number>;
  readonly #specialPattern: RegExp | null;
  readonly #specialIds: ReadonlySet<number>;
  readonly #cache = new Map<string, readonly number[]>();

  constructor(tables: TokenizerTables) {
    this.tokens = tables.tokens;
    this.merges = tables.merges;
    this.#idOf = new Map(tables.tokens.map((token, id) => [token, id]));
    if (this.#idOf.size !== tables.tokens.length) throw new Error('a tokenizer holds the same token twice');
    this.#rankOf = new Map(tables.merges.map(([left, right], rank) => [`${left} ${right}`, rank]));
    for (const [left, right] of tables.merges)
      if (!this.#idOf.has(left + right))
        throw new Error(`the merge "${left} ${right}" makes a token that is not in the vocabulary`);
    this.specials = new Map(tables.specials.map((special) => [special, this.#idOf.get(special) ?? -1]));
    for (const [special, id] of this.specials) if (id < 0) throw new Error(`special token "${special}" has no id`);
    this.#specialIds = new Set(this.specials.values());
    // Longest first: a special token that begins another must not hide it.
    const spellings = [...tables.specials].sort((a, b) => b.length - a.length).map(escapePattern);
    this.#specialPattern = spellings.length > 0 ? new RegExp(spellings.join('|'), 'g') : null;
  }

  /** Tokens in all. */
  get size(): number {
    return this.tokens.length;
  }

  /** Id of a token by its spelling, e.g. `<image>`. Throws when there is none. */
  id(token: string): number {
    const id = this.#idOf.get(token);
    if (id === undefined) throw new Error(`the tokenizer has no token "${token}"`);
    return id;
  }

  /** Ids of a text; special tokens spelled in it become their ids, and the segments between them do not influence one another. */
  encode(text: string): number[] {
    const ids: number[] = [];
    for (const segment of this.segments(text)) {
      if (typeof segment === 'number') ids.push(segment);
      else this.#append(segment, ids);
    }
    return ids;
  }

  /** Ids of a text in which special tokens are ordinary characters: for what people wrote. */
  encodeText(text: string): number[] {
    const ids: number[] = [];
    this.#append(text, ids);
    return ids;
  }

  /** Text of ids: without special tokens unless asked for, and without the space that encoding put before the first word. */
  decode(ids: Iterable<number>, options: { keepSpecials?: boolean } = {}): string {
    let chars = '';
    for (const id of ids) {
      const token = this.tokens[id];
      if (token === undefined) throw new Error(`id ${id} is not in the vocabulary of ${this.size} tokens`);
      if (!this.#specialIds.has(id)) chars += token;
      else if (options.keepSpecials) chars += textToByteChars(token);
    }
    return byteCharsToText(chars).replace(/^ /, '');
  }

  /** The text cut at special tokens: ids of these, strings between them. */
  *segments(text: string): Generator<string | number> {
    let position = 0;
    if (this.#specialPattern)
      for (const match of text.matchAll(this.#specialPattern)) {
        if (match.index > position) yield text.slice(position, match.index);
        yield this.specials.get(match[0])!;
        position = match.index + match[0].length;
      }
    if (position < text.length) yield text.slice(position);
  }

  #append(text: string, ids: number[]): void {
    for (const word of pretokenize(text)) {
      let known = this.#cache.get(word);
      if (!known) {
        known = this.#encodeWord(word);
        if (this.#cache.size >= CACHE_WORDS) this.#cache.clear();
        this.#cache.set(word, known);
      }
      for (const id of known) ids.push(id);
    }
  }

  /** Apply the merge of lowest rank, at all its places from the left, until none is left. */
  #encodeWord(word: string): number[] {
    let parts = Array.from(word);
    while (parts.length > 1) {
      let best = Infinity;
      for (let i = 0; i + 1 < parts.length; i++)
        best = Math.min(best, this.#rankOf.get(`${parts[i]} ${parts[i + 1]}`) ?? Infinity);
      if (best === Infinity) break;
      const [left, right] = this.merges[best]!;
      const merged: string[] = [];
      for (let i = 0; i < parts.length; i++) {
        if (parts[i] === left && parts[i + 1] === right) {
          merged.push(left + right);
          i++;
        } else merged.push(parts[i]!);
      }
      parts = merged;
    }
    return parts.map((part) => this.id(part));
  }
}
