import type { TrainConfig } from '../plan/types.ts';

type Batched = Pick<TrainConfig, 'objective' | 'batch'>;

/**
 * Optimizer steps of one epoch. The last batch of an epoch may be a smaller one (595,375 samples in batches of 128 are 4,652 steps);
 * for the contrastive loss it is left out, because a smaller batch is an easier task: fewer captions to tell apart.
 */
export function stepsPerEpoch(config: Batched, samples: number): number {
  const batches = samples / config.batch;
  return config.objective === 'contrastive' ? Math.floor(batches) : Math.ceil(batches);
}

/** Optimizer steps of a train stage: as declared, or epochs times the steps of an epoch. */
export function totalSteps(config: Batched & Pick<TrainConfig, 'epochs' | 'steps'>, samples: number): number {
  if (config.steps !== null) return config.steps;
  return Math.ceil((config.epochs ?? 1) * stepsPerEpoch(config, samples));
}

/** The first step of an `at` block. */
export function stepOfChange(at: { epoch: number } | { step: number }, config: Batched, samples: number): number {
  return 'step' in at ? at.step : Math.ceil(at.epoch * stepsPerEpoch(config, samples));
}

/** Samples that the first `steps` steps see: whole batches, and the smaller one at the end of each epoch. */
export function samplesSeen(config: Batched, samples: number, steps: number): number {
  if (config.objective === 'contrastive' || samples === 0) return steps * config.batch;
  const perEpoch = stepsPerEpoch(config, samples);
  const epochs = Math.floor(steps / perEpoch);
  return epochs * samples + (steps - epochs * perEpoch) * config.batch;
}
