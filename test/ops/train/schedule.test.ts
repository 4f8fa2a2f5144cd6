import { describe, expect, it } from 'vitest';
import { scheduleFactor, warmupSteps, type ScheduleKind } from '../../../ops/train/schedule.ts';

const factors = (kind: ScheduleKind, warmup: number, totalSteps: number): number[] =>
  Array.from({ length: totalSteps + 1 }, (_, step) => scheduleFactor({ kind, warmupSteps: warmup, totalSteps }, step));

describe('schedules', () => {
  it('warm up from 0 and fall along half a cosine, as in Hugging Face transformers', () => {
    const rates = factors('cosine', warmupSteps(0.03, 10), 10).map((factor) => 0.002 * factor);
    // Learning rates that transformers' get_cosine_schedule_with_warmup gave for lr 0.002, warmup 0.03, 10 steps.
    [0, 0.002, 0.0019396926207859084, 0.001766044443118978, 0.0015, 0.0011736481776669307].forEach((rate, step) =>
      expect(rates[step]).toBeCloseTo(rate, 15),
    );
    expect(rates[10]).toBeCloseTo(0, 15);
  });

  it('fall in a straight line, or stay', () => {
    expect(factors('linear', 2, 6)).toEqual([0, 0.5, 1, 0.75, 0.5, 0.25, 0]);
    expect(factors('constant', 2, 4)).toEqual([0, 0.5, 1, 1, 1]);
    expect(factors('constant', 0, 2)).toEqual([1, 1, 1]);
    expect(factors('cosine', 0, 2)[0]).toBe(1);
  });

  it('round warmup up', () => {
    expect([warmupSteps(0.03, 10), warmupSteps(0.3, 10), warmupSteps(0, 10), warmupSteps(0.05, 500)]).toEqual([
      1, 3, 0, 25,
    ]);
  });
});
