import { existsSync, readdirSync, renameSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '../stages/types.ts';
import type { Artifact, Metrics, StoreAccess } from '../stages/types.ts';
import {
  eachOf,
  errorCode,
  listFiles,
  readJson,
  removeTree,
  sha256File,
  syncFolder,
  syncTree,
  writeFileAtomic,
} from './files.ts';
import type { FileEntry } from './files.ts';
import type { Home } from './home.ts';
import type { KeyParts } from './key.ts';
import { closeWork, dropWork, openWork, takeSideFiles } from './work.ts';
import type { Work } from './work.ts';

/** `store/<key>/manifest.json`; the artifact's files lie in `store/<key>/files`. */
export interface Manifest {
  version: 'llava-artifact/1';
  key: string;
  /** Stage kind; `cache` for what `StoreAccess.cached` keeps. */
  kind: string;
  name: string;
  created: string;
  metrics: Metrics;
  /** Sorted by path. */
  files: (FileEntry & { sha256: string })[];
  madeOf: KeyParts | null;
}

export interface About {
  kind: string;
  name: string;
  madeOf: KeyParts | null;
}

/** Tests let it throw to stand for a crash at that point. */
export type CrashPoint = 'hashed' | 'manifest' | 'synced' | 'renamed' | 'committed';

/** Content-addressed artifacts: each is there whole or not at all. */
export class Store {
  readonly home: Home;
  readonly #crash: (point: CrashPoint) => void;
  readonly #making = new Map<string, Promise<Artifact>>();

  constructor(home: Home, crash: (point: CrashPoint) => void = () => {}) {
    this.home = home;
    this.#crash = crash;
  }

  /** The artifact, or null when it has not been made (or was removed). */
  get(key: string): Artifact | null {
    const manifest = this.manifest(key);
    return manifest && { key, dir: join(this.home.store, key, 'files'), metrics: manifest.metrics };
  }

  manifest(key: string): Manifest | null {
    return readJson(join(this.home.store, key, 'manifest.json')) as Manifest | null;
  }

  keys(): string[] {
    return existsSync(this.home.store) ? readdirSync(this.home.store).filter((name) => !name.startsWith('.')) : [];
  }

  /**
   * Makes what lies in `work.out` the artifact `work.key` and drops the work folder. Everything is on the disk before the one rename
   * that shows it to others. When another attempt was first, that one's artifact counts. Throws `LeaseLost` when overtaken.
   */
  async commit(work: Work, metrics: Metrics, about: About): Promise<Artifact> {
    const files = await this.#hashed(work.out);
    this.#crash('hashed');
    const manifest: Manifest = {
      version: 'llava-artifact/1',
      key: work.key,
      ...about,
      created: new Date().toISOString(),
      metrics,
      files,
    };
    writeFileAtomic(join(work.incoming, 'manifest.json'), `${JSON.stringify(manifest, null, 1)}\n`);
    takeSideFiles(work);
    this.#crash('manifest');
    await syncTree(work.incoming, [
      ...files.map((file) => ({ ...file, path: `files/${file.path}` })),
      { path: 'manifest.json', size: 0 },
    ]);
    this.#crash('synced');
    work.lease.check();
    try {
      renameSync(work.incoming, join(this.home.store, work.key));
    } catch (error) {
      const code = errorCode(error);
      if ((code !== 'ENOTEMPTY' && code !== 'EEXIST') || !this.get(work.key)) throw error;
    }
    this.#crash('renamed');
    await syncFolder(this.home.store);
    this.#crash('committed');
    await dropWork(work);
    const artifact = this.get(work.key);
    if (!artifact) throw new Error(`the artifact ${work.key} vanished from ${this.home.store} while it was committed`);
    return artifact;
  }

  /** The artifact with this key, or the one that `make` writes; two processes that ask at once make it once. */
  async cached(
    key: string,
    make: (dir: string) => Promise<Metrics>,
    waiting: () => void = () => {},
    about: About = { kind: 'cache', name: key, madeOf: null },
  ): Promise<Artifact> {
    const found = this.get(key);
    if (found) return found;
    const running = this.#making.get(key);
    if (running) return running;
    const made = this.#make(key, make, waiting, about).finally(() => this.#making.delete(key));
    this.#making.set(key, made);
    return made;
  }

  /** As a stage sees it; `waiting` may throw to give up while another process makes the same. */
  access(waiting: () => void): StoreAccess {
    return { cached: (key, make) => this.cached(key, make, waiting) };
  }

  /** What is wrong with an artifact, in sentences; empty when every file is there with its size and SHA-256, and no other. */
  async verify(key: string): Promise<string[]> {
    const manifest = this.manifest(key);
    const dir = join(this.home.store, key, 'files');
    if (manifest?.version !== 'llava-artifact/1') return [`${key}: manifest.json is missing or damaged`];
    const problems: string[] = [];
    const present = new Map((existsSync(dir) ? await listFiles(dir) : []).map((file) => [file.path, file]));
    await eachOf(manifest.files, 8, async (file) => {
      const path = join(dir, file.path);
      if (!present.delete(file.path)) problems.push(`${key}: ${file.path} is missing`);
      else if ((await stat(path)).size !== file.size) problems.push(`${key}: ${file.path} has another size`);
      else if ((await sha256File(path)) !== file.sha256) problems.push(`${key}: ${file.path} has another content`);
    });
    for (const extra of present.keys()) problems.push(`${key}: ${extra} is not in the manifest`);
    return problems.sort();
  }

  async remove(key: string): Promise<void> {
    await removeTree(join(this.home.store, key));
  }

  async #make(
    key: string,
    make: (dir: string) => Promise<Metrics>,
    waiting: () => void,
    about: About,
  ): Promise<Artifact> {
    if (!/^[\w.-]+$/.test(key)) throw new DataError(`${JSON.stringify(key)} cannot be a key of the store`);
    const work = (await openWork(this.home, key, {
      waiting: () => {
        waiting();
      },
    }))!;
    const found = this.get(key);
    if (found) {
      await dropWork(work);
      return found;
    }
    try {
      return await this.commit(work, await make(work.out), about);
    } catch (error) {
      closeWork(work);
      throw error;
    }
  }

  async #hashed(dir: string): Promise<Manifest['files']> {
    const files = await listFiles(dir);
    const digests = new Map<string, string>();
    await eachOf(files, 8, async (file) => {
      digests.set(file.path, await sha256File(join(dir, file.path)));
    });
    return files.map((file) => ({ ...file, sha256: digests.get(file.path)! }));
  }
}
