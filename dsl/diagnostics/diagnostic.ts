import { CATALOGUE } from './catalogue.ts';
import type { Code } from './catalogue.ts';
import type { Severity } from './entry.ts';
import type { Position, Span } from './source.ts';

/** One problem: what, where, and how to mend it. */
export interface Diagnostic {
  code: Code;
  severity: Severity;
  message: string;
  span: Span;
  /** How to mend it, or null. */
  help: string | null;
  related: { span: Span; message: string }[];
}

/** The `--json` form of a diagnostic. */
export interface DiagnosticJson {
  code: string;
  severity: Severity;
  message: string;
  file: string;
  start: Position;
  end: Position;
  help: string | null;
  related: { file: string; start: Position; end: Position; message: string }[];
}

export interface ReportOptions {
  help?: string | null;
  related?: { span: Span; message: string }[];
  /** Diagnostics with the same key are one: later places are added to the first as related ones. */
  once?: string;
}

/** Collects diagnostics; the same code at the same place is kept once (variants repeat what the base has said). */
export class Reporter {
  readonly #seen = new Map<string, Diagnostic>();
  readonly #muted: Span[] = [];

  /** Adds a problem: `params` fill the `{placeholders}` of the catalogue's message. */
  report(code: Code, span: Span, params: Record<string, string | number> = {}, options: ReportOptions = {}): void {
    if (this.#muted.some((m) => m.source === span.source && span.start >= m.start && span.start <= m.end)) return;
    const entry = CATALOGUE[code];
    const message = entry.message.replace(/\{(\w+)\}/g, (_, name: string) => String(params[name] ?? ''));
    const place = `${code} ${span.source.file} ${span.start} ${span.end}`;
    const key = options.once === undefined ? place : `${code} ${options.once}`;
    const first = this.#seen.get(key);
    if (first !== undefined) {
      const known = [first.span, ...first.related.map((r) => r.span)];
      const isNew = !known.some((s) => s.source === span.source && s.start === span.start);
      if (options.once !== undefined && isNew) first.related.push({ span, message: 'also here' });
      return;
    }
    const { help = null, related = [] } = options;
    this.#seen.set(key, { code, severity: entry.severity, message, span, help, related });
  }

  /** From now on nothing is said about this stretch: its syntax is broken, and what seems wrong there follows from that. */
  mute(span: Span): void {
    this.#muted.push(span);
  }

  /** In order of file and place. */
  get diagnostics(): Diagnostic[] {
    const files = [...new Set([...this.#seen.values()].map((d) => d.span.source.file))];
    return [...this.#seen.values()].sort(
      (a, b) =>
        files.indexOf(a.span.source.file) - files.indexOf(b.span.source.file) ||
        a.span.start - b.span.start ||
        a.span.end - b.span.end ||
        a.code.localeCompare(b.code),
    );
  }

  get hasErrors(): boolean {
    return [...this.#seen.values()].some((d) => d.severity === 'error');
  }
}

/** The form that `--json` prints, lines and columns from 1. */
export function toJson(diagnostic: Diagnostic): DiagnosticJson {
  const { code, severity, message, span, help } = diagnostic;
  return {
    code,
    severity,
    message,
    ...place(span),
    help,
    related: diagnostic.related.map((r) => ({ ...place(r.span), message: r.message })),
  };
}

function place(span: Span): { file: string; start: Position; end: Position } {
  return { file: span.source.file, start: span.source.position(span.start), end: span.source.position(span.end) };
}
