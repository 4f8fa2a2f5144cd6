import { accessSync, constants } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { EnvironmentError } from '../stages/types.ts';
import { readJson } from '../store/files.ts';
import { cacheFolder, platformName } from './cache.ts';
import { makeOnce } from './once.ts';
import { silent, type Progress } from './progress.ts';
import { firstOf, sentence, type Source } from './sources.ts';
import { fetchTemporal } from './temporal/archive.ts';
import { goInstall, installedGo, toolchainGo } from './temporal/go.ts';
import { temporalVersion, versionOfTemporal } from './temporal/version.ts';

/** Temporal's command line, which holds the development server. */
export interface Temporal {
  path: string;
  /** As the program reports it: `1.5.1 (Server 1.29.1, UI 2.42.1)`. */
  version: string;
  /** Where it came from, for people. */
  source: string;
}

/** Where it lies and who says so; the version costs a process and is asked for by `ensureTemporal` and `checkTemporal` only. */
export type FoundTemporal = Omit<Temporal, 'version'>;

const REMEDY =
  "Install Temporal's command line (https://docs.temporal.io/cli; macOS: brew install temporal) or Go 1.25 or later " +
  '(https://go.dev/dl), or set TEMPORAL_CLI to the path of the program `temporal`.';

/** The program that is here already: `$TEMPORAL_CLI`, PATH, our cache; null when there is none. No side effects, no process. */
export function findTemporal(env: NodeJS.ProcessEnv = process.env): FoundTemporal | null {
  const named = env['TEMPORAL_CLI'];
  if (named) return { path: named, source: 'TEMPORAL_CLI' };
  for (const folder of (env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, 'temporal');
    if (isAbsolute(folder) && isExecutable(path)) return { path, source: 'PATH' };
  }
  return cached();
}

/** The same with its version; throws EnvironmentError when what was found is no such program. */
export async function checkTemporal(found: FoundTemporal): Promise<Temporal> {
  try {
    return { ...found, version: await versionOfTemporal(found.path) };
  } catch (error) {
    const mend =
      found.source === 'TEMPORAL_CLI' ? '; set TEMPORAL_CLI to the path of the program `temporal`, or unset it' : '';
    throw new EnvironmentError(`${found.source}: ${sentence(error)}${mend}`);
  }
}

/**
 * Temporal's command line, brought into the cache when there is none: from Temporal's download service, or compiled by `go install`,
 * with the Go of this machine or, where that is missing or too old, with Go's toolchain from the Go module proxy.
 * Safe to be called by several processes at once. Throws EnvironmentError.
 */
export async function ensureTemporal(progress: Progress = silent): Promise<Temporal> {
  const found = findTemporal();
  if (found?.source === 'TEMPORAL_CLI') return checkTemporal(found);
  const failed = (line: string): void => progress.say(`Temporal server: ${line}`);
  return firstOf(sources(found, progress), { what: 'The Temporal server', remedy: REMEDY, failed });
}

function sources(found: FoundTemporal | null, progress: Progress): Source<Temporal>[] {
  return [
    { name: 'this machine', find: async () => found && checkTemporal(found) },
    {
      name: `Temporal's download service`,
      find: () =>
        install("Temporal's download service", progress, (dir) => fetchTemporal(dir, temporalVersion, progress)),
    },
    {
      name: 'go install',
      find: () => install('go install', progress, (dir) => goInstall(installedGo(), dir, temporalVersion, progress)),
    },
    {
      name: 'go install with a Go toolchain from the Go module proxy',
      find: () =>
        install('go install', progress, async (dir) =>
          goInstall(await toolchainGo(progress), dir, temporalVersion, progress),
        ),
    },
  ];
}

/** Puts the program into the cache by way of `make`, once it says that it has the version that was asked for. */
async function install(
  source: string,
  progress: Progress,
  make: (dir: string) => Promise<void>,
): Promise<Temporal | null> {
  await makeOnce(
    folder(),
    () => cached() !== null,
    async (dir) => {
      await make(dir);
      const version = await versionOfTemporal(join(dir, 'temporal'));
      if (!version.startsWith(`${temporalVersion} `))
        throw new Error(`it brought version ${version}, expected ${temporalVersion}`);
      await writeFile(join(dir, 'source.json'), `${JSON.stringify({ source, version })}\n`);
    },
    progress,
  );
  const found = cached();
  return found && checkTemporal(found);
}

function folder(): string {
  return join(cacheFolder(), 'temporal', `${temporalVersion}-${platformName()}`);
}

function cached(): FoundTemporal | null {
  const path = join(folder(), 'temporal');
  const facts = readJson(join(folder(), 'source.json')) as { source: string } | null;
  return facts && isExecutable(path) ? { path, source: facts.source } : null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
