import type { TextTokenizer } from '../templates/encode.ts';
import type { LoadOptions, Resolve } from '../types.ts';

export interface TrainDataContext extends LoadOptions {
  resolve: Resolve;
  /** The stage's seed. */
  seed: number;
  /** Of the language model; of the contrastive text side for that objective. */
  tokenizer: TextTokenizer;
  /** Tokens that one picture becomes; any number where the objective has no pictures in its text. */
  imageTokens: number;
  /** Id at the places of image features. */
  imageTokenId: number;
}

/** Fills rows up; nothing is learnt there and nothing looks there, so any id would do. */
export function padIdOf(tokenizer: TextTokenizer): number {
  return tokenizer.specials.get('<pad>') ?? tokenizer.specials.get('</s>') ?? 0;
}

/** Numbers pictures by first use. */
export class ImageList {
  readonly paths: string[] = [];
  private readonly known = new Map<string, number>();

  /** Its number, or -1 for null. */
  add(path: string | null): number {
    if (path === null) return -1;
    let index = this.known.get(path);
    if (index === undefined) {
      index = this.paths.push(path) - 1;
      this.known.set(path, index);
    }
    return index;
  }
}
