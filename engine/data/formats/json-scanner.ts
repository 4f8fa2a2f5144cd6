import { findJsonFault } from './json-error.ts';

/** One value of a JSON file, delivered as soon as it has been read. */
export interface JsonEntry {
  /** Key in the root object; null where the root is a list. */
  key: string | null;
  /** Place in the list it stands in; −1 where it is the value of a root key. */
  index: number;
  value: unknown;
  /** Offset of its first byte in the file. */
  byte: number;
  /** From 1. */
  line: number;
}

export interface ScanOptions {
  root: 'list' | 'object';
  /** Root keys whose list is delivered entry by entry; the other keys are then skipped. */
  lists?: readonly string[];
  visit(entry: JsonEntry): void;
}

/** What is wrong with the bytes; `readJsonEntries` adds the path and makes a DataError of it. */
export class ScanFault extends Error {
  readonly byte: number;
  readonly line: number;
  readonly kind: 'syntax' | 'truncated' | 'shape';
  constructor(kind: 'syntax' | 'truncated' | 'shape', message: string, byte: number, line: number) {
    super(message);
    this.kind = kind;
    this.byte = byte;
    this.line = line;
  }
}

type State =
  | 'root'
  | 'first-key'
  | 'key'
  | 'colon'
  | 'member'
  | 'first-item'
  | 'item'
  | 'in-string'
  | 'in-nested'
  | 'in-scalar'
  | 'after'
  | 'done';

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const QUOTE = 0x22;
const LINE = 0x0a;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/**
 * Cuts a JSON file into its entries while it is being read, so that a file of any size needs the memory of one entry.
 * It follows only the outer one or two levels itself; each entry is parsed by JSON.parse.
 */
export class JsonScanner {
  private readonly options: ScanOptions;
  private state: State = 'root';
  /** Brackets open around the place of the next value, outermost first: "{" or "[" as bytes; at most two. */
  private readonly open: number[] = [];
  private key: string | null = null;
  private index = 0;
  private depth = 0;
  private escaped = false;
  private inString = false;
  private readingKey = false;
  private parts: Buffer[] = [];
  private start = { byte: 0, line: 1 };
  private byte = 0;
  private line = 1;

  constructor(options: ScanOptions) {
    this.options = options;
  }

  /** Offset after the last byte seen. */
  get bytes(): number {
    return this.byte;
  }

  push(chunk: Buffer): void {
    const base = this.byte;
    /** First byte in this chunk of the value being captured. */
    let from = 0;
    for (let i = 0; i < chunk.length; i++) {
      const c = chunk[i]!;
      this.byte = base + i;
      if (c === LINE && this.state !== 'in-nested') this.line++;
      switch (this.state) {
        case 'in-string':
          if (this.escaped) this.escaped = false;
          else if (c === BACKSLASH) this.escaped = true;
          else if (c === QUOTE) this.capture(chunk.subarray(from, i + 1));
          break;
        case 'in-nested': {
          i = this.skipNested(chunk, i);
          this.byte = base + i;
          if (this.depth === 0) this.capture(chunk.subarray(from, i + 1));
          break;
        }
        case 'in-scalar':
          if (c === COMMA || c === CLOSE_LIST || c === CLOSE_OBJECT || isBlank(c)) {
            this.capture(chunk.subarray(from, i));
            if (!isBlank(c)) this.between(c);
          }
          break;
        default:
          if (isBlank(c)) break;
          if (this.between(c)) from = i;
      }
    }
    this.byte = base + chunk.length;
    if (this.capturing()) this.parts.push(Buffer.from(chunk.subarray(from)));
  }

  /** Goes on from byte `i` inside brackets; the index of the byte that closes the outermost one, or of the chunk's last. Most bytes pass here. */
  private skipNested(chunk: Buffer, i: number): number {
    let { depth, inString, escaped, line } = this;
    for (; i < chunk.length; i++) {
      const c = chunk[i]!;
      if (c === LINE) line++;
      if (inString) {
        if (escaped) escaped = false;
        else if (c === BACKSLASH) escaped = true;
        else if (c === QUOTE) inString = false;
      } else if (c === QUOTE) inString = true;
      // "[" and "{" differ from each other by one bit, and so do "]" and "}".
      else if ((c & 0xdf) === OPEN_LIST) depth++;
      else if ((c & 0xdf) === CLOSE_LIST && --depth === 0) break;
    }
    Object.assign(this, { depth, inString, escaped, line });
    return Math.min(i, chunk.length - 1);
  }

  /** Call at the end of the file. */
  end(): void {
    if (this.state === 'done') return;
    if (this.state === 'root') throw this.fault('truncated', 'it is empty');
    if (this.capturing()) {
      // A bracket forgotten in one entry swallows all that follows it: say where that was, not that the file is short.
      const text = Buffer.concat(this.parts).toString('utf8');
      const fault = this.state === 'in-nested' ? findJsonFault(text) : null;
      if (fault !== null && !fault.truncated && !endsInScalar(text, fault.index))
        throw this.inEntry(text, fault.index, fault.reason);
      throw this.fault(
        'truncated',
        `it ends inside ${this.name()}, which begins at byte ${this.start.byte} (line ${this.start.line})`,
      );
    }
    const missing = this.open[this.open.length - 1] === OPEN_OBJECT ? '}' : ']';
    throw this.fault('truncated', `it ends where "${missing}" or more is expected`);
  }

  private capturing(): boolean {
    return this.state === 'in-string' || this.state === 'in-nested' || this.state === 'in-scalar';
  }

