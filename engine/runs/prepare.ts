import type { Plan } from '../../dsl/plan/types.ts';
import { selectNodes } from '../../workflows/select.ts';
import { stageKind } from '../stages/registry.ts';
import { DataError } from '../stages/types.ts';
import type { Home } from '../store/home.ts';
import { lookupStages } from '../store/lookup.ts';
import { checkData } from './check-data.ts';

/**
 * All that can be found wrong before a server starts: files that are missing or damaged (`DataError`), programs that are missing and
 * cannot be set up (`EnvironmentError`). Nothing is read or set up for stages whose artifacts are there already.
 */
export async function prepareRun(
  home: Home,
  plan: Plan,
  base: string,
  only: string[] | null,
  onWarning: (text: string) => void,
): Promise<void> {
  const stages = selectNodes(plan, only);
  const found = await lookupStages(home, { stages }, base);
  const missing = stages.filter(({ id }) => !found.get(id)?.cached);
  await checkData({ stages: missing }, base, onWarning);
  const { ensureTemporal } = await import('../setup/temporal.ts');
  await ensureTemporal();
  const kinds = await Promise.all(missing.map(({ kind }) => stageKind(kind)));
  if (kinds.some(({ withoutTensors }) => !withoutTensors)) {
    const { ensureTensorFlow } = await import('../setup/tensorflow.ts');
    await ensureTensorFlow();
  }
}

/** `DataError` when `only` names a stage that the plan does not have. */
export function checkOnly(plan: Plan, only: readonly string[] | null): void {
  const known = new Set(plan.stages.map(({ name }) => name));
  for (const name of only ?? []) {
    if (!known.has(name))
      throw new DataError(`--only ${name}: the experiment has no such stage; it has ${[...known].join(', ')}`);
  }
}
