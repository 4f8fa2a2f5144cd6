import type { Logger } from 'pino';
import type { FileRef, StageConfig, StageId, StageNode } from '../../dsl/plan/types.ts';

/** What a stage made, as it lies in the store. */
export interface Artifact {
  /** `name-` + 64 hex digits: SHA-256 of all that it depends on. */
  key: string;
  /** Absolute folder of its files, read-only. */
  dir: string;
  metrics: Metrics;
}

/** Numbers that tables and asserts read, by name: `accuracy`, `loss`, `NAT` … */
export type Metrics = Record<string, number>;

export interface Progress {
  /** What is going on, in a few words: `train`, `features`, `generate`. */
  phase: string;
  done: number;
  total: number;
  unit: 'steps' | 'images' | 'samples' | 'questions';
  loss?: number;
  tokensPerSecond?: number;
  lr?: number;
}

/** All that a stage may touch. Stages run in a compute process of their own, so they may block. */
export interface StageContext<C extends StageConfig = StageConfig> {
  node: StageNode;
  config: C;
  seed: number;
  /** Artifacts of `node.inputs`. */
  inputs: ReadonlyMap<StageId, Artifact>;
  /** Folder for checkpoints; survives a crash and is there again at the next attempt, deleted after the commit. */
  work: string;
  /** Empty folder; what lies in it when `run` resolves becomes the artifact, whole or not at all. */
  out: string;
  /** Home of the store, for shared caches (image features). */
  store: StoreAccess;
  /** Absolute path of a file that the plan names. */
  resolve(ref: FileRef): string;
  progress(p: Progress): void;
  /** Append one row to the run's metrics.jsonl for this stage. */
  record(row: Record<string, number>): void;
  /** Aborted on cancel and on SIGTERM: write a checkpoint, then throw `Cancelled`. Look at it between steps. */
  signal: AbortSignal;
  /** Throws `LeaseLost` when another attempt has taken this stage over; call it before every write into `work`. */
  checkLease(): void;
  log: Logger;
}

export interface StoreAccess {
  /** The artifact with this key, or the one that `make` writes into an empty folder; two processes that ask at once make it once. */
  cached(key: string, make: (dir: string) => Promise<Metrics>): Promise<Artifact>;
}

export interface StageResult {
  metrics: Metrics;
}

/** A stage kind: one file in `engine/stages` that registers itself in `registry.ts`. */
export interface StageKind<C extends StageConfig = StageConfig> {
  kind: C['kind'];
  /** Raise it when the same config would give other bytes: it is part of every key. */
  version: number;
  /** Files on disk whose content the key covers. */
  files(config: C): FileRef[];
  /** Never loads TensorFlow: a run of such stages alone does not set it up. */
  withoutTensors?: true;
  run(context: StageContext<C>): Promise<StageResult>;
}

/** Thrown by a stage that was asked to stop and has written its checkpoint. */
export class Cancelled extends Error {
  override name = 'Cancelled';
}

/** Thrown by `checkLease` when another attempt owns the stage. */
export class LeaseLost extends Error {
  override name = 'LeaseLost';
}

/** The file or the data is wrong: says what, where and how to mend it. Never retried; exit code 1. */
export class DataError extends Error {
  override name = 'DataError';
}

/** The machine lacks something (library, server, disk space): exit code 4. */
export class EnvironmentError extends Error {
  override name = 'EnvironmentError';
}
