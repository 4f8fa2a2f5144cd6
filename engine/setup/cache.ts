import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** Folder for what is downloaded or compiled once per user: `$LLAVA_CACHE`, else the platform's cache folder. */
export function cacheFolder(
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  if (env['LLAVA_CACHE']) return env['LLAVA_CACHE'];
  if (platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'llava');
  // The XDG base directory specification: a relative path is to be ignored.
  const base = env['XDG_CACHE_HOME'];
  return join(base && isAbsolute(base) ? base : join(homedir(), '.cache'), 'llava');
}

/** `linux-x64`, `darwin-arm64` …: names of folders, of wheels and of toolchains are chosen by it. */
export function platformName(): string {
  return `${process.platform}-${process.arch}`;
}
