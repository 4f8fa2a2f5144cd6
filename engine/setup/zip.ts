import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { openPromise } from 'yauzl';
import type { Entry, ZipFile } from 'yauzl';

/** Where an entry of the archive goes, relative to the target folder; null leaves it out. */
export type Pick = (name: string) => string | null;

/**
 * Unpacks the picked files of a zip archive into `dir` and answers how many. Unix permissions are kept, links are refused, and so is
 * every path that would leave `dir` (before anything of that entry is written). Sizes and CRC-32 are checked while unpacking.
 */
export async function unzip(archive: string, dir: string, pick: Pick): Promise<number> {
  let count = 0;
  await eachEntry(archive, async (entry, open) => {
    const to = pick(entry.fileName);
    if (to === null) return;
    const path = normalize(to);
    if (path.startsWith('/') || path === '..' || path.startsWith('../') || path.includes('\0')) {
      throw new Error(
        `${archive} holds the path ${JSON.stringify(entry.fileName)}, which leads out of the target folder`,
      );
    }
    // The upper half of the attributes is st_mode where the archive was made on Unix (APPNOTE.TXT, 4.4.15).
    const mode = entry.externalFileAttributes >>> 16;
    if ((mode & 0o170000) === 0o120000) throw new Error(`${archive} holds the link ${JSON.stringify(entry.fileName)}`);
    const file = join(dir, path);
    await mkdir(dirname(file), { recursive: true });
    await pipeline(await open(), createWriteStream(file, { flags: 'wx', mode: (mode & 0o777) | 0o600 }));
    count++;
  });
  return count;
}

/**
 * Digest of a zip archive's content as the Go checksum database publishes it: `h1:` and the base64 SHA-256 of the sorted lines
 * "SHA-256, two blanks, name, newline" of all files (golang.org/x/mod/sumdb/dirhash, Hash1).
 */
export async function goDigest(archive: string): Promise<string> {
  const lines: { name: string; line: string }[] = [];
  await eachEntry(archive, async (entry, open) => {
    const hash = createHash('sha256');
    for await (const chunk of await open()) hash.update(chunk as Buffer);
    lines.push({ name: entry.fileName, line: `${hash.digest('hex')}  ${entry.fileName}\n` });
  });
  lines.sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
  const hash = createHash('sha256');
  for (const { line } of lines) hash.update(line);
  return `h1:${hash.digest('base64')}`;
}

/** Visits the files (not the folders) of an archive, one after the other. */
async function eachEntry(
  archive: string,
  visit: (entry: Entry, open: () => Promise<Readable>) => Promise<void>,
): Promise<void> {
  const zip: ZipFile = await openPromise(archive, { lazyEntries: true, autoClose: false });
  try {
    await new Promise<void>((resolve, reject) => {
      zip.on('error', reject);
      zip.on('end', resolve);
      zip.on('entry', (entry: Entry) => {
        const done = entry.fileName.endsWith('/')
          ? Promise.resolve()
          : visit(entry, () => zip.openReadStreamPromise(entry));
        done.then(() => zip.readEntry(), reject);
      });
      zip.readEntry();
    });
  } finally {
    zip.close();
  }
}
