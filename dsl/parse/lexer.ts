import { Lexer } from 'chevrotain';
import type { IToken } from 'chevrotain';
import {
  ALL_TOKENS,
  Identifier,
  LBrace,
  LBracket,
  LineIdentifier,
  LParen,
  RBrace,
  RBracket,
  RParen,
  Unknown,
} from './tokens.ts';

const lexer = new Lexer(ALL_TOKENS, { positionTracking: 'full', ensureOptimizations: false });

export interface Tokens {
  /** What the grammar reads, in order. */
  tokens: IToken[];
  /** Blanks, line ends and comments, in order. */
  trivia: IToken[];
  /** Characters that the language does not know, in order; the grammar does not see them. */
  unknown: IToken[];
}

/**
 * Text → tokens. Never fails. Names that begin a line outside brackets become `LineIdentifier`.
 * Tokens, trivia and unknown characters together cover the text byte for byte.
 */
export function tokenise(text: string): Tokens {
  const result = lexer.tokenize(text);
  const tokens = result.tokens.filter((token) => token.tokenType !== Unknown);
  const unknown = result.tokens.filter((token) => token.tokenType === Unknown);
  const brackets: IToken[] = [];
  let lastLine = 0;
  for (const token of tokens) {
    const line = token.startLine ?? 0;
    const closing = token.tokenType === RBrace || token.tokenType === RBracket || token.tokenType === RParen;
    const outside = brackets.length === 0 || brackets.at(-1)?.tokenType === LBrace;
    if (token.tokenType === Identifier && line > lastLine && outside) {
      token.tokenType = LineIdentifier;
      token.tokenTypeIdx = LineIdentifier.tokenTypeIdx!;
    }
    if (token.tokenType === LBrace || token.tokenType === LBracket || token.tokenType === LParen) brackets.push(token);
    // A closing brace also closes brackets that were left open inside its block.
    if (closing) {
      if (token.tokenType === RBrace)
        while (brackets.length > 0 && brackets.at(-1)?.tokenType !== LBrace) brackets.pop();
      brackets.pop();
    }
    lastLine = token.endLine ?? line;
  }
  return { tokens, trivia: result.groups['trivia'] ?? [], unknown };
}
