import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder } from '../cache.ts';
import { download } from '../download.ts';
import type { Progress } from '../progress.ts';

/** What the service answers: where the archive is and which file of it is the program. */
interface DownloadInfo {
  archiveUrl: string;
  fileToExtract: string;
}

const SERVICE = 'https://temporal.download';

/**
 * Temporal's own download service, asked as the SDK asks it (ephemeral_server of its core). It names no digest: the caller looks
 * whether the program says that it is the version that was asked for. Puts the program `temporal` into `dir`.
 */
export async function fetchTemporal(
  dir: string,
  version: string,
  progress: Progress,
  service = SERVICE,
): Promise<void> {
  const platform = { linux: 'linux', darwin: 'darwin' }[process.platform as string];
  const arch = { x64: 'amd64', arm64: 'arm64' }[process.arch as string];
  if (!platform || !arch) throw new Error(`there is no archive for ${process.platform}-${process.arch}`);
  const query = new URLSearchParams({ platform, arch, format: 'tar.gz' });
  const response = await fetch(`${service}/cli/v${version}?${query.toString()}`, {
    signal: AbortSignal.timeout(30_000),
  });
  if (!response.ok) throw new Error(`${service} answers ${response.status} ${response.statusText}`.trim());
  const { archiveUrl, fileToExtract } = (await response.json()) as DownloadInfo;
  const archive = join(cacheFolder(), 'downloads', `temporal-${version}-${platform}-${arch}.tar.gz`);
  await download({ url: archiveUrl, to: archive, sha256: null, label: `Temporal server ${version}`, progress });
  try {
    // Only the one file, and by its own name: nothing else of the archive is written.
    const strip = `--strip-components=${fileToExtract.split('/').length - 1}`;
    await promisify(execFile)('tar', ['-xzf', archive, '-C', dir, strip, fileToExtract]);
    if (basename(fileToExtract) !== 'temporal') throw new Error(`its archive names the program ${fileToExtract}`);
  } finally {
    await rm(archive, { force: true });
  }
}
