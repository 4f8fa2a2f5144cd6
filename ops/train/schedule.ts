/**
 * Learning-rate schedules: the factor by which the base rate is multiplied at a step. Steps count from 0, so with warmup the first
 * step has rate 0, as in Hugging Face's `get_{cosine,linear,constant}_schedule_with_warmup`:
 *
 *     step < warmup:  step / warmup
 *     cosine:         ½ (1 + cos π p),  p = (step − warmup) / (total − warmup)
 *     linear:         (total − step) / (total − warmup)
 *     constant:       1
 */
export type ScheduleKind = 'cosine' | 'linear' | 'constant';

export interface Schedule {
  kind: ScheduleKind;
  warmupSteps: number;
  totalSteps: number;
}

/** Steps of warmup for a share of all steps, rounded up as Hugging Face's Trainer does. */
export function warmupSteps(ratio: number, totalSteps: number): number {
  return Math.ceil(ratio * totalSteps);
}

export function scheduleFactor({ kind, warmupSteps: warmup, totalSteps }: Schedule, step: number): number {
  if (step < warmup) return step / Math.max(1, warmup);
  const rest = Math.max(1, totalSteps - warmup);
  switch (kind) {
    case 'cosine':
      return Math.max(0, 0.5 * (1 + Math.cos((Math.PI * (step - warmup)) / rest)));
    case 'linear':
      return Math.max(0, (totalSteps - step) / rest);
    case 'constant':
      return 1;
  }
}