  /** A byte outside any captured value; true when a capture begins with it. */
  private between(c: number): boolean {
    switch (this.state) {
      case 'root': {
        if (c !== OPEN_LIST && c !== OPEN_OBJECT) throw this.fault('syntax', `it begins with ${show(c)}`);
        const wanted = this.options.root === 'list' ? OPEN_LIST : OPEN_OBJECT;
        if (c !== wanted) {
          const words = ['a JSON list [ … ]', 'a JSON object { … }'];
          if (c === OPEN_LIST) words.reverse();
          throw this.fault('shape', `it holds ${words[1]!} where ${words[0]!} is expected`);
        }
        this.enter(c);
        return false;
      }
      case 'first-key':
      case 'key':
        if (c === CLOSE_OBJECT && this.state === 'first-key') return this.leave();
        if (c !== QUOTE) throw this.fault('syntax', `expected a key in double quotes, found ${show(c)}`);
        this.readingKey = true;
        return this.begin('in-string');
      case 'colon':
        if (c !== COLON) throw this.fault('syntax', `expected ":" after the key "${this.key ?? ''}", found ${show(c)}`);
        this.state = 'member';
        return false;
      case 'member': {
        const listed = this.options.lists?.includes(this.key ?? '') ?? false;
        if (listed && c !== OPEN_LIST) throw this.fault('shape', `"${this.key ?? ''}" is not a list`);
        if (!listed) return this.beginValue(c);
        this.enter(c);
        return false;
      }
      case 'first-item':
      case 'item':
        if (c === CLOSE_LIST && this.state === 'first-item') return this.leave();
        return this.beginValue(c);
      case 'after': {
        const close = this.open[this.open.length - 1] === OPEN_OBJECT ? CLOSE_OBJECT : CLOSE_LIST;
        if (c === close) return this.leave();
        if (c !== COMMA)
          throw this.fault('syntax', `expected "," or "${String.fromCharCode(close)}", found ${show(c)}`);
        this.state = close === CLOSE_OBJECT ? 'key' : 'item';
        return false;
      }
      default:
        throw this.fault('syntax', 'more text follows after the end of the JSON value');
    }
  }

  private enter(bracket: number): void {
    this.open.push(bracket);
    this.index = 0;
    this.state = bracket === OPEN_OBJECT ? 'first-key' : 'first-item';
  }

  private leave(): false {
    this.open.pop();
    this.state = this.open.length === 0 ? 'done' : 'after';
    return false;
  }

  private beginValue(c: number): true {
    if (c === QUOTE) return this.begin('in-string');
    if (c === OPEN_OBJECT || c === OPEN_LIST) {
      this.depth = 1;
      this.inString = false;
      return this.begin('in-nested');
    }
    if (!/[-0-9tfn]/.test(String.fromCharCode(c))) throw this.fault('syntax', `expected a value, found ${show(c)}`);
    return this.begin('in-scalar');
  }

  private begin(state: 'in-string' | 'in-nested' | 'in-scalar'): true {
    this.state = state;
    this.escaped = false;
    this.start = { byte: this.byte, line: this.line };
    this.parts = [];
    return true;
  }

  /** The value being captured is complete with `tail`. */
  private capture(tail: Buffer): void {
    const bytes = this.parts.length === 0 ? tail : Buffer.concat([...this.parts, tail]);
    this.parts = [];
    const wanted = this.readingKey || this.options.lists === undefined || this.open.length === 2;
    const value = wanted ? this.parse(bytes) : undefined;
    if (this.readingKey) {
      this.readingKey = false;
      this.key = String(value);
      this.state = 'colon';
      return;
    }
    const inList = this.open[this.open.length - 1] === OPEN_LIST;
    this.state = 'after';
    if (!wanted) return;
    this.options.visit({
      key: this.open[0] === OPEN_OBJECT ? this.key : null,
      index: inList ? this.index++ : -1,
      value,
      ...this.start,
    });
  }

  private parse(bytes: Buffer): unknown {
    let text: string;
    try {
      text = UTF8.decode(bytes);
    } catch {
      throw new ScanFault('syntax', `${this.name()} is not UTF-8 text`, this.start.byte, this.start.line);
    }
    try {
      return JSON.parse(text) as unknown;
    } catch {
      const fault = findJsonFault(text);
      throw this.inEntry(text, fault?.index ?? 0, fault?.reason ?? 'not a JSON value');
    }
  }

  private inEntry(text: string, index: number, reason: string): ScanFault {
    const before = text.slice(0, index);
    const byte = this.start.byte + Buffer.byteLength(before);
    return new ScanFault(
      'syntax',
      `${reason} (in ${this.name()})`,
      byte,
      this.start.line + before.split('\n').length - 1,
    );
  }

  /** The value being read, for messages: `entry 12 of "images"`. */
  private name(): string {
    if (this.readingKey) return 'a key';
    const inList = this.open[this.open.length - 1] === OPEN_LIST;
    if (!inList) return `the value of "${this.key ?? ''}"`;
    return this.open.length === 2 ? `entry ${this.index} of "${this.key ?? ''}"` : `entry ${this.index}`;
  }

  private fault(kind: 'syntax' | 'truncated' | 'shape', message: string): ScanFault {
    return new ScanFault(kind, message, this.byte, this.line);
  }
}

/** `[1, 12.` and `[tru` are wrong before their end, but only because the file ends there. */
function endsInScalar(text: string, index: number): boolean {
  return /^-?[0-9.eE+-]*$/.test(text.slice(index)) || /^[a-z]{1,4}$/.test(text.slice(index));
}

function isBlank(c: number): boolean {
  return c === 0x20 || c === 0x0a || c === 0x0d || c === 0x09;
}

function show(c: number): string {
  return c > 0x20 && c < 0x7f ? `"${String.fromCharCode(c)}"` : `the byte 0x${c.toString(16).padStart(2, '0')}`;
}
