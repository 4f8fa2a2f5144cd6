import type { FreezeRule, TrainConfig } from '../plan/types.ts';
import { stepOfChange } from './steps.ts';

type Changing = Pick<TrainConfig, 'rules' | 'changes' | 'batch' | 'objective'>;

/** A stretch of training in which the rules stay the same. */
export interface Phase {
  /** First optimizer step of the phase; the first phase begins at 0. */
  fromStep: number;
  /** All rules in force: those of the stage, then those of each change up to here. Later rules win. */
  rules: FreezeRule[];
}

/**
 * The phases of a stage in order of time. `samples` turns epochs into steps. Changes at the same step form one phase, in the
 * order of the text.
 */
export function phasesOf(config: Changing, samples: number): Phase[] {
  const changes = config.changes
    .map((change) => ({ step: stepOfChange(change.at, config, samples), rules: change.rules }))
    .sort((a, b) => a.step - b.step);
  const phases: Phase[] = [{ fromStep: 0, rules: config.rules }];
  for (const { step, rules } of changes) {
    const last = phases[phases.length - 1]!;
    const next = { fromStep: step, rules: [...last.rules, ...rules] };
    if (step === last.fromStep) phases[phases.length - 1] = next;
    else phases.push(next);
  }
  return phases;
}
