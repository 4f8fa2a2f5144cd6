import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '../stages/types.ts';
import { eachOf, listFiles, readJson, sha256, sha256File, writeFileWhole } from './files.ts';

/** Folders up to this size are digested by content, greater ones (COCO's pictures) by the names and sizes of their files. */
export const FOLDER_CONTENT_LIMIT = 64 * 1024 * 1024;

/** Digests of smaller files are quicker to make than to look up. */
const CACHE_FROM_BYTES = 1 << 20;

/** A file changed so lately may change again within the clock's grain. */
const SETTLED_MS = 2000;

type Cache = Record<string, { size: number; mtimeNs: string; sha256: string }>;

/** Digests of files and folders on disk; those of big files are remembered in `cacheFile` by path, size and modification time. */
export class Digests {
  readonly #cacheFile: string;
  #cache: Cache | undefined;
  #changed = false;

  constructor(cacheFile: string) {
    this.#cacheFile = cacheFile;
  }

  /** `sha256:…` of a file, `tree:…` or `names:…` of a folder; `DataError` when it is absent. */
  async of(path: string): Promise<string> {
    let info;
    try {
      info = await stat(path, { bigint: true });
    } catch {
      throw new DataError(`${path} does not exist; the experiment file names it (or --set does)`);
    }
    if (!info.isDirectory()) return `sha256:${await this.#file(path, Number(info.size), info.mtimeNs)}`;
    const files = await listFiles(path);
    const total = files.reduce((sum, file) => sum + file.size, 0);
    if (total > FOLDER_CONTENT_LIMIT) {
      return `names:${sha256(files.map((file) => `${file.size} ${file.path}\n`).join(''))}`;
    }
    const lines = new Map<string, string>();
    await eachOf(files, 16, async (file) => {
      lines.set(file.path, await sha256File(join(path, file.path)));
    });
    return `tree:${sha256(files.map((file) => `${lines.get(file.path)} ${file.path}\n`).join(''))}`;
  }

  /** Writes what was learnt. */
  save(): void {
    if (this.#changed && this.#cache) writeFileWhole(this.#cacheFile, JSON.stringify(this.#cache));
    this.#changed = false;
  }

  async #file(path: string, size: number, mtimeNs: bigint): Promise<string> {
    if (size < CACHE_FROM_BYTES) return sha256File(path);
    this.#cache ??= (readJson(this.#cacheFile) ?? {}) as Cache;
    const known = this.#cache[path];
    if (known && known.size === size && known.mtimeNs === String(mtimeNs)) return known.sha256;
    const digest = await sha256File(path);
    if (Date.now() - Number(mtimeNs / 1_000_000n) > SETTLED_MS) {
      this.#cache[path] = { size, mtimeNs: String(mtimeNs), sha256: digest };
      this.#changed = true;
    }
    return digest;
  }
}
