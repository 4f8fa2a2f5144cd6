import { DataError } from '../../stages/types.ts';
import type { JsonEntry } from './json-scanner.ts';

export type JsonObject = Record<string, unknown>;

/** Checks the parts of one entry of a JSON file; every complaint names the file, the entry, its line and the part. */
export class EntryReader {
  private readonly path: string;
  private readonly entry: JsonEntry;
  /** The entry, known to be an object. */
  readonly object: JsonObject;

  constructor(path: string, entry: JsonEntry) {
    this.path = path;
    this.entry = entry;
    if (typeof entry.value !== 'object' || entry.value === null || Array.isArray(entry.value)) {
      throw this.wrong(`is ${kindOf(entry.value)} where an object { … } is expected`);
    }
    this.object = entry.value as JsonObject;
  }

  string(key: string): string {
    const value = this.object[key];
    if (typeof value !== 'string') throw this.wrong(this.complaint(key, 'a string'));
    return value;
  }

  /** A string, or '' where it is absent or null. */
  text(key: string): string {
    return this.object[key] === undefined || this.object[key] === null ? '' : this.string(key);
  }

  number(key: string): number {
    const value = this.object[key];
    if (typeof value !== 'number') throw this.wrong(this.complaint(key, 'a number'));
    return value;
  }

  list(key: string): unknown[] {
    const value = this.object[key];
    if (!Array.isArray(value)) throw this.wrong(this.complaint(key, 'a list'));
    return value as unknown[];
  }

  wrong(problem: string): DataError {
    const { key, index, line } = this.entry;
    const id = (this.entry.value as JsonObject | null)?.['id'];
    const named = typeof id === 'string' || typeof id === 'number' ? `, id ${id}` : '';
    const entry = index < 0 ? `"${key ?? ''}"` : key === null ? `entry ${index}` : `entry ${index} of "${key}"`;
    return new DataError(`${this.path}: ${entry} (line ${line}${named}) ${problem}.`);
  }

  private complaint(key: string, wanted: string): string {
    const value = this.object[key];
    return value === undefined ? `has no "${key}"` : `has a "${key}" that is ${kindOf(value)}, not ${wanted}`;
  }
}

export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  return typeof value === 'undefined' ? 'absent' : `a ${typeof value}`;
}
