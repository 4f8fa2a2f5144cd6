import { join, resolve } from 'node:path';
import type { FileRef, Plan, StageId, StageNode } from '../../dsl/plan/types.ts';
import { stageKind } from '../stages/registry.ts';
import type { Artifact } from '../stages/types.ts';
import { Digests } from './digest.ts';
import type { Home } from './home.ts';
import { stageKey } from './key.ts';
import type { KeyParts, StageKey } from './key.ts';
import { Store } from './store.ts';

export interface FoundStage {
  key: string;
  parts: KeyParts;
  /** What the store holds under the key; null: it will run. */
  cached: Artifact | null;
}

/** Absolute path of a file of the plan: relative ones start at `base`, the experiment file's folder. */
export function resolveFile(ref: FileRef, base: string, inputDir: (stage: StageId) => string): string {
  return 'file' in ref ? resolve(base, ref.file) : join(inputDir(ref.stage), ref.path);
}

/**
 * Keys of all stages, and which of them the store holds. Keys follow from the plan and the files on disk alone, so they are known
 * before anything runs. `DataError` when a file that the plan names is absent.
 */
export async function lookupStages(
  home: Home,
  plan: Pick<Plan, 'stages'>,
  base: string,
): Promise<Map<StageId, FoundStage>> {
  const store = new Store(home);
  const files = new FileDigests(home, base);
  const found = new Map<StageId, FoundStage>();
  for (const node of plan.stages) {
    const { key, parts } = await keyOf(node, (stage) => found.get(stage)?.key, files);
    found.set(node.id, { key, parts, cached: store.get(key) });
  }
  files.save();
  return found;
}

/** The key of one stage whose inputs' keys are known. */
export async function keyOf(
  node: StageNode,
  inputKey: (stage: StageId) => string | undefined,
  files: FileDigests,
): Promise<StageKey> {
  const kind = await stageKind(node.kind);
  return stageKey(node, {
    implementation: kind.version,
    files: kind.files(node.config),
    inputKey: (stage) => {
      const key = inputKey(stage);
      if (key === undefined) throw new Error(`the plan lists ${node.id} before its input ${stage}`);
      return key;
    },
    digest: (file) => files.of(file),
  });
}

/** Digests of the files that a plan names, each made once. */
export class FileDigests {
  readonly #digests: Digests;
  readonly #base: string;
  readonly #known = new Map<string, Promise<string>>();

  constructor(home: Home, base: string) {
    this.#digests = new Digests(join(home.dir, 'digests.json'));
    this.#base = base;
  }

  of(file: string): Promise<string> {
    const path = resolve(this.#base, file);
    let made = this.#known.get(path);
    if (!made) this.#known.set(path, (made = this.#digests.of(path)));
    return made;
  }

  save(): void {
    this.#digests.save();
  }
}
