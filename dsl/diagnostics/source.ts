/** A text that diagnostics point into: an experiment file, or one `--set` argument. */
export class Source {
  readonly file: string;
  readonly text: string;
  /** What a path in this source is relative to: the experiment's folder, or the current directory for `--set`. */
  readonly origin: 'file' | 'set';
  readonly #lineStarts: number[];

  constructor(file: string, text: string, origin: 'file' | 'set' = 'file') {
    this.file = file;
    this.text = text;
    this.origin = origin;
    this.#lineStarts = [0];
    for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) === 10) this.#lineStarts.push(i + 1);
  }

  /** Line and column, both from 1; columns count UTF-16 units, as editors do. */
  position(offset: number): Position {
    const at = Math.max(0, Math.min(offset, this.text.length));
    let low = 0;
    let high = this.#lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#lineStarts[middle] ?? 0) <= at) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: at - (this.#lineStarts[low] ?? 0) + 1 };
  }

  /** A whole line; `line` counts from 1. */
  lineSpan(line: number): Span {
    const start = this.#lineStarts[line - 1] ?? this.text.length;
    return { source: this, start, end: start + this.line(line).length };
  }

  /** The line's text without its end; `line` counts from 1. */
  line(line: number): string {
    const start = this.#lineStarts[line - 1] ?? this.text.length;
    const end = this.#lineStarts[line] ?? this.text.length + 1;
    return this.text.slice(start, end - 1).replace(/\r$/, '');
  }
}

export interface Position {
  line: number;
  column: number;
}

/** Half-open range of a source's text. */
export interface Span {
  source: Source;
  start: number;
  end: number;
}

/** The smallest span that covers both. */
export function cover(first: Span, last: Span): Span {
  return { source: first.source, start: Math.min(first.start, last.start), end: Math.max(first.end, last.end) };
}

/** The text under a span. */
export function textOf(span: Span): string {
  return span.source.text.slice(span.start, span.end);
}
