import { copyFile, link, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readSafetensors } from '../../ops/io/safetensors/read.ts';
import { writeSafetensors, type TensorData } from '../../ops/io/safetensors/write.ts';
import { DataError, type Artifact } from '../stages/types.ts';
import { MODULES, moduleOf, weightsFile, type Module } from './layout.ts';

export interface Parameter {
  name: string;
  shape: readonly number[];
}

/** Where each module's weights lie among the artifacts that a stage starts from; a later artifact wins. */
export async function locateModules(sources: readonly Artifact[]): Promise<Map<Module, string>> {
  const found = new Map<Module, string>();
  for (const source of sources) {
    for (const module of MODULES) {
      const file = join(source.dir, weightsFile(module));
      if (await exists(file)) found.set(module, file);
    }
  }
  return found;
}

/**
 * Reads the given parameters out of module files; parameters of modules that have no file are left out (they start at random).
 *
 * @throws DataError when a file lacks a parameter or holds it in another shape: the model was changed between the stages.
 */
export async function readModules(
  files: ReadonlyMap<Module, string>,
  parameters: readonly Parameter[],
): Promise<Map<string, TensorData>> {
  const weights = new Map<string, TensorData>();
  for (const [module, file] of files) {
    const wanted = parameters.filter((p) => moduleOf(p.name) === module);
    if (wanted.length === 0) continue;
    const stored = await readSafetensors(file);
    for (const { name, shape } of wanted) {
      const tensor = stored.get(name);
      if (!tensor) throw new DataError(`${file}: has no '${name}'; the model differs from the one that was trained`);
      if (tensor.shape.join() !== shape.join()) {
        throw new DataError(
          `${file}: '${name}' has shape [${tensor.shape.join(', ')}], this stage's model wants [${shape.join(', ')}]`,
        );
      }
      weights.set(name, tensor);
    }
  }
  return weights;
}

/**
 * Writes a train artifact's weights: modules with a trained parameter anew, the others as hard links to where they came from
 * (a copy where the file system has no links).
 */
export async function writeModules(
  out: string,
  weights: ReadonlyMap<string, TensorData>,
  trained: ReadonlySet<string>,
  sources: ReadonlyMap<Module, string>,
): Promise<void> {
  for (const module of MODULES) {
    const target = join(out, weightsFile(module));
    const source = sources.get(module);
    const names = [...weights.keys()].filter((name) => moduleOf(name) === module).sort();
    const untouched = !names.some((name) => trained.has(name));
    if (source !== undefined && untouched) {
      await linkOrCopy(source, target);
    } else if (names.length > 0) {
      await writeSafetensors(
        target,
        names.map((name) => [name, weights.get(name)!]),
        { fsync: true },
      );
    }
  }
}

/** Takes a file that an earlier stage made into this stage's artifact. */
export async function linkOrCopy(source: string, target: string): Promise<void> {
  await link(source, target).catch(() => copyFile(source, target));
}

/** The last of `sources` that holds `file`, or null. */
export async function findFile(sources: readonly Artifact[], file: string): Promise<string | null> {
  for (const source of [...sources].reverse()) {
    const path = join(source.dir, file);
    if (await exists(path)) return path;
  }
  return null;
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
