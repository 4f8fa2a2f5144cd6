import { createHash } from 'node:crypto';
import type { AssertPlan, Plan, StageConfig, StageNode } from '../../../dsl/plan/types.ts';
import type { CountConfig } from './counting-stages.ts';

export interface CountStage {
  name: string;
  inputs?: string[];
  after?: string[];
  seed?: number;
  config?: Partial<Omit<CountConfig, 'kind' | 'journal'>>;
  retry?: number;
  asserts?: AssertPlan[];
}

/** Variant → its stages, by name; stages of equal meaning get equal ids, as the compiler's do. */
export function countPlan(journal: string, variants: Record<string, CountStage[]>): Plan {
  const nodes = new Map<string, StageNode>();
  const plans = Object.entries(variants).map(([name, stages]) => {
    const ids: Record<string, string> = {};
    for (const stage of stages) {
      const node = nodeOf(stage, ids, journal);
      nodes.set(node.id, node);
      ids[stage.name] = node.id;
    }
    return { id: `${name}#0`, ablation: null, name, label: name, seed: 0, stages: ids };
  });
  return {
    version: 'llava-plan/1',
    experiment: 'counting',
    stages: [...nodes.values()],
    variants: plans,
    ablations: [],
  };
}

function nodeOf(stage: CountStage, ids: Readonly<Record<string, string>>, journal: string): StageNode {
  const config: CountConfig = {
    kind: 'count',
    steps: 10,
    stepMs: 5,
    checkpointEvery: 5,
    failures: 0,
    trouble: 'none',
    journal,
    ...stage.config,
  };
  const meaning = {
    name: stage.name,
    kind: 'count' as const,
    config: config as unknown as StageConfig,
    inputs: (stage.inputs ?? []).map((name) => ids[name]!),
    after: (stage.after ?? []).map((name) => ids[name]!),
    seed: stage.seed ?? 0,
    retry: { times: stage.retry ?? 0, backoffSeconds: 0.1 },
    asserts: stage.asserts ?? [],
  };
  const hash = createHash('sha256').update(JSON.stringify(meaning)).digest('hex').slice(0, 8);
  return { id: `${stage.name}-${hash}`, ...meaning, kind: 'count' as unknown as StageNode['kind'] };
}
