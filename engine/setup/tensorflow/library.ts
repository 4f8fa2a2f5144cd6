import { createHash } from 'node:crypto';
import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { EnvironmentError } from '../../stages/types.ts';
import { readJson } from '../../store/files.ts';
import { cacheFolder, platformName } from '../cache.ts';
import { tensorflowVersion } from './pins.ts';
import { wantsGpu } from './gpu.ts';

/** TensorFlow's shared objects on this machine. */
export interface Library {
  /** Names the library in the cache: `cpu-2.21.0-linux-x64`. */
  name: string;
  /** Folder of the shared objects. */
  dir: string;
  /** Folder of the C headers. */
  include: string;
  /** Files to link, in this order. */
  core: string;
  framework: string;
  /** Null until a program that is linked with it has said it. */
  version: string | null;
  /** Where it came from, for people. */
  source: string;
  gpu: boolean;
}

/** `source.json` beside a library in the cache. */
export interface Origin {
  source: string;
  version: string;
  gpu: boolean;
  /** Sizes of the shared objects: a cheap look whether all of it is still there. */
  files: Record<string, number>;
}

/** The installer of tfjs-node 4.22 brings this one. */
export const installerVersion = '2.9.1';

export function libraryFolder(flavour: string, version: string): string {
  return join(cacheFolder(), 'tensorflow', `${flavour}-${version}-${platformName()}`);
}

/** The library that `$LLAVA_TENSORFLOW` names, else the best one in the cache; null when there is none. No side effects. */
export function findLibrary(env: NodeJS.ProcessEnv = process.env): Library | null {
  const named = env['LLAVA_TENSORFLOW'];
  if (named) return libraryOf(named);
  const wanted = wantsGpu(env) ? ['cuda', 'cpu'] : ['cpu'];
  const folders = wanted.flatMap((flavour) => [
    libraryFolder(flavour, tensorflowVersion),
    libraryFolder(flavour, installerVersion),
  ]);
  for (const folder of folders) {
    const library = cachedLibrary(folder);
    if (library) return library;
  }
  return null;
}

/** A library in the cache; null when it is absent or not whole. */
export function cachedLibrary(folder: string): Library | null {
  const origin = readJson(join(folder, 'source.json')) as Origin | null;
  if (!origin) return null;
  const whole = Object.entries(origin.files).every(([path, size]) => {
    const info = statSync(join(folder, path), { throwIfNoEntry: false });
    return info?.size === size;
  });
  const dir = join(folder, 'lib');
  const names = whole ? sharedObjects(dir) : null;
  if (!names) return null;
  const { source, version, gpu } = origin;
  return {
    name: folder.slice(dirname(folder).length + 1),
    dir,
    include: join(folder, 'include'),
    ...names,
    version,
    source,
    gpu,
  };
}

/** A folder that a person names: an unpacked libtensorflow, or `site-packages/tensorflow` of a Python installation. */
function libraryOf(folder: string): Library {
  const tell = (problem: string): never => {
    throw new EnvironmentError(
      `LLAVA_TENSORFLOW names ${folder}, ${problem}; name a folder that holds libtensorflow_cc and libtensorflow_framework ` +
        '(or libtensorflow) and their include folder, such as site-packages/tensorflow of a Python installation, or unset it',
    );
  };
  if (!existsSync(folder)) return tell('which does not exist');
  const dir = [folder, join(folder, 'lib')].find((path) => sharedObjects(path));
  const names = dir && sharedObjects(dir);
  if (!dir || !names) return tell('where there is no such library');
  const include = [join(folder, 'include'), join(dir, 'include'), join(dirname(dir), 'include')].find((path) =>
    existsSync(join(path, 'tensorflow', 'c', 'c_api.h')),
  );
  if (!include) return tell('where there is no include/tensorflow/c/c_api.h');
  const real = realpathSync(join(dir, names.core));
  const { size, mtimeMs } = statSync(real);
  const id = createHash('sha256').update(`${real}\n${size}\n${mtimeMs}`).digest('hex').slice(0, 12);
  const cuda = existsSync(join(dir, '..', 'nvidia', 'cudnn'));
  const source = `LLAVA_TENSORFLOW=${folder}`;
  return { name: `own-${id}`, dir: dirname(real), include, ...names, version: null, source, gpu: cuda };
}

function sharedObjects(dir: string): { core: string; framework: string } | null {
  if (!existsSync(dir)) return null;
  const files = readdirSync(dir);
  const find = (name: string): string | undefined =>
    // The name with the major version is the one that programs ask for at run time.
    files.find((file) => new RegExp(`^${name}\\.(so\\.2|2\\.dylib)$`).test(file));
  const core = find('libtensorflow_cc') ?? find('libtensorflow');
  const framework = find('libtensorflow_framework');
  return core && framework ? { core, framework } : null;
}
