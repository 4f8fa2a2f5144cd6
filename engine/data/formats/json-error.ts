/** Where and why a text is not JSON. */
export interface JsonFault {
  /** UTF-16 index in the text. */
  index: number;
  /** e.g. `expected "," or "}"`, without a full stop. */
  reason: string;
  /** The text ends before the value does. */
  truncated: boolean;
}

class Fault extends Error {
  readonly index: number;
  constructor(index: number, reason: string) {
    super(reason);
    this.index = index;
  }
}

/**
 * The first place at which `text` stops being one JSON value (RFC 8259), or null where it is one.
 * JSON.parse leaves the position out of some of its messages, so this slow walk runs once a parse has failed.
 */
export function findJsonFault(text: string): JsonFault | null {
  try {
    const end = skipBlanks(text, value(text, skipBlanks(text, 0), 0));
    if (end < text.length) throw new Fault(end, 'more text follows after the end of the value');
    return null;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { index: error.index, reason: error.message, truncated: error.index >= text.length };
  }
}

function skipBlanks(text: string, at: number): number {
  while (at < text.length && ' \t\n\r'.includes(text[at]!)) at++;
  return at;
}

/** Index after the value that begins at `at`. */
function value(text: string, at: number, depth: number): number {
  if (depth > 2000) throw new Fault(at, 'nested more than 2,000 levels deep');
  const c = text[at];
  if (c === undefined) throw new Fault(at, 'a value is missing');
  if (c === '"') return string(text, at);
  if (c === '{') {
    return list(text, at, '}', (i) => {
      if (text[i] !== '"') throw new Fault(i, 'expected a key in double quotes');
      const colon = skipBlanks(text, string(text, i));
      if (text[colon] !== ':') throw new Fault(colon, `expected ":" after the key${found(text[colon])}`);
      return value(text, skipBlanks(text, colon + 1), depth + 1);
    });
  }
  if (c === '[') return list(text, at, ']', (i) => value(text, i, depth + 1));
  for (const word of ['true', 'false', 'null']) if (text.startsWith(word, at)) return at + word.length;
  const number = /-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;
  number.lastIndex = at;
  if (number.test(text)) return number.lastIndex;
  if ('-tfn'.includes(c) && at + 5 > text.length) throw new Fault(text.length, 'a value is cut off');
  throw new Fault(at, `expected a value, found ${show(c)}`);
}

function list(text: string, open: number, close: string, entry: (at: number) => number): number {
  let at = skipBlanks(text, open + 1);
  if (text[at] === close) return at + 1;
  for (;;) {
    at = skipBlanks(text, entry(at));
    if (text[at] === close) return at + 1;
    if (text[at] !== ',') throw new Fault(at, `expected "," or "${close}"${found(text[at])}`);
    at = skipBlanks(text, at + 1);
    if (text[at] === close) throw new Fault(at, `a "," stands before "${close}"`);
  }
}

function string(text: string, open: number): number {
  for (let i = open + 1; i < text.length; i++) {
    const c = text[i]!;
    if (c === '"') return i + 1;
    if (c < ' ') throw new Fault(i, 'a line break or control character inside a string');
    if (c !== '\\') continue;
    i++;
    if (i >= text.length) break;
    if (text[i] === 'u') {
      if (!/^[0-9a-fA-F]{4}$/.test(text.slice(i + 1, i + 5)) && i + 5 <= text.length)
        throw new Fault(i, 'a \\u without four hex digits');
      i += 4;
    } else if (!'"\\/bfnrt'.includes(text[i]!)) {
      throw new Fault(i, `an unknown escape \\${text[i]!}`);
    }
  }
  throw new Fault(text.length, 'a string has no closing quote');
}

function found(c: string | undefined): string {
  return c === undefined ? '' : `, found ${show(c)}`;
}

function show(c: string): string {
  return c < ' ' || c > '~'
    ? `the character U+${c.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`
    : `"${c}"`;
}
