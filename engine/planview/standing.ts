import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { listOf } from '../../dsl/diagnostics/suggest.ts';
import type { Plan, StageId, StageNode } from '../../dsl/plan/types.ts';
import { openHome } from '../store/home.ts';
import { lookupStages } from '../store/lookup.ts';
import type { Standing } from './types.ts';

export interface StageStandings {
  standing(stage: StageId): Standing;
  /** Folder of what the stage made; null when it has to run. */
  artifactDir(stage: StageId): string | null;
}

/**
 * What the store says of every stage of a plan: cached, will run (and why), or cannot run yet because a file is absent.
 *
 * Changes nothing on disk where no state folder is yet.
 *
 * @param homeDir state folder (`.llava`), absolute
 * @param base folder of the experiment file, where relative files start
 */
export async function standingsOf(plan: Plan, homeDir: string, base: string): Promise<StageStandings> {
  const standings = new Map<StageId, Standing>();
  const artifacts = new Map<StageId, string>();
  const absent = new Map<StageId, string>();
  for (const node of plan.stages) {
    const missing = absentFile(node, base);
    const behind = node.inputs.find((input) => absent.has(input));
    if (missing !== null) absent.set(node.id, `${missing} is absent`);
    else if (behind !== undefined) absent.set(node.id, `needs ${nameOf(plan, behind)}, which cannot run yet`);
  }
  const ready = plan.stages.filter((node) => !absent.has(node.id));
  const found = existsSync(homeDir) ? await lookupStages(openHome(homeDir), { stages: ready }, base) : null;
  for (const node of plan.stages) {
    const blocked = absent.get(node.id);
    const cached = found?.get(node.id)?.cached ?? null;
    if (blocked !== undefined) standings.set(node.id, { state: 'cannot run yet', reason: blocked });
    else if (cached) {
      standings.set(node.id, { state: 'cached', reason: 'done before with the same settings, data and seed' });
      artifacts.set(node.id, cached.dir);
    } else standings.set(node.id, { state: 'will run', reason: reasonToRun(node, plan, artifacts) });
  }
  return {
    standing: (stage) => standings.get(stage)!,
    artifactDir: (stage) => artifacts.get(stage) ?? null,
  };
}

function reasonToRun(node: StageNode, plan: Plan, artifacts: ReadonlyMap<StageId, string>): string {
  const waiting = [
    ...new Set(node.inputs.filter((input) => !artifacts.has(input)).map((input) => nameOf(plan, input))),
  ];
  if (waiting.length > 0) return `after ${listOf(waiting, 'and')}`;
  return 'not in the store with these settings, data and seed';
}

function absentFile(node: StageNode, base: string): string | null {
  return filesIn(node.config).find((file) => !existsSync(resolve(base, file))) ?? null;
}

/** Files on disk that a config names, wherever in it. */
function filesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const fields = Object.entries(value);
  const [name, file] = fields[0] ?? [];
  if (fields.length === 1 && name === 'file' && typeof file === 'string') return [file];
  return fields.flatMap(([, inner]) => filesIn(inner));
}

function nameOf(plan: Plan, stage: StageId): string {
  return plan.stages.find((node) => node.id === stage)?.name ?? stage;
}
