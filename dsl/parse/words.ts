import type { IToken } from 'chevrotain';
import { Colon, Equals, Identifier, LBrace, LineIdentifier } from './tokens.ts';

/** Three tokens that can only be the beginning of a block or a statement at the top: `stage NAME :`, `model NAME {`, `param NAME =`. */
export function isItemStart(token: IToken, next: IToken | undefined, after: IToken | undefined): boolean {
  if (token.tokenType !== LineIdentifier || !ITEM_WORDS.has(token.image)) return false;
  return next?.tokenType === Identifier && after !== undefined && [Colon, LBrace, Equals].includes(after.tokenType);
}

/** Words that begin a block or a statement at the top of a file. */
export const ITEM_WORDS: ReadonlySet<string> = new Set([
  'experiment',
  'param',
  'let',
  'import',
  'model',
  'dataset',
  'stage',
  'ablation',
  'sweep',
]);

/** Words that begin a statement inside a block, without `=`. */
export const VERB_WORDS: ReadonlySet<string> = new Set([
  'freeze',
  'unfreeze',
  'at',
  'checkpoint',
  'variant',
  'without',
  'assert',
]);

/** What may follow the patterns of `freeze` and `unfreeze`. */
export const OPTION_WORDS: ReadonlySet<string> = new Set(['lr', 'weight_decay', 'decay']);

/** Units that may stand apart from their number. */
export const UNIT_WORDS: ReadonlySet<string> = new Set([
  'usd',
  'epoch',
  'epochs',
  'step',
  'steps',
  's',
  'min',
  'h',
  'd',
  'K',
  'M',
  'B',
  'MiB',
  'GiB',
]);
