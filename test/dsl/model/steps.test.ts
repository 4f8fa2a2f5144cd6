import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { phasesOf } from '../../../dsl/model/phases.ts';
import { samplesSeen, stepOfChange, totalSteps } from '../../../dsl/model/steps.ts';
import { freeze, unfreeze } from './models.ts';

const instruct = (batch: number, epochs: number | null = 1, steps: number | null = null) => {
  return { objective: 'instruct' as const, batch, epochs, steps };
};

describe('steps', () => {
  it('of the paper: 4,652 to align, 14,814 to tune', () => {
    expect(totalSteps(instruct(128), 595_375)).toBe(4652);
    expect(totalSteps(instruct(32, 3), 158_000)).toBe(14_814);
  });

  it('are as declared where they are', () => expect(totalSteps(instruct(32, null, 500), 7)).toBe(500));

  it('end each epoch with a smaller batch, which the contrastive loss leaves out', () => {
    expect(totalSteps(instruct(4, 2), 10)).toBe(6);
    expect(totalSteps({ ...instruct(4, 2), objective: 'contrastive' }, 10)).toBe(4);
  });

  it('of part of an epoch are rounded up', () => expect(totalSteps(instruct(4, 1.5), 16)).toBe(6));

  it('see every sample once an epoch', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 5 }),
        (n, batch, epochs) => {
          const config = instruct(batch, epochs);
          expect(samplesSeen(config, n, totalSteps(config, n))).toBe(epochs * n);
        },
      ),
    );
  });
});

describe('phases', () => {
  const late = unfreeze(['vision.layers[-2..]'], 2e-6);
  const config = {
    ...instruct(4),
    rules: [unfreeze(['projector'], 1e-3)],
    changes: [
      { at: { epoch: 2 }, rules: [late] },
      { at: { step: 3 }, rules: [freeze('projector')] },
      { at: { step: 6 }, rules: [unfreeze(['language'], 1e-5)] },
    ],
  };

  it('begin an epoch at the batch that begins it', () => {
    expect(stepOfChange({ epoch: 2 }, config, 10)).toBe(6);
    expect(stepOfChange({ epoch: 0 }, config, 10)).toBe(0);
  });

  it('come in order of time, those of one step together, each with all rules so far', () => {
    expect(phasesOf(config, 10).map((phase) => [phase.fromStep, phase.rules.length])).toEqual([
      [0, 1],
      [3, 2],
      [6, 4],
    ]);
    expect(phasesOf(config, 10)[1]!.rules).not.toContain(late);
    expect(phasesOf(config, 10)[2]!.rules).toContain(late);
  });
});
