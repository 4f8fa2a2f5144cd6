import type { TrainConfig } from '../plan/types.ts';

/**
 * Optimizer steps of a train stage: as declared, or `⌈samples · epochs / batch⌉`. Epochs follow on one another without a gap, so only
 * the very last batch may be smaller: 595,375 samples in batches of 128 are 4,652 steps.
 */
export function totalSteps(config: Pick<TrainConfig, 'epochs' | 'steps' | 'batch'>, samples: number): number {
  if (config.steps !== null) return config.steps;
  return Math.ceil(((config.epochs ?? 1) * samples) / config.batch);
}

/** The first step of an `at` block: `at epoch N` begins with the first batch that holds only samples of epoch N or later. */
export function stepOfChange(at: { epoch: number } | { step: number }, batch: number, samples: number): number {
  return 'step' in at ? at.step : Math.ceil((at.epoch * samples) / batch);
}
