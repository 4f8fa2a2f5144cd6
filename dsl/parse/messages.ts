import { EOF } from 'chevrotain';
import type { IParserErrorMessageProvider, IRecognitionException, IToken, TokenType } from 'chevrotain';
import type { Reporter } from '../diagnostics/diagnostic.ts';
import { textOf } from '../diagnostics/source.ts';
import type { Source, Span } from '../diagnostics/source.ts';
import { closest } from '../diagnostics/suggest.ts';
import {
  ALL_TOKENS,
  describe,
  Identifier,
  LBrace,
  LineIdentifier,
  LBracket,
  LParen,
  RBrace,
  RBracket,
  RParen,
} from './tokens.ts';
import { isItemStart, ITEM_WORDS, VERB_WORDS } from './words.ts';

/** chevrotain asks for texts while it parses; ours need the whole token list, so only the expected token's name is kept here. */
export const messageProvider: IParserErrorMessageProvider = {
  buildMismatchTokenMessage: ({ expected }) => expected.name,
  buildNotAllInputParsedMessage: () => '',
  buildNoViableAltMessage: () => '',
  buildEarlyExitMessage: () => '',
};

const OPENERS = new Map([
  [RBrace, LBrace],
  [RBracket, LBracket],
  [RParen, LParen],
]);

/**
 * Syntax errors → diagnostics. Of several on one line, or in one block whose brackets do not match, only the first: the others are
 * its consequences. Such lines and blocks are muted for the phases that follow.
 */
export function reportSyntaxErrors(
  errors: IRecognitionException[],
  tokens: IToken[],
  source: Source,
  reporter: Reporter,
): void {
  const broken = unbalancedItems(tokens, source);
  const mute: Span[] = [];
  const lines = new Set<number>();
  const sorted = [...errors].sort((a, b) => placeOf(a, source).start - placeOf(b, source).start);
  for (const error of sorted) {
    const at = missingAfter(error, tokens, source) ?? placeOf(error, source);
    const line = source.position(at.start).line;
    const item = broken.find((b) => at.start >= b.start && at.start <= b.end);
    if (lines.has(line) || (item !== undefined && mute.includes(item))) continue;
    lines.add(line);
    if (item !== undefined) mute.push(item);
    else mute.push(source.lineSpan(line));
    reportOne(error, tokens, source, reporter);
  }
  mute.forEach((span) => reporter.mute(span));
}

/** Top-level items, from their first word to the next item's, whose brackets do not match. */
function unbalancedItems(tokens: IToken[], source: Source): Span[] {
  const starts = tokens.filter((token, i) => isItemStart(token, tokens[i + 1], tokens[i + 2]));
  return starts.flatMap((token, i): Span[] => {
    const [start, end] = [token.startOffset, starts[i + 1]?.startOffset ?? source.text.length];
    const inside = tokens.filter((t) => t.startOffset >= start && t.startOffset < end);
    return bracketsMatch(inside) ? [] : [{ source, start, end }];
  });
}

function bracketsMatch(tokens: IToken[]): boolean {
  const open: TokenType[] = [];
  for (const { tokenType } of tokens) {
    if ([LBrace, LBracket, LParen].includes(tokenType)) open.push(tokenType);
    const opener = OPENERS.get(tokenType);
    if (opener !== undefined && open.pop() !== opener) return false;
  }
  return open.length === 0;
}

