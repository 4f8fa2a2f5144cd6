import { execFile } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder, platformName } from '../cache.ts';
import { download } from '../download.ts';
import { makeOnce } from '../once.ts';
import type { Progress } from '../progress.ts';
import { cachedLibrary, installerVersion, libraryFolder } from './library.ts';
import type { Library } from './library.ts';
import { writeOrigin } from './unpack.ts';

const archives: Record<string, string> = {
  'linux-x64': `tensorflow/libtensorflow/libtensorflow-cpu-linux-x86_64-${installerVersion}.tar.gz`,
  'darwin-x64': `tensorflow/libtensorflow/libtensorflow-cpu-darwin-x86_64-${installerVersion}.tar.gz`,
};

/**
 * The archive that tfjs-node's own installer takes (`scripts/install.js` of the package), on the processor: its CUDA 11.2 knows no
 * current GPU. Its publisher names no digest; the binding that is linked with it must report its version.
 */
export async function unpackInstaller(progress: Progress): Promise<Library | null> {
  const path = archives[platformName()];
  if (!path) throw new Error(`it has no library for ${platformName()}`);
  const host = process.env['TFJS_NODE_CDN_STORAGE'] ?? process.env['CDN_STORAGE'] ?? 'https://storage.googleapis.com/';
  const folder = libraryFolder('cpu', installerVersion);
  const archive = join(cacheFolder(), 'downloads', `libtensorflow-cpu-${installerVersion}-${platformName()}.tar.gz`);
  const make = async (dir: string): Promise<void> => {
    const url = new URL(path, host.endsWith('/') ? host : `${host}/`).href;
    await download({
      url,
      to: archive,
      sha256: null,
      label: `libtensorflow ${installerVersion}`,
      progress,
      attempts: 2,
    });
    await mkdir(dir, { recursive: true });
    try {
      await promisify(execFile)('tar', ['-xzf', archive, '-C', dir]);
    } finally {
      await rm(archive, { force: true });
    }
    await writeOrigin(dir, {
      source: `the installer of tfjs-node, libtensorflow ${installerVersion}`,
      version: installerVersion,
      gpu: false,
    });
  };
  await makeOnce(folder, (dir) => cachedLibrary(dir) !== null, make, progress);
  return cachedLibrary(folder);
}
