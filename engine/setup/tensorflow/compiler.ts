import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder, platformName } from '../cache.ts';
import { makeOnce } from '../once.ts';
import type { Progress } from '../progress.ts';
import { firstOf } from '../sources.ts';
import { zigWheels } from './pins.ts';
import { unpackWheel } from './unpack.ts';
import { wheelFetchers } from './wheel.ts';

export interface Compiler {
  /** `g++ (Debian 12.2.0-14) 12.2.0`: first line of what it says about itself. */
  version: string;
  command: string;
  args: string[];
}

/** C++ compilers of this machine, in the order in which they are tried: `$CXX`, g++, clang++, c++. */
export async function systemCompilers(env: NodeJS.ProcessEnv = process.env): Promise<Compiler[]> {
  const named = env['CXX']?.trim().split(/\s+/) ?? [];
  const candidates = [...(named[0] ? [named] : []), ['g++'], ['clang++'], ['c++']];
  const found: Compiler[] = [];
  for (const [command = '', ...args] of candidates) {
    const version = await versionOf(command, [...args, '--version']);
    if (version !== null) found.push({ version, command, args });
  }
  return found;
}

/** Zig's C++ compiler (clang with its own C and C++ libraries) from the Python package index, in the cache. */
export async function zigCompiler(progress: Progress): Promise<Compiler> {
  const wheel = zigWheels[platformName()];
  if (!wheel) throw new Error(`there is no wheel of Zig for ${platformName()}`);
  const folder = zigFolder();
  const program = (dir: string): string => join(dir, 'ziglang', 'zig');
  const make = async (dir: string): Promise<void> => {
    const ways = wheelFetchers(progress).map(({ name, fetch }) => ({ name: `Zig ${name}`, find: () => fetch(wheel) }));
    const failed = (line: string): void => progress.say(line);
    const file = await firstOf(ways, { what: 'Zig', remedy: '', failed });
    await unpackWheel(file, dir, (name) => (name.startsWith('ziglang/') ? name : null), progress);
    await mkdir(join(dir, 'cache'), { recursive: true });
  };
  await makeOnce(folder, (dir) => existsSync(program(dir)), make, progress);
  const version = await versionOf(program(folder), ['version']);
  if (version === null) throw new Error('Zig does not run on this system');
  return { version: `zig c++ ${version}`, command: program(folder), args: ['c++'] };
}

/** Zig keeps what it compiles of its libraries beside itself, not in another folder of the user's. */
export function zigEnvironment(): Record<string, string> {
  const cache = join(zigFolder(), 'cache');
  return { ZIG_GLOBAL_CACHE_DIR: cache, ZIG_LOCAL_CACHE_DIR: cache };
}

function zigFolder(): string {
  const wheel = zigWheels[platformName()];
  return join(cacheFolder(), 'zig', `zig-${wheel?.version ?? 'none'}-${platformName()}`);
}

async function versionOf(command: string, args: string[]): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)(command, args, { timeout: 30_000 });
    return stdout.split('\n')[0]?.trim() ?? '';
  } catch {
    return null;
  }
}
