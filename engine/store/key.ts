import type { FileRef, StageNode } from '../../dsl/plan/types.ts';
import { sha256 } from './files.ts';

/** What a key is made of; kept in the manifest so that two keys can be told apart. */
export interface KeyParts {
  version: 'llava-key/1';
  kind: string;
  /** Version of the stage kind's implementation. */
  implementation: number;
  /** The config with files replaced by digests and stages by keys. */
  config: unknown;
  /** Keys of the inputs, in the plan's order. */
  inputs: string[];
  /** Digests of further files that the stage kind reads, by their place in its list. */
  files: string[];
  seed: number;
}

export interface StageKey {
  key: string;
  parts: KeyParts;
}

export interface KeySources {
  implementation: number;
  /** What `StageKind.files` lists. */
  files: FileRef[];
  inputKey(stage: string): string;
  digest(file: string): Promise<string>;
}

/**
 * `name-` + SHA-256 of all that the stage's bytes depend on: its kind and the version of its implementation, its config, the keys of
 * its inputs, the content of its files, its seed. Paths of files and names of stages are replaced by what they stand for, so that
 * moving a data set or renaming a stage that feeds this one changes nothing.
 */
export async function stageKey(node: StageNode, sources: KeySources): Promise<StageKey> {
  const inputs = new Set(node.inputs);
  const normalise = async (value: unknown): Promise<unknown> => {
    if (typeof value === 'string') return inputs.has(value) ? sources.inputKey(value) : value;
    if (Array.isArray(value)) return Promise.all(value.map(normalise));
    if (value === null || typeof value !== 'object') return value;
    const entries = Object.entries(value);
    const [first] = entries;
    if (entries.length === 1 && first?.[0] === 'file' && typeof first[1] === 'string') {
      return { digest: await sources.digest(first[1]) };
    }
    return Object.fromEntries(await Promise.all(entries.map(async ([name, item]) => [name, await normalise(item)])));
  };
  const onDisk = sources.files.flatMap((ref) => ('file' in ref ? [ref.file] : []));
  const parts: KeyParts = {
    version: 'llava-key/1',
    kind: node.kind,
    implementation: sources.implementation,
    config: await normalise(node.config),
    inputs: node.inputs.map((stage) => sources.inputKey(stage)),
    files: await Promise.all(onDisk.map((file) => sources.digest(file))),
    seed: node.seed,
  };
  return { key: `${node.name}-${sha256(canonicalJson(parts))}`, parts };
}

/** JSON with sorted keys and no blanks (the shape of RFC 8785): equal values give equal text. */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const entries = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([name, item]) => `${JSON.stringify(name)}:${canonicalJson(item)}`).join(',')}}`;
}
