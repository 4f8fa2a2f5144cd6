import { createHash, randomBytes } from 'node:crypto';
import { execFile } from 'node:child_process';
import {
  closeSync,
  createReadStream,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';

/** A file of a folder, path relative to it with `/`. */
export interface FileEntry {
  path: string;
  size: number;
}

/** All regular files below `dir`, sorted by path in code-unit order; links and special files are an error. */
export async function listFiles(dir: string): Promise<FileEntry[]> {
  const found: FileEntry[] = [];
  const walk = async (folder: string, prefix: string): Promise<void> => {
    const entries = await readdir(folder, { withFileTypes: true });
    await eachOf(entries, 32, async (entry) => {
      const path = prefix + entry.name;
      if (entry.isDirectory()) return walk(join(folder, entry.name), `${path}/`);
      if (!entry.isFile()) throw new Error(`${join(folder, entry.name)} is neither a file nor a folder`);
      found.push({ path, size: (await stat(join(folder, entry.name))).size });
    });
  };
  await walk(dir, '');
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** SHA-256 of a file's content, 64 hex digits. */
export async function sha256File(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** `visit` for all items, at most `width` at a time. */
export async function eachOf<T>(items: readonly T[], width: number, visit: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < items.length) await visit(items[next++] as T);
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, lane));
}

async function syncPath(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Above so many files one sync of the whole file system is quicker than one for each. */
const MANY = 200;

/** All files and folders below `dir` (and `dir`) are on the disk when this resolves. */
export async function syncTree(dir: string, files: FileEntry[]): Promise<void> {
  if (files.length > MANY && process.platform === 'linux') {
    try {
      await promisify(execFile)('sync', ['-f', dir]);
      return;
    } catch {
      // No such tool or option here: file by file.
    }
  }
  await eachOf(files, 8, (file) => syncPath(join(dir, file.path)));
  const folders = new Set<string>(['.']);
  for (const { path } of files) for (let up = dirname(path); up !== '.'; up = dirname(up)) folders.add(up);
  await eachOf([...folders], 8, (folder) => syncPath(join(dir, folder)));
}

/** The folder's own entries (a rename in it) are on the disk when this resolves. */
export async function syncFolder(dir: string): Promise<void> {
  await syncPath(dir);
}

/** A name beside `file` that nobody else uses. */
export function asideName(file: string): string {
  return join(dirname(file), `.${basename(file)}.${process.pid}.${randomBytes(4).toString('hex')}`);
}

/** Replaces a file whole: a reader sees the old or the new content, never a part, and so it stays after a crash. */
export function writeFileAtomic(file: string, content: string): void {
  replaceFile(file, content, { sync: true });
}

/** As `writeFileAtomic`, without waiting for the disk: for progress and the like that a crash may lose. */
export function writeFileWhole(file: string, content: string): void {
  replaceFile(file, content, { sync: false });
}

function replaceFile(file: string, content: string, { sync }: { sync: boolean }): void {
  const aside = asideName(file);
  try {
    const handle = openSync(aside, 'w');
    try {
      writeFileSync(handle, content);
      if (sync) fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(aside, file);
  } catch (error) {
    rmSync(aside, { force: true });
    throw error;
  }
}

/** The JSON in a file; null when the file is absent or does not hold JSON. */
export function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as unknown;
  } catch {
    return null;
  }
}

/** Removes a folder so that it is gone at once under its name, even when removal is cut off. */
export async function removeTree(dir: string): Promise<void> {
  const aside = asideName(dir);
  try {
    await rename(dir, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  await rm(aside, { recursive: true, force: true });
}

export function errorCode(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
}
