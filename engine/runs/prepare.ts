import type { Plan } from '../../dsl/plan/types.ts';
import { selectNodes } from '../../workflows/select.ts';
import { stageKind } from '../stages/registry.ts';
import { DataError } from '../stages/types.ts';
import type { Progress } from '../setup/progress.ts';
import type { Home } from '../store/home.ts';
import { lookupStages } from '../store/lookup.ts';
import { checkData } from './check-data.ts';

export interface PrepareWatcher {
  warn(text: string): void;
  /** How setting up what is missing goes. */
  progress: Progress;
}

/**
 * All that can be found wrong before a server starts: files that are missing or damaged (`DataError`), programs that are missing and
 * cannot be set up (`EnvironmentError`). Nothing is read or set up for stages whose artifacts are there already.
 */
export async function prepareRun(
  home: Home,
  plan: Plan,
  base: string,
  only: string[] | null,
  watcher: PrepareWatcher,
): Promise<void> {
  const stages = selectNodes(plan, only);
  const found = await lookupStages(home, { stages }, base).catch(async (error: unknown) => {
    // What is wrong with a file is said best by the reader of its format (with the names that are near).
    await checkData({ stages }, base, () => {});
    throw error;
  });
  const missing = stages.filter(({ id }) => !found.get(id)?.cached);
  await checkData({ stages: missing }, base, (text) => watcher.warn(text));
  const kinds = await Promise.all(missing.map(({ kind }) => stageKind(kind)));
  const tensors = kinds.some(({ withoutTensors }) => !withoutTensors);
  if (tensors) await (await import('../setup/environment.ts')).ensureEnvironment(watcher.progress);
  else await (await import('../setup/temporal.ts')).ensureTemporal(watcher.progress);
}

/** `DataError` when `only` names a stage that the plan does not have. */
export function checkOnly(plan: Plan, only: readonly string[] | null): void {
  const known = new Set(plan.stages.map(({ name }) => name));
  for (const name of only ?? []) {
    if (!known.has(name))
      throw new DataError(`--only ${name}: the experiment has no such stage; it has ${[...known].join(', ')}`);
  }
}
