import type { Plan, StageNode, VariantPlan } from '../dsl/plan/types.ts';

/** Payloads carry plans and references, never tensors. */
export interface RunInput {
  runId: string;
  plan: Plan;
  /** Only these stage names (and what they need); null: all. */
  only: string[] | null;
}

export interface ArtifactRef {
  key: string;
  metrics: Record<string, number>;
  /** The store had it already. */
  cached: boolean;
}

export interface VariantInput {
  runId: string;
  variant: VariantPlan;
  nodes: StageNode[];
}

export interface VariantResult {
  id: string;
  /** Stage name → what it made. */
  stages: Record<string, ArtifactRef>;
}

export interface RunResult {
  variants: VariantResult[];
}
