import { createToken, Lexer } from 'chevrotain';
import type { TokenType } from 'chevrotain';

/**
 * The tokens of the language. There are no keywords: `model`, `from`, `freeze` are names that the grammar reads by their place,
 * so that an attribute or a block may be called the same as a verb.
 */
export const Blank = createToken({
  name: 'Blank',
  pattern: /[ \t\v\f\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]+/,
  group: 'trivia',
});
export const Newline = createToken({ name: 'Newline', pattern: /\r\n|\n|\r/, group: 'trivia', line_breaks: true });
export const Comment = createToken({ name: 'Comment', pattern: /\/\/[^\n\r]*/, group: 'trivia' });

export const Identifier = createToken({ name: 'Identifier', pattern: /[A-Za-z_][A-Za-z0-9_]*/ });
/** A name that begins a line inside a block or at the top: where a new entry starts, and where the parser picks up after an error. */
export const LineIdentifier = createToken({ name: 'LineIdentifier', pattern: Lexer.NA, categories: [Identifier] });
/** `58K`, `2e-5`, `3%`, `200/min`, `-2`: a number with its unit. */
export const NumberLiteral = createToken({
  name: 'Number',
  pattern: /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?:%|[A-Za-z_]+)?(?:\/[A-Za-z]+)?/,
});
export const StringLiteral = createToken({ name: 'String', pattern: /"(?:[^"\\\n\r]|\\[^\n\r])*"/ });
export const UnclosedString = createToken({
  name: 'UnclosedString',
  pattern: /"(?:[^"\\\n\r]|\\[^\n\r])*\\?/,
  categories: [StringLiteral],
});

export const LBrace = createToken({ name: 'LBrace', pattern: '{' });
export const RBrace = createToken({ name: 'RBrace', pattern: '}' });
export const LBracket = createToken({ name: 'LBracket', pattern: '[' });
export const RBracket = createToken({ name: 'RBracket', pattern: ']' });
export const LParen = createToken({ name: 'LParen', pattern: '(' });
export const RParen = createToken({ name: 'RParen', pattern: ')' });
export const Comparison = createToken({ name: 'Comparison', pattern: />=|<=|==|!=|>|</ });
export const Equals = createToken({ name: 'Equals', pattern: '=' });
export const Colon = createToken({ name: 'Colon', pattern: ':' });
export const Comma = createToken({ name: 'Comma', pattern: ',' });
export const Range = createToken({ name: 'Range', pattern: '..' });
export const Dot = createToken({ name: 'Dot', pattern: '.' });
export const Star = createToken({ name: 'Star', pattern: /[*×]/ });
export const Plus = createToken({ name: 'Plus', pattern: '+' });
/** What no other token matches, so that the lexer never fails and no byte is lost. */
export const Unknown = createToken({ name: 'Unknown', pattern: /[^\s]/ });

export const ALL_TOKENS: TokenType[] = [
  Blank,
  Newline,
  Comment,
  LineIdentifier,
  Identifier,
  NumberLiteral,
  StringLiteral,
  UnclosedString,
  LBrace,
  RBrace,
  LBracket,
  RBracket,
  LParen,
  RParen,
  Comparison,
  Equals,
  Colon,
  Comma,
  Range,
  Dot,
  Star,
  Plus,
  Unknown,
];

/** How a token is called in a message. */
export function describe(token: TokenType): string {
  const names: Record<string, string> = {
    Identifier: 'a name',
    LineIdentifier: 'a name',
    Number: 'a number',
    String: 'a string',
    LBrace: '`{`',
    RBrace: '`}`',
    LBracket: '`[`',
    RBracket: '`]`',
    LParen: '`(`',
    RParen: '`)`',
    Comparison: 'a comparison',
    Equals: '`=`',
    Colon: '`:`',
    Comma: '`,`',
    Range: '`..`',
    Dot: '`.`',
  };
  return names[token.name] ?? token.name;
}
