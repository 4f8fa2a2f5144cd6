import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { EnvironmentError } from './types.ts';
import type { StageKind } from './types.ts';

/**
 * A stage kind `x` registers itself by being `engine/stages/x.ts` or `engine/stages/x/index.ts` and exporting `stage: StageKind`.
 * That file must be light: keys are made from its `version` and `files` in processes that never load TensorFlow, so `run` itself
 * imports what is heavy.
 */
interface StageModule {
  stage: StageKind;
}

/** A module with further kinds (`stages: StageKind[]`), for the tests of the engine; the language knows none of them. */
export const EXTRA_STAGES = 'LLAVA_TEST_STAGES';

const loaded = new Map<string, Promise<StageKind>>();

/** The stage kind of that name. */
export function stageKind(kind: string): Promise<StageKind> {
  let found = loaded.get(kind);
  if (!found) loaded.set(kind, (found = load(kind)));
  return found;
}

async function load(kind: string): Promise<StageKind> {
  const extra = process.env[EXTRA_STAGES];
  if (extra) {
    const { stages } = (await import(pathToFileURL(resolve(extra)).href)) as { stages: StageKind[] };
    const found = stages.find((stage) => stage.kind === kind);
    if (found) return found;
  }
  if (/^[a-z_]+$/.test(kind)) {
    for (const path of [`./${kind}.ts`, `./${kind}/index.ts`]) {
      const url = new URL(path, import.meta.url);
      if (existsSync(fileURLToPath(url))) return ((await import(url.href)) as StageModule).stage;
    }
  }
  throw new EnvironmentError(`this version of llava has no stage kind ${kind}; the plan was made by another version`);
}
