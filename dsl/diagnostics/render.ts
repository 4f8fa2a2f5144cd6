import pc from 'picocolors';
import type { Diagnostic } from './diagnostic.ts';
import type { Span } from './source.ts';

export interface RenderOptions {
  color: boolean;
}

type Colors = ReturnType<typeof pc.createColors>;

/** Diagnostics for people: message, place, the source line underlined, related places, help. Ends with a newline unless empty. */
export function render(diagnostics: readonly Diagnostic[], options: RenderOptions): string {
  const colors = pc.createColors(options.color);
  return diagnostics.map((diagnostic) => renderOne(diagnostic, colors)).join('\n');
}

/** `2 errors, 1 warning`, or the empty string when there is nothing. */
export function summary(diagnostics: readonly Diagnostic[]): string {
  const parts = (['error', 'warning'] as const).flatMap((severity) => {
    const count = diagnostics.filter((d) => d.severity === severity).length;
    return count === 0 ? [] : [`${count} ${severity}${count === 1 ? '' : 's'}`];
  });
  return parts.join(', ');
}

function renderOne(diagnostic: Diagnostic, colors: Colors): string {
  const { severity, code, message, span, related, help } = diagnostic;
  const tone = severity === 'error' ? colors.red : colors.yellow;
  const spans = [span, ...related.map((r) => r.span)];
  const gutter = Math.max(...spans.map((s) => String(s.source.position(s.start).line).length));
  const lines = [
    `${colors.bold(tone(`${severity}[${code}]`))}${colors.bold(`: ${message}`)}`,
    `${' '.repeat(gutter)}${colors.cyan('-->')} ${place(span)}`,
    ...snippet(span, '', '^', tone, gutter, colors),
  ];
  for (const { span: other, message: note } of related) {
    lines.push(`${' '.repeat(gutter)}${colors.cyan(':::')} ${place(other)}`);
    lines.push(...snippet(other, note, '-', colors.cyan, gutter, colors));
  }
  if (help !== null) lines.push(`${' '.repeat(gutter)} ${colors.cyan('=')} ${colors.green('help')}: ${help}`);
  return `${lines.join('\n')}\n`;
}

/** `file:line:column`, both from 1. */
function place(span: Span): string {
  const { line, column } = span.source.position(span.start);
  return `${span.source.file}:${line}:${column}`;
}

/** The first line of a span, underlined; tabs become one blank so that the marks stand below their text. */
function snippet(
  span: Span,
  note: string,
  mark: string,
  tone: (text: string) => string,
  gutter: number,
  colors: Colors,
): string[] {
  const start = span.source.position(span.start);
  const end = span.source.position(span.end);
  const text = span.source.line(start.line).replaceAll('\t', ' ');
  const last = end.line === start.line ? end.column : text.length + 1;
  const width = Math.max(1, last - start.column);
  const bar = colors.cyan('|');
  const marks = `${' '.repeat(start.column - 1)}${tone(mark.repeat(width))}${note === '' ? '' : ` ${tone(note)}`}`;
  return [
    `${colors.cyan(String(start.line).padStart(gutter))} ${bar} ${text}`.trimEnd(),
    `${' '.repeat(gutter)} ${bar} ${marks}`,
  ];
}
