import type { CstNode, IRecognitionException } from 'chevrotain';
import type { Reporter } from '../diagnostics/diagnostic.ts';
import type { Source, Span } from '../diagnostics/source.ts';
import type { File, Path, Value } from '../syntax/ast.ts';
import { buildFile, buildSetting } from '../syntax/build.ts';
import { losslessTree } from '../syntax/tree.ts';
import type { SyntaxNode } from '../syntax/tree.ts';
import { Grammar } from './grammar.ts';
import { tokenise } from './lexer.ts';
import { lostNames, placeOf, reportSyntaxErrors } from './messages.ts';
import { UnclosedString } from './tokens.ts';

const grammar = new Grammar();

export interface Parsed {
  file: File;
  /** Every byte of the text: tokens, blanks, comments. */
  tree: SyntaxNode;
  /** Names that may have been declared by lines that did not parse: nothing is said about references to them. */
  lost: ReadonlySet<string>;
}

/** Text → trees. Never throws; problems go to the reporter, one for each mistake. */
export function parse(source: Source, reporter: Reporter): Parsed {
  const { root, lexed, errors } = read(source, 'file');
  for (const run of runs(lexed.unknown, source)) {
    reporter.report('LLV0008', run, { text: source.text.slice(run.start, run.end) });
  }
  for (const token of lexed.tokens.filter((t) => t.tokenType === UnclosedString)) {
    reporter.report('LLV0009', { source, start: token.startOffset, end: token.startOffset + token.image.length });
  }
  reportSyntaxErrors(errors, lexed.tokens, source, reporter);
  const file = buildFile(
    root,
    source,
    errors.map((error) => placeOf(error, source).start),
  );
  return { file, tree: losslessTree(root, lexed), lost: lostNames(errors, lexed.tokens) };
}

/** `path = value` → its two parts, or null when it does not read as such (the caller then takes the value as bare text). */
export function parseSetting(source: Source): { path: Path; value: Value } | null {
  const { root, lexed, errors } = read(source, 'setting');
  if (errors.length > 0 || lexed.unknown.length > 0) return null;
  return buildSetting(root, source);
}

function read(source: Source, rule: 'file' | 'setting') {
  const lexed = tokenise(source.text);
  grammar.input = lexed.tokens;
  const root: CstNode = grammar[rule]();
  const errors: IRecognitionException[] = [...grammar.errors];
  return { root, lexed, errors };
}

/** Neighbouring unknown characters, as one span each. */
function runs(unknown: { startOffset: number; image: string }[], source: Source): Span[] {
  const spans: Span[] = [];
  for (const { startOffset: start, image } of unknown) {
    const last = spans.at(-1);
    if (last?.end === start) last.end += image.length;
    else spans.push({ source, start, end: start + image.length });
  }
  return spans;
}
