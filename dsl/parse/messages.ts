import { EOF } from 'chevrotain';
import type { IParserErrorMessageProvider, IRecognitionException, IToken } from 'chevrotain';
import type { Reporter } from '../diagnostics/diagnostic.ts';
import type { Source, Span } from '../diagnostics/source.ts';
import { closest } from '../diagnostics/suggest.ts';
import { ALL_TOKENS, describe, LBrace, LBracket, LParen, RBrace, RBracket, RParen } from './tokens.ts';
import { ITEM_WORDS, VERB_WORDS } from './words.ts';

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

/** Syntax errors → diagnostics; of several on one line only the first, the others are its consequences. */
export function reportSyntaxErrors(
  errors: IRecognitionException[],
  tokens: IToken[],
  source: Source,
  reporter: Reporter,
): void {
  const lines = new Set<number>();
  const sorted = [...errors].sort((a, b) => placeOf(a, source).start - placeOf(b, source).start);
  for (const error of sorted) {
    const line = source.position(placeOf(error, source).start).line;
    if (lines.has(line)) continue;
    lines.add(line);
    reportOne(error, tokens, source, reporter);
  }
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
  if (rule === 'value' && previous !== undefined) {
    return reporter.report('LLV0004', spanOf(previous, source), { what: previous.image, found });
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
  if (expected !== undefined && previous !== undefined) {
    return reporter.report('LLV0007', at, { expected: describe(expected), previous: previous.image, found });
  }
  reporter.report('LLV0001', at, { found });
}

/** Names on top-level lines that were given up, and in the blocks that went with them. */
export function lostNames(errors: IRecognitionException[], tokens: IToken[]): Set<string> {
  const lost = new Set<string>();
  for (const error of errors) {
    if (error.context.ruleStack.includes('block')) continue;
    for (const token of [before(error, tokens), error.token, ...(error.resyncedTokens ?? [])]) {
      if (token !== undefined && token.image !== '') lost.add(token.image);
    }
  }
  return lost;
}

/** The token before the error; chevrotain gives none for tokens that it has thought in. */
function before(error: IRecognitionException, tokens: IToken[]): IToken | undefined {
  const index = error.token.tokenType === EOF ? tokens.length : tokens.indexOf(error.token);
  return index > 0 ? tokens[index - 1] : undefined;
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

/** The innermost bracket that is still open just before `stop`. */
function unclosed(tokens: IToken[], stop: IToken): IToken | undefined {
  const open: IToken[] = [];
  for (const token of tokens) {
    if (token === stop) break;
    if ([LBrace, LBracket, LParen].includes(token.tokenType)) open.push(token);
    if ([RBrace, RBracket, RParen].includes(token.tokenType)) open.pop();
  }
  return open.at(-1);
}
