import type { StageId, StageKindName } from '../../dsl/plan/types.ts';
import type { TrainCost } from '../../dsl/model/cost.ts';

/** What a plan will do, as plain data: `llava plan --json` prints it, text.ts writes it for people. */
export interface PlanView {
  experiment: string;
  ablations: AblationView[];
  /** Runs of the whole chain of stages: variants times seeds. */
  variants: number;
  /** Distinct pieces of work, and how many of them are in the store. */
  work: { total: number; cached: number };
  /** Work that differs in nothing but seed (its own, or that of its inputs) stands together, in the order of the plan. */
  stages: StageView[];
  /** Data and order between stages, by name. */
  edges: { from: string; to: string; kind: 'data' | 'order' }[];
}

export interface AblationView {
  name: string;
  /** `exam.accuracy` */
  measure: string;
  seeds: number[];
  /** `own`: stages that the row does not share with the first one. */
  rows: { name: string; label: string; paper: number | null; own: string[] }[];
}

export interface StageView {
  name: string;
  kind: StageKindName;
  /** One for each seed (and for each variant that starts from other work). */
  nodes: { id: StageId; seed: number; standing: Standing }[];
  /** Variants that use it; null: all of them. */
  variants: string[] | null;
  /** Where it differs from the same stage of the first variant; empty for that one itself. */
  differences: Difference[];
  inputs: string[];
  after: string[];
  asserts: string[];
  data: DataView[];
  details: StageDetails;
}

export interface Standing {
  state: 'cached' | 'will run' | 'cannot run yet';
  reason: string;
}

/** A field of the plan that two stages have otherwise, by its path in the stage's config. */
export interface Difference {
  path: string;
  before: unknown;
  now: unknown;
}

export interface DataView {
  name: string;
  count: SampleCount;
}

export interface SampleCount {
  /** null: not known before other stages have run. */
  samples: number | null;
  /** `declared in the file`, `counted in data/chat.json` … */
  source: string;
}

export type StageDetails = SynthesizeDetails | GenerateDetails | TrainDetails | EvaluateDetails;

export interface SynthesizeDetails {
  kind: 'synthesize';
  pictures: { train: number; val: number; size: number };
  documents: number;
  questions: { train: number; val: number; test: number };
}

export interface GenerateDetails {
  kind: 'generate';
  teacher: string;
  samples: { conversation: number; detail: number; reasoning: number; total: number };
  /** null: no teacher that is asked over a network. */
  requests: { count: number; budgetUsd: number | null; atLeastMinutes: number | null } | null;
}

export interface TrainDetails {
  kind: 'train';
  objective: string;
  order: string | null;
  phases: PhaseView[];
  samples: SampleCount;
  epochs: number | null;
  batch: number;
  microBatch: number;
  length: number;
  schedule: string;
  /** null where the number of samples is needed and not known yet. */
  cost: TrainCost | null;
  /** What is worth knowing before it runs, one sentence each. */
  notes: string[];
}

/** Frozen and trained modules from a step on. */
export interface PhaseView {
  fromStep: number;
  trained: number;
  frozen: number;
  modules: ModuleRow[];
}

export interface ModuleRow {
  /** A module path pattern: it could be written into a freeze rule as it stands. */
  module: string;
  parameters: number;
  trained: boolean;
  /** Peak learning rates, lowest and highest; null where frozen. */
  lr: { least: number; most: number } | null;
  weightDecay: number | null;
}

export interface EvaluateDetails {
  kind: 'evaluate';
  benchmark: string;
  questions: SampleCount;
  maxNewTokens: number | null;
}
