/**
 * Module path patterns: how a freeze rule names parameters.
 *
 *   pattern = segment { "." segment }
 *   segment = ( name | "*" | integer ) [ "[" index "]" ]
 *   index   = "*" | integer | [ integer ] ".." [ integer ]
 *
 * A pattern names everything at and below the place it leads to: `vision`, `language.layers[0..15].self_attn`,
 * `vision.layers[-2..]`, `language.*.3.mlp`. Both ends of a range belong to it; negative numbers count from the end (-1 is the last).
 */
export interface Pattern {
  text: string;
  segments: Segment[];
}

export interface Segment {
  /** A name, `*`, or a number as written. */
  name: string;
  index: IndexSelector | null;
  /** Offsets in the pattern's text: [start, end). */
  start: number;
  end: number;
}

/** `first` and `last` are as written (perhaps negative); null is the open end of a range. */
export type IndexSelector =
  { kind: 'all' } | { kind: 'range'; first: number | null; last: number | null; start: number; end: number };

export type ParsedPattern = { ok: true; pattern: Pattern } | { ok: false; message: string; start: number; end: number };

const name = /[A-Za-z_][A-Za-z0-9_]*|\*|\d+/y;
const index = /\[\s*(?:(\*)|(-?\d+)?\s*(\.\.)?\s*(-?\d+)?)\s*\]/y;

export function parsePattern(text: string): ParsedPattern {
  const segments: Segment[] = [];
  let at = 0;
  for (;;) {
    const start = at;
    const found = take(name, text, at);
    if (!found) {
      const what =
        segments.length === 0 ? 'a module path begins with a name or `*`' : 'a name, a number or `*` follows the dot';
      return { ok: false, message: what, start, end: Math.min(start + 1, Math.max(text.length, start)) };
    }
    at += found[0].length;
    let selector: IndexSelector | null = null;
    if (text[at] === '[') {
      selector = readIndex(text, at);
      if (!selector) {
        const close = text.indexOf(']', at);
        const end = close < 0 ? text.length : close + 1;
        return {
          ok: false,
          message: 'an index is `[3]`, `[-1]`, `[0..15]`, `[-2..]`, `[..3]` or `[*]`',
          start: at,
          end,
        };
      }
      at += take(index, text, at)![0].length;
    }
    segments.push({ name: found[0], index: selector, start, end: at });
    if (at === text.length) return { ok: true, pattern: { text, segments } };
    if (text[at] !== '.')
      return { ok: false, message: 'the parts of a module path are separated by dots', start: at, end: at + 1 };
    at += 1;
  }
}

function readIndex(text: string, at: number): IndexSelector | null {
  const found = take(index, text, at);
  if (!found) return null;
  const [whole, star, left, dots, right] = found;
  if (star) return { kind: 'all' };
  const where = { start: at, end: at + whole.length };
  const first = left === undefined ? null : Number(left);
  const last = right === undefined ? null : Number(right);
  if (dots) return { kind: 'range', first, last, ...where };
  // Without dots the expression above can match nothing at all, or two numbers side by side: neither is an index.
  return first !== null && last === null ? { kind: 'range', first, last: first, ...where } : null;
}

function take(expression: RegExp, text: string, at: number): RegExpExecArray | null {
  expression.lastIndex = at;
  return expression.exec(text);
}
