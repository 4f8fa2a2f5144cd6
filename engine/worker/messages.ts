import type { StageInput } from '../../workflows/types.ts';
import type { Metrics, Progress } from '../stages/types.ts';

/** From the worker to a compute process. */
export type ToCompute =
  | { type: 'start'; homeDir: string; input: StageInput; work: string }
  /** Write a checkpoint and stop. */
  | { type: 'cancel' };

/** From a compute process to the worker. */
export type FromCompute =
  | { type: 'progress'; progress: Progress }
  | { type: 'done'; metrics: Metrics }
  | { type: 'failed'; name: string; message: string; stack: string };
