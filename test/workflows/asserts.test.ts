import { expect, test } from 'vitest';
import type { AssertPlan } from '../../dsl/plan/types.ts';
import { violated } from '../../workflows/asserts.ts';
import { nodesOf, selectNodes } from '../../workflows/select.ts';
import { countPlan } from '../engine/support/plans.ts';

const check = (op: AssertPlan['op'], value: number, accuracy: number): string | null => {
  const asserts: AssertPlan[] = [{ metric: 'accuracy', op, value, text: `exam.accuracy ${op} ${value}` }];
  const [node] = countPlan('', { main: [{ name: 'exam', asserts }] }).stages;
  return violated(node!, { accuracy });
};

test('asserts hold or say what was measured', () => {
  expect(check('>=', 0.8, 0.8)).toBeNull();
  expect(check('>', 0.8, 0.8)).toBe('assert exam.accuracy > 0.8 is false: accuracy is 0.8');
  expect(check('<', 0.8, 0.5)).toBeNull();
  expect(check('<=', 0.8, 0.9)).not.toBeNull();
  expect(check('==', 1, 1)).toBeNull();
  expect(check('!=', 1, 1)).not.toBeNull();
  expect(check('!=', 1, NaN)).toBe('assert exam.accuracy != 1 is false: accuracy is NaN');
});

test('an assert of a metric that was not measured names those that were', () => {
  const asserts: AssertPlan[] = [{ metric: 'accurracy', op: '>', value: 0, text: 'exam.accurracy > 0' }];
  const [node] = countPlan('', { main: [{ name: 'exam', asserts }] }).stages;
  expect(violated(node!, { loss: 1, accuracy: 2 })).toContain('it measured: accuracy, loss');
});

test('--only takes the named stages and what they need, in order', () => {
  const plan = countPlan('', {
    a: [
      { name: 'world' },
      { name: 'see', inputs: ['world'] },
      { name: 'probe', inputs: ['see'] },
      { name: 'tune', inputs: ['see'], after: ['probe'] },
    ],
    b: [{ name: 'world' }, { name: 'alone' }],
  });
  const names = (stages: { name: string }[]): string[] => stages.map(({ name }) => name);
  expect(names(selectNodes(plan, ['probe']))).toEqual(['world', 'see', 'probe']);
  expect(names(selectNodes(plan, ['tune']))).toEqual(['world', 'see', 'probe', 'tune']);
  expect(names(nodesOf(plan.variants[1]!.stages, selectNodes(plan, ['see', 'alone'])))).toEqual(['world', 'alone']);
});
