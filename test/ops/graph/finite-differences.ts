import { expect } from 'vitest';
import { load, type Binding, type ExecutorKind } from '../../../ops/backend/index.ts';
import {
  gradients,
  mul,
  Program,
  sum,
  type Graph,
  type HostTensor,
  type Shape,
  type Value,
} from '../../../ops/graph/index.ts';
import { uniform } from '../../../ops/train/rng.ts';

export interface GradientCase {
  name: string;
  /** Shapes of the float operands. */
  shapes: readonly Shape[];
  build: (g: Graph, ...operands: Value[]) => Value;
  /** Range from which operands are drawn. */
  range?: readonly [number, number];
}

const STEP = 1e-2;
const TOLERANCE = 3e-3;

/**
 * Compares the derivative of Σ weight ∘ f(operands) by every number of every operand with the central difference quotient
 * (f(x+h) − f(x−h)) / 2h. The random weights make errors visible that a plain sum would cancel.
 */
export function checkGradient(binding: Binding, kind: ExecutorKind, test: GradientCase): void {
  const program = new Program();
  program.define('f', (g) => {
    const operands = test.shapes.map((shape, i) => g.input(`x${i}`, shape));
    const y = test.build(g, ...operands);
    const weight = g.constant(uniform(7, 'weight', y.shape, 0.5, 1.5).data, y.shape);
    const loss = sum(mul(y, weight));
    const grads = gradients(g, loss, operands);
    return { loss, ...Object.fromEntries(grads.map((d, i) => [`d${i}`, d])) };
  });
  const executable = load(binding, program, kind);
  const [low, high] = test.range ?? [-1, 1];
  const inputs = Object.fromEntries(test.shapes.map((s, i) => [`x${i}`, uniform(3, `${test.name}${i}`, s, low, high)]));
  const result = executable.run('f', inputs);
  const lossAt = (name: string, index: number, shift: number): number => {
    const data = Float32Array.from(inputs[name]!.data);
    data[index]! += shift;
    const moved: HostTensor = { ...inputs[name]!, data };
    return executable.run('f', { ...inputs, [name]: moved })['loss']!.data[0]!;
  };
  let largest = 0;
  test.shapes.forEach((_, i) => {
    const grad = result[`d${i}`]!;
    expect(grad.shape).toEqual(test.shapes[i]);
    grad.data.forEach((d, index) => {
      const quotient = (lossAt(`x${i}`, index, STEP) - lossAt(`x${i}`, index, -STEP)) / (2 * STEP);
      expect(Math.abs(d - quotient), `operand ${i}, number ${index}: ${d} against ${quotient}`).toBeLessThan(
        TOLERANCE * Math.max(1, Math.abs(quotient)),
      );
      largest = Math.max(largest, Math.abs(quotient));
    });
  });
  expect(largest, 'the function must depend on its operands').toBeGreaterThan(0.01);
  executable.dispose();
}
