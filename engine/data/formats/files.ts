import { createReadStream, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { DataError } from '../../stages/types.ts';
import { JsonScanner, ScanFault } from './json-scanner.ts';
import type { JsonEntry } from './json-scanner.ts';
import { missingPath } from './nearest.ts';

/** Throws a DataError unless `path` is a file (or a folder) that can be read. */
export function requirePath(path: string, what: 'file' | 'folder'): void {
  let stat;
  try {
    stat = statSync(path);
  } catch (error) {
    throw unreadable(path, what, error);
  }
  if (what === 'file' && stat.isDirectory())
    throw new DataError(`${path}: a folder where a file is expected. Name the file in it.`);
  if (what === 'folder' && !stat.isDirectory()) throw new DataError(`${path}: a file where a folder is expected.`);
}

function unreadable(path: string, what: 'file' | 'folder', error: unknown): DataError {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOENT' || code === 'ENOTDIR') return new DataError(missingPath(path, what));
  if (code === 'EACCES')
    return new DataError(`${path}: may not be read (permission denied). Give this user the right to read it.`);
  return new DataError(`${path}: cannot be read (${code ?? String(error)}).`);
}

export interface ReadOptions {
  root: 'list' | 'object';
  /** Root keys whose lists are visited entry by entry; other keys are skipped. Without it every root entry is visited whole. */
  lists?: readonly string[];
}

/**
 * Visits the entries of a JSON file in file order, in the memory of one entry.
 * Every fault is one DataError with the path, the byte (from 0) and the line (from 1).
 */
export async function readJsonEntries(
  path: string,
  options: ReadOptions,
  visit: (entry: JsonEntry) => void,
): Promise<void> {
  requirePath(path, 'file');
  const scanner = new JsonScanner({ ...options, visit });
  let head: Buffer | null = null;
  try {
    let first = true;
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
      let bytes = chunk as Buffer;
      head ??= bytes.subarray(0, 64);
      // A byte order mark is not JSON, but common.
      if (first && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) bytes = bytes.subarray(3);
      first = false;
      scanner.push(bytes);
    }
    scanner.end();
  } catch (error) {
    if (error instanceof ScanFault) throw new DataError(describe(path, error, head));
    if (error instanceof DataError) throw error;
    throw unreadable(path, 'file', error);
  }
}

function describe(path: string, fault: ScanFault, head: Buffer | null): string {
  const at = `at byte ${fault.byte} (line ${fault.line})`;
  if (fault.kind === 'truncated' && fault.byte === 0) return `${path}: the file is empty. Copy or download it again.`;
  if (fault.kind === 'truncated')
    return `${path}: the JSON is cut off ${at}: ${fault.message}. Copy or download the file again.`;
  if (fault.kind === 'shape') return `${path}: ${fault.message} ${at}. Is it the file that is meant?`;
  return `${path}: not valid JSON ${at}: ${fault.message}.${guess(head)}`;
}

/** What a file that is not JSON at all may be instead. */
function guess(head: Buffer | null): string {
  const text = head?.toString('latin1') ?? '';
  if (text.startsWith('version https://git-lfs'))
    return ' This is a Git LFS pointer, not the file itself: run `git lfs pull`.';
  if (text.startsWith('\x1f\x8b')) return ' This looks like a gzip file: unpack it first.';
  if (text.startsWith('PK\x03\x04')) return ' This looks like a zip file: unpack it first.';
  if (/^\s*<(!doctype|html)/i.test(text))
    return ' This looks like a web page: the download gave a page instead of the file.';
  return '';
}

/** A text file, whole. */
export function readText(path: string): string {
  requirePath(path, 'file');
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw unreadable(path, 'file', error);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new DataError(`${path}: not UTF-8 text. Convert it to UTF-8 (e.g. with iconv).`);
  }
}

/** Tells which files exist, reading each folder once: a data set lists hundreds of thousands of pictures in one folder. */
export class FileIndex {
  private readonly folders = new Map<string, ReadonlySet<string>>();

  has(path: string): boolean {
    const folder = dirname(path);
    let names = this.folders.get(folder);
    if (names === undefined) {
      try {
        names = new Set(readdirSync(folder));
      } catch {
        names = new Set();
      }
      this.folders.set(folder, names);
    }
    return names.has(basename(path));
  }
}

/** The one warning for pictures that are listed but absent; an error where not a single one is there. */
export function reportAbsent(
  name: string,
  absent: number,
  listed: number,
  first: string,
  onWarning: ((message: string) => void) | undefined,
): void {
  if (absent === 0) return;
  if (absent === listed) {
    throw new DataError(
      `dataset ${name}: none of its ${listed} pictures is there; the first is ${first}. Does \`images\` name the right folder?`,
    );
  }
  onWarning?.(`dataset ${name}: ${absent} of ${listed} listed pictures are absent and left out (the first: ${first}).`);
}
