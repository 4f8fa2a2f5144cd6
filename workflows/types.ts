import type { Plan, StageId, StageNode, VariantPlan } from '../dsl/plan/types.ts';

/** Where a run's state lies. The folder is the worker's own affair; workflows only need a name for it. */
export interface HomeRef {
  /** Id of the home: part of every workflow id and task queue. */
  id: string;
  /** Folder of the experiment file, against which the plan's relative file names are resolved. */
  base: string;
}

/** Payloads carry plans and references, never tensors. */
export interface RunInput {
  runId: string;
  plan: Plan;
  /** Only these stage names (and what they need); null: all. */
  only: string[] | null;
  home: HomeRef;
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
  home: HomeRef;
  /** Of all `nodes`. */
  prepared: Record<StageId, PreparedStage>;
}

export interface VariantResult {
  id: string;
  /** Stage name → what it made. */
  stages: Record<string, ArtifactRef>;
}

export interface RunResult {
  variants: VariantResult[];
}

/** What is known of a stage before it runs. */
export interface PreparedStage {
  key: string;
  cached: ArtifactRef | null;
}

/** One stage that may be wanted by several variants and runs; its workflow's id derives from the key. */
export interface StageInput {
  node: StageNode;
  key: string;
  /** Keys of `node.inputs`. */
  inputs: Record<StageId, string>;
  home: HomeRef;
}

/** One variant of one run that waits for a stage. */
export interface AwaitInput extends StageInput {
  runId: string;
  /** Unique to the waiting variant and the same at every attempt. */
  waiter: string;
}

/** Light activities of the control queue. */
export interface ControlActivities {
  /** Keys of all stages and which of them the store holds. */
  prepare(input: { nodes: StageNode[]; home: HomeRef }): Promise<Record<StageId, PreparedStage>>;
  /** Starts the stage's workflow or joins it, and waits for its artifact. */
  awaitStage(input: AwaitInput): Promise<ArtifactRef>;
}

/** Activities of the compute queue. */
export interface ComputeActivities {
  /** `attempt` counts from 1 over all attempts of the stage's workflow. */
  runStage(input: StageInput, attempt: number): Promise<ArtifactRef>;
}

export type StageState = 'waiting' | 'queued' | 'running' | 'done' | 'cached' | 'failed' | 'skipped' | 'cancelled';

/** How far a stage is; the numbers are those of `Progress`. */
export interface StageStatus {
  id: StageId;
  name: string;
  key: string | null;
  state: StageState;
  /** Attempts begun so far. */
  attempts: number;
  phase?: string;
  done?: number;
  total?: number;
  unit?: string;
  loss?: number;
  tokensPerSecond?: number;
  lastError?: string;
  metrics?: Record<string, number>;
}

/** What the query `progress` of a run answers: the tree of variants and stages, each stage that variants share listed once. */
export interface RunProgress {
  runId: string;
  state: 'preparing' | 'running' | 'done' | 'failed' | 'cancelled';
  stages: StageStatus[];
  variants: { id: string; state: 'running' | 'done' | 'failed' | 'cancelled'; stages: Record<string, StageId> }[];
}

/** What the query `stage` of a stage's workflow answers. */
export interface StageProgress {
  waiters: string[];
  attempts: number;
  lastError: string | null;
}

/** Names of the failures that cross process borders as `ApplicationFailure.type`. */
export const FailureType = {
  /** The file or the data is wrong. */
  data: 'DataError',
  environment: 'EnvironmentError',
  /** An `assert` of the experiment is false. */
  assertion: 'AssertFailed',
  /** The stage's own code failed, in every attempt. */
  stage: 'StageFailed',
  /** The compute process was killed or crashed. */
  crash: 'ComputeCrashed',
  /** The worker was asked to stop; nothing is wrong with the stage. */
  stopped: 'WorkerStopped',
  cancelled: 'Cancelled',
} as const;

export const names = {
  controlQueue: (homeId: string): string => `llava-${homeId}`,
  computeQueue: (homeId: string): string => `llava-${homeId}-compute`,
  run: (homeId: string, runId: string): string => `llava/${homeId}/run/${runId}`,
  variant: (homeId: string, runId: string, variant: string): string => `llava/${homeId}/run/${runId}/${variant}`,
  stage: (homeId: string, key: string): string => `llava/${homeId}/stage/${key}`,
} as const;
