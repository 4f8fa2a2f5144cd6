import { dirname, resolve } from 'node:path';
import type { AblationPlan, Plan, StageId } from '../../dsl/plan/types.ts';
import { describeStage } from './details.ts';
import { groupStages } from './groups.ts';
import type { StageGroup } from './groups.ts';
import type { CountIo } from './samples.ts';
import type { StageStandings } from './standing.ts';
import type { AblationView, PlanView, StageView } from './types.ts';

/**
 * What a plan will do, before anything runs.
 *
 * @param file the experiment file: relative paths in it start at its folder
 * @param standings what the store holds (standing.ts)
 * @throws DataError when the data of a stage can neither be counted nor is declared
 */
export async function describePlan(plan: Plan, file: string, standings: StageStandings): Promise<PlanView> {
  const nodes = new Map(plan.stages.map((node) => [node.id, node]));
  const io: CountIo = {
    resolve: (ref) => resolve(dirname(file), ref.file),
    artifactDir: (stage) => standings.artifactDir(stage),
    node: (stage) => nodes.get(stage)!,
  };
  const groups = groupStages(plan);
  const stages: StageView[] = [];
  for (const group of groups) stages.push(await stageView(group, plan, standings, io));
  const cached = plan.stages.filter((node) => standings.standing(node.id).state === 'cached').length;
  return {
    experiment: plan.experiment,
    ablations: plan.ablations.map((ablation) => ablationView(ablation, plan)),
    variants: plan.variants.length,
    work: { total: plan.stages.length, cached },
    stages,
    edges: edgesOf(plan),
  };
}

async function stageView(group: StageGroup, plan: Plan, standings: StageStandings, io: CountIo): Promise<StageView> {
  const node = group.nodes[0]!;
  const { data, details } = await describeStage(node.config, io);
  return {
    name: group.name,
    kind: node.kind,
    nodes: group.nodes.map(({ id, seed }) => ({ id, seed, standing: standings.standing(id) })),
    variants: group.variants,
    differences: group.differences,
    inputs: namesOf(node.inputs, plan),
    after: namesOf(node.after, plan),
    asserts: node.asserts.map((assert) => assert.text.replace(/^assert\s+/, '')),
    data,
    details,
  };
}

function ablationView({ name, measure, seeds, rows }: AblationPlan, plan: Plan): AblationView {
  const stagesOf = (row: string): Record<string, StageId> =>
    plan.variants.find((variant) => variant.ablation === name && variant.name === row)?.stages ?? {};
  const base = stagesOf(rows[0]?.name ?? '');
  const withOwn = rows.map((row) => {
    const stages = Object.entries(stagesOf(row.name));
    return { ...row, own: stages.filter(([stage, id]) => base[stage] !== id).map(([stage]) => stage) };
  });
  return { name, measure: `${measure.stage}.${measure.metric}`, seeds, rows: withOwn };
}

function edgesOf(plan: Plan): PlanView['edges'] {
  const edges = plan.stages.flatMap((node) => [
    ...namesOf(node.inputs, plan).map((from) => ({ from, to: node.name, kind: 'data' as const })),
    ...namesOf(node.after, plan).map((from) => ({ from, to: node.name, kind: 'order' as const })),
  ]);
  const seen = new Set<string>();
  return edges.filter((edge) => {
    const key = JSON.stringify(edge);
    return seen.has(key) ? false : (seen.add(key), true);
  });
}

function namesOf(stages: StageId[], plan: Plan): string[] {
  return stages.map((id) => plan.stages.find((node) => node.id === id)?.name ?? id);
}
