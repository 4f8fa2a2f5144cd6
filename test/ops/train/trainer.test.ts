import { describe, expect, it } from 'vitest';
import type { TrainerState } from '../../../ops/train/index.ts';
import { openTensorFlow } from '../tensorflow.ts';
import { ALL, linearTrainer, PARAMETERS, rows, start } from './linear-model.ts';
import { Reference } from './reference.ts';

const binding = openTensorFlow();
const LRS = [0.02, 0.05];
const numbers = (state: TrainerState, name: string): number[] => Array.from(state.weights.get(name)!.data);

/** All of a state's bits. */
const bits = (state: TrainerState): unknown =>
  [state.weights, state.m, state.v].map((map) => [...map].map(([name, t]) => [name, ...Array.from(t.data)]).sort());

describe.skipIf(!binding).each(['graph', 'eager'] as const)('a trainer on the %s executor', (kind) => {
  it('learns what a plain double-precision AdamW learns', () => {
    const trainer = linearTrainer(binding!, kind);
    const first = start().weights;
    const reference = new Reference(
      { a: first.get('a')!.data, b: first.get('b')!.data, c: first.get('c')!.data },
      { a: 0.1, b: 0.1, c: 0 },
    );
    for (let i = 0; i < 20; i++) {
      // A rate that changes, a first step with rate 0, and micro-batches cut unevenly.
      const rate = i / 20;
      const { x, y } = rows(i).inputs;
      const expected = reference.step(x!.data, y!.data, { a: LRS[0]! * rate, b: LRS[0]! * rate, c: LRS[1]! * rate }, 1);
      const batches = i % 2 === 0 ? [rows(i)] : [rows(i, 0, 2), rows(i, 2, 5)];
      const { loss, gradNorm, weight } = trainer.step(
        batches,
        LRS.map((lr) => lr * rate),
      );
      expect(weight).toBe(5);
      expect(loss / expected.loss).toBeCloseTo(1, 4);
      expect(gradNorm / expected.norm).toBeCloseTo(1, 4);
    }
    const state = trainer.state();
    for (const name of ['a', 'b', 'c'] as const) {
      numbers(state, name).forEach((value, i) => expect(value).toBeCloseTo(reference.parameters[name].value[i]!, 5));
    }
    expect([...state.counts]).toEqual([
      ['a', 20],
      ['b', 20],
      ['c', 20],
    ]);
    trainer.dispose();
  });

  it('takes the same step however a batch is cut', () => {
    const states = [[rows(0)], [rows(0, 0, 3), rows(0, 3, 5)], [rows(0, 0, 2), rows(0, 2, 5)]].map((batches) => {
      const trainer = linearTrainer(binding!, kind);
      trainer.step(batches, LRS);
      trainer.step([rows(1)], LRS);
      const state = trainer.state();
      trainer.dispose();
      return PARAMETERS.flatMap(({ name }) => numbers(state, name));
    });
    states[0]!.forEach((value, i) => {
      expect(states[1]![i]).toBeCloseTo(value, 5);
      expect(states[2]![i]).toBeCloseTo(value, 5);
    });
  });

  it('goes on from a saved state bit for bit, in the middle of anything', () => {
    const batches = (i: number) => (i % 3 === 0 ? [rows(i, 0, 2), rows(i, 2, 5)] : [rows(i)]);
    const whole = linearTrainer(binding!, kind);
    for (let i = 0; i < 7; i++) whole.step(batches(i), LRS);
    for (const cut of [1, 3, 4]) {
      const before = linearTrainer(binding!, kind);
      for (let i = 0; i < cut; i++) before.step(batches(i), LRS);
      const state = before.state();
      before.dispose();
      const after = linearTrainer(binding!, kind, { state });
      for (let i = cut; i < 7; i++) after.step(batches(i), LRS);
      expect(bits(after.state())).toEqual(bits(whole.state()));
      expect(after.state().counts).toEqual(whole.state().counts);
      after.dispose();
    }
    whole.dispose();
  });

  it('keeps frozen parameters as they are, and goes on over a change of what is frozen bit for bit', () => {
    const onlyC = [{ names: ['c'], weightDecay: 0 }];
    const run = (from: TrainerState, steps: readonly number[], split: boolean): TrainerState => {
      // Steps 0–2 train c alone, 3–5 all; `split` saves and loads the state before every step.
      let state = from;
      for (const range of split ? steps.map((i) => [i]) : [steps.filter((i) => i < 3), steps.filter((i) => i >= 3)]) {
        const all = range[0]! >= 3;
        const trainer = linearTrainer(binding!, kind, all ? { state } : { state, groups: onlyC });
        expect(trainer.trained).toEqual(all ? ['a', 'b', 'c'] : ['c']);
        for (const i of range) trainer.step([rows(i)], all ? LRS : [0.05]);
        expect([...trainer.frozen().keys()]).toEqual(all ? [] : ['a', 'b']);
        if (!all) expect(trainer.frozen().get('a')!.data).toEqual(start().weights.get('a')!.data);
        state = trainer.state();
        trainer.dispose();
      }
      return state;
    };
    const frozen = run(start(), [0, 1, 2], true);
    expect(numbers(frozen, 'a')).toEqual(numbers(start(), 'a'));
    expect(numbers(frozen, 'c')).not.toEqual(numbers(start(), 'c'));
    expect([[...frozen.m.keys()], [...frozen.counts]]).toEqual([['c'], [['c', 3]]]);
    const end = run(start(), [0, 1, 2, 3, 4, 5], true);
    expect(bits(end)).toEqual(bits(run(start(), [0, 1, 2, 3, 4, 5], false)));
    expect(new Map(end.counts)).toEqual(
      new Map([
        ['a', 3],
        ['b', 3],
        ['c', 6],
      ]),
    );
  });

  it('starts what is newly trained as if it had just been given to the optimizer', () => {
    // With gradients of any size, AdamW's first step moves each number by the learning rate.
    const state = { ...start(), counts: new Map([['c', 50]]) };
    const groups = [
      { names: ['a'], weightDecay: 0 },
      { names: ['c'], weightDecay: 0 },
    ];
    const trainer = linearTrainer(binding!, kind, { state, groups, clip: null });
    trainer.step([rows(0)], [0.01, 0.01]);
    const [before, after] = [numbers(start(), 'a'), numbers(trainer.state(), 'a')];
    after.forEach((value, i) => expect(Math.abs(value - before[i]!)).toBeCloseTo(0.01, 5));
    expect(trainer.state().counts).toEqual(
      new Map([
        ['a', 1],
        ['c', 51],
      ]),
    );
    trainer.dispose();
  });

  it('does not clip gradients that are short enough, nor at all when told so', () => {
    const after = (clip: number | null): number[] => {
      const trainer = linearTrainer(binding!, kind, { clip });
      const { gradNorm } = trainer.step([rows(0)], LRS);
      expect(gradNorm).toBeGreaterThan(0.5);
      const m = Array.from(trainer.state().m.get('c')!.data);
      trainer.dispose();
      return m;
    };
    const [free, wide, tight] = [after(null), after(1000), after(0.1)];
    expect(wide).toEqual(free);
    tight.forEach((value, i) => expect(Math.abs(value)).toBeLessThan(Math.abs(free[i]!)));
  });

  it('holds as many native tensors after twenty steps as after one of each kind', () => {
    const before = binding!.getNumOfTensors();
    const trainer = linearTrainer(binding!, kind);
    const both = (): void => {
      trainer.step([rows(0)], LRS);
      trainer.step([rows(0, 0, 2), rows(0, 2, 5)], LRS);
      trainer.state();
    };
    both();
    const after = binding!.getNumOfTensors();
    for (let i = 0; i < 10; i++) both();
    expect(binding!.getNumOfTensors()).toBe(after);
    trainer.dispose();
    expect(binding!.getNumOfTensors()).toBe(before);
  });

  it('runs other functions with the current weights', () => {
    const trainer = linearTrainer(binding!, kind);
    const before = trainer.run('sum', {})['c']!.data[0]!;
    trainer.step([rows(0)], LRS);
    const sum = numbers(trainer.state(), 'c').reduce((s, x) => s + x);
    expect(trainer.run('sum', {})['c']!.data[0]).toBeCloseTo(sum, 6);
    expect(sum).not.toBeCloseTo(before, 3);
    trainer.dispose();
  });

  it('says what is wrong with its options', () => {
    const withGroups = (groups: typeof ALL) => () => linearTrainer(binding!, kind, { groups });
    expect(withGroups([])).toThrow('every parameter is frozen');
    expect(withGroups([{ names: ['d'], weightDecay: 0 }])).toThrow('there is no parameter d');
    expect(withGroups([ALL[0]!, ALL[0]!])).toThrow('the parameter a is in two groups');
    const state = start();
    state.weights.delete('b');
    expect(() => linearTrainer(binding!, kind, { state })).toThrow('the parameter b [2, 4] has no weights');
    state.weights.set('b', { shape: [4, 2], data: new Float32Array(8) });
    expect(() => linearTrainer(binding!, kind, { state })).toThrow('b should be [2, 4], but the state holds [4, 2]');
    const trainer = linearTrainer(binding!, kind);
    expect(() => trainer.step([rows(0)], [0.1])).toThrow('got 1 learning rates for 2 groups');
    expect(() => trainer.step([], LRS)).toThrow('at least one micro-batch');
    trainer.dispose();
  });
});