function reportOne(error: IRecognitionException, tokens: IToken[], source: Source, reporter: Reporter): void {
  const expected = ALL_TOKENS.find((type) => type.name === error.message);
  const rule = error.context.ruleStack.at(-1) ?? 'file';
  const actual = error.token;
  const previous = before(error, tokens);
  const at = placeOf(error, source);
  const found = actual.tokenType === EOF ? 'the end of the file' : `\`${actual.image}\``;

  const opener = expected === undefined ? undefined : OPENERS.get(expected);
  if (opener !== undefined && (actual.tokenType === EOF || expected !== RBrace || ITEM_WORDS.has(actual.image))) {
    const open = unclosed(tokens, actual);
    if (open !== undefined) {
      const closer = expected === RBrace ? '}' : expected === RBracket ? ']' : ')';
      reporter.report(
        'LLV0002',
        spanOf(open, source),
        { open: open.image, close: closer },
        {
          help: `write \`${closer}\` before ${found}`,
          related: [{ span: at, message: `found ${found} where \`${closer}\` was expected` }],
        },
      );
      return;
    }
  }
  if (actual.tokenType === RBrace && rule === 'file') return reporter.report('LLV0003', at, { found: '}' });
  if ((rule === 'segment' || rule === 'patterns') && previous !== undefined) {
    return reporter.report('LLV0007', at, { expected: 'a name', previous: previous.image, found });
  }
  const missing = missingAfter(error, tokens, source);
  if (missing !== null) {
    return reporter.report('LLV0004', missing, { what: textOf(missing) });
  }
  if (expected?.name === 'Equals' && previous !== undefined) {
    const words = error.context.ruleStack.includes('block') ? VERB_WORDS : ITEM_WORDS;
    const meant = closest(previous.image, words);
    if (meant !== null && meant !== previous.image) {
      return reporter.report(
        'LLV0005',
        spanOf(previous, source),
        { word: previous.image },
        { help: `did you mean \`${meant}\`?` },
      );
    }
    return reporter.report('LLV0006', at, { name: previous.image, found }, { help: `write \`${previous.image} = …\`` });
  }
  if (expected !== undefined && expected !== RBrace && previous !== undefined) {
    return reporter.report('LLV0007', at, { expected: describe(expected), previous: previous.image, found });
  }
  reporter.report('LLV0001', at, { found });
}

/** Names on top-level lines that were given up, and in the blocks that went with them. */
export function lostNames(errors: IRecognitionException[], tokens: IToken[]): Set<string> {
  const lost = new Set<string>();
  for (const error of errors) {
    if (error.context.ruleStack.includes('entry')) continue;
    const line = error.token.startLine ?? NaN;
    for (const token of [...tokens.filter((t) => t.startLine === line), ...(error.resyncedTokens ?? [])]) {
      if (token.tokenType === Identifier || token.tokenType === LineIdentifier) lost.add(token.image);
    }
  }
  return lost;
}

/** The token before the error; chevrotain gives none for tokens that it has thought in. */
function before(error: IRecognitionException, tokens: IToken[]): IToken | undefined {
  const index = error.token.tokenType === EOF ? tokens.length : tokens.indexOf(error.token);
  return index > 0 ? tokens[index - 1] : undefined;
}

/** The token after which a value is missing: the next one may stand lines below. Null for other errors. */
function missingAfter(error: IRecognitionException, tokens: IToken[], source: Source): Span | null {
  const previous = before(error, tokens);
  return error.context.ruleStack.at(-1) === 'value' && previous !== undefined ? spanOf(previous, source) : null;
}

/** Where an error is shown: its token, or the end of the text. */
export function placeOf(error: IRecognitionException, source: Source): Span {
  if (error.token.tokenType !== EOF && !Number.isNaN(error.token.startOffset)) return spanOf(error.token, source);
  const end = source.text.trimEnd().length;
  return { source, start: Math.max(0, end - 1), end: Math.max(1, end) };
}

function spanOf(token: IToken, source: Source): Span {
  return { source, start: token.startOffset, end: token.startOffset + token.image.length };
}

/**
 * The bracket that was left open just before `stop`. Where a `}` that begins a line closes a bracket of another line's indentation
 * than its own, that bracket is the one that was forgotten.
 */
function unclosed(tokens: IToken[], stop: IToken): IToken | undefined {
  const open: { token: IToken; indent: number }[] = [];
  let suspect: IToken | undefined;
  let line = 0;
  let indent = 0;
  for (const token of tokens) {
    if (token === stop) break;
    const first = token.startLine !== line;
    if (first) [line, indent] = [token.startLine ?? line, token.startColumn ?? 1];
    if ([LBrace, LBracket, LParen].includes(token.tokenType)) open.push({ token, indent });
    if (![RBrace, RBracket, RParen].includes(token.tokenType)) continue;
    const closed = open.pop();
    if (first && closed !== undefined && closed.indent !== indent && open.at(-1)?.indent === indent)
      suspect = closed.token;
  }
  return suspect ?? open.at(-1)?.token;
}
