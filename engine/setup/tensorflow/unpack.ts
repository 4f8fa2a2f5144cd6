import { execFile } from 'node:child_process';
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { makeOnce } from '../once.ts';
import type { Progress } from '../progress.ts';
import { enoughSpace } from '../space.ts';
import { unzip, type Pick } from '../zip.ts';
import { cachedLibrary, libraryFolder } from './library.ts';
import type { Library, Origin } from './library.ts';
import { tensorflowVersion } from './pins.ts';
import type { Flavour } from './pins.ts';
import type { WheelFetcher } from './wheel.ts';

/** Shared objects beside the Python package's top, and the headers that the C interface includes. */
export function pickOfWheel(name: string): string | null {
  const library = /^tensorflow\/(lib[^/]+(?:\.so(?:\.\d+)*|\.dylib))$/.exec(name);
  if (library) return `lib/${library[1]}`;
  const header =
    /^tensorflow\/(include\/(?:tensorflow\/c|tensorflow\/core\/platform|tensorflow\/tsl\/platform|tsl\/platform|xla\/tsl\/c)\/.*\.h)$/;
  return header.exec(name)?.[1] ?? null;
}

/** An NVIDIA package's shared objects and tools: TensorFlow looks for them in `../nvidia/NAME/lib` seen from its own folder. */
export function pickOfCompanion(name: string): string | null {
  return /^nvidia\/[^/]+\/(lib|bin|nvvm)\/[^_].*$/.test(name) && !name.endsWith('.h') && !name.endsWith('.a')
    ? name
    : null;
}

/** Puts one flavour's wheels into the cache, unpacked and stripped. */
export async function unpackFlavour(
  flavour: Flavour,
  fetcher: WheelFetcher,
  progress: Progress,
): Promise<Library | null> {
  const folder = libraryFolder(flavour.name, tensorflowVersion);
  const make = async (dir: string): Promise<void> => {
    await enoughSpace(dir, flavour.unpacked, `TensorFlow ${tensorflowVersion}`);
    await unpackWheel(await fetcher.fetch(flavour.wheel), dir, pickOfWheel, progress);
    for (const companion of flavour.companions) {
      await unpackWheel(await fetcher.fetch(companion), dir, pickOfCompanion, progress);
    }
    await strip(join(dir, 'lib'));
    await writeOrigin(dir, {
      source: `wheel ${flavour.wheel.project} ${tensorflowVersion}`,
      version: tensorflowVersion,
      gpu: flavour.name === 'cuda',
    });
  };
  await makeOnce(folder, (dir) => cachedLibrary(dir) !== null, make, progress);
  return cachedLibrary(folder);
}

/** Unpacks the picked files and removes the wheel. */
export async function unpackWheel(file: string, dir: string, pick: Pick, progress: Progress): Promise<void> {
  const task = progress.task(`unpacking ${basename(file)}`, 's');
  try {
    if ((await unzip(file, dir, pick)) === 0) throw new Error(`${basename(file)} holds none of the expected files`);
  } finally {
    task.end();
  }
  await rm(file, { force: true });
}

/** Debug symbols are a quarter of the size. On macOS stripping would void the code signature. */
async function strip(dir: string): Promise<void> {
  if (process.platform !== 'linux') return;
  for (const name of await readdir(dir)) {
    // Without the tool, or where it does not know the file, the library stays as large as it came.
    await promisify(execFile)('strip', ['--strip-unneeded', join(dir, name)]).catch(() => undefined);
  }
}

export async function writeOrigin(dir: string, origin: Omit<Origin, 'files'>): Promise<void> {
  const files: Record<string, number> = {};
  await mkdir(join(dir, 'lib'), { recursive: true });
  for (const name of await readdir(join(dir, 'lib'))) files[`lib/${name}`] = (await stat(join(dir, 'lib', name))).size;
  await writeFile(join(dir, 'source.json'), `${JSON.stringify({ ...origin, files }, null, 2)}\n`);
}
