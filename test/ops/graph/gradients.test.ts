import { describe, it } from 'vitest';
import * as op from '../../../ops/graph/index.ts';
import type { Graph } from '../../../ops/graph/index.ts';
import { openTensorFlow } from '../tensorflow.ts';
import { checkGradient, type GradientCase } from './finite-differences.ts';

const binding = openTensorFlow();
const ints = (g: Graph, values: readonly number[], shape?: readonly number[]) => g.constant(values, shape, 'i32');
const positive = [0.5, 2] as const;

const cases: GradientCase[] = [
  ...(['neg', 'exp', 'tanh', 'erf', 'sigmoid', 'sin', 'cos', 'square'] as const).map((name) => ({
    name,
    shapes: [[2, 3]],
    build: (_g: Graph, x: op.Value) => op[name](x),
  })),
  ...(['log', 'sqrt', 'rsqrt', 'abs', 'relu'] as const).map((name) => ({
    name,
    shapes: [[2, 3]],
    range: positive,
    build: (_g: Graph, x: op.Value) => op[name](x),
  })),
  { name: 'abs and relu below 0', shapes: [[4]], range: [-2, -0.5], build: (_g, x) => op.add(op.abs(x), op.relu(x)) },
  { name: 'add, broadcast', shapes: [[2, 3], [3]], build: (_g, a, b) => op.add(a, b) },
  {
    name: 'sub, broadcast',
    shapes: [
      [2, 1],
      [2, 3],
    ],
    build: (_g, a, b) => op.sub(a, b),
  },
  {
    name: 'mul, broadcast',
    shapes: [
      [4, 1, 3],
      [2, 1],
    ],
    build: (_g, a, b) => op.mul(a, b),
  },
  { name: 'div, broadcast', shapes: [[2, 3], []], range: positive, build: (_g, a, b) => op.div(a, b) },
  { name: 'scalar operands', shapes: [[3]], range: positive, build: (_g, a) => op.sub(op.div(2, a), op.mul(a, 3)) },
  { name: 'maximum', shapes: [[2, 3], [3]], build: (_g, a, b) => op.maximum(a, op.mul(b, 0.1)) },
  { name: 'minimum', shapes: [[2, 3], [3]], build: (_g, a, b) => op.minimum(a, op.mul(b, 0.1)) },
  {
    name: 'select',
    shapes: [[2, 3], [3]],
    build: (g, a, b) => op.select(op.equal(ints(g, [1, 0, 1, 0, 0, 1], [2, 3]), 1), a, b),
  },
  { name: 'sum over an axis', shapes: [[2, 3, 2]], build: (_g, x) => op.square(op.sum(x, 1)) },
  { name: 'sum of all', shapes: [[2, 3]], build: (_g, x) => op.square(op.sum(x)) },
  { name: 'mean, kept axes', shapes: [[2, 3]], build: (_g, x) => op.mul(x, op.mean(x, -1, { keepDims: true })) },
  {
    name: 'max',
    shapes: [[6]],
    build: (g, x) => op.max(op.reshape(op.add(x, g.constant([0, 9, 4, 8, 0, 3])), [2, 3]), -1),
  },
  { name: 'softmax', shapes: [[2, 4]], build: (_g, x) => op.softmax(x) },
  { name: 'logSoftmax', shapes: [[2, 4]], build: (_g, x) => op.logSoftmax(x) },
  ...[false, true].flatMap((transposeA) =>
    [false, true].map((transposeB) => ({
      name: `matmul ${transposeA} ${transposeB}`,
      shapes: [transposeA ? [3, 2] : [2, 3], transposeB ? [4, 3] : [3, 4]],
      build: (_g: Graph, a: op.Value, b: op.Value) => op.matmul(a, b, { transposeA, transposeB }),
    })),
  ),
  ...[false, true].flatMap((transposeA) =>
    [false, true].map((transposeB) => ({
      name: `batched matmul ${transposeA} ${transposeB}, broadcast`,
      shapes: [transposeA ? [2, 3, 2] : [2, 2, 3], transposeB ? [2, 1, 2, 3] : [2, 1, 3, 2]],
      build: (_g: Graph, a: op.Value, b: op.Value) => op.matmul(a, b, { transposeA, transposeB }),
    })),
  ),
  {
    name: 'matmul, rows of rows',
    shapes: [
      [2, 2, 3],
      [4, 3],
    ],
    build: (_g, a, b) => op.matmul(a, b, { transposeB: true }),
  },
  { name: 'reshape', shapes: [[2, 3]], build: (_g, x) => op.softmax(op.reshape(x, [3, -1])) },
  { name: 'transpose', shapes: [[2, 3, 2]], build: (_g, x) => op.softmax(op.transpose(x, [2, 0, 1])) },
  {
    name: 'concat',
    shapes: [
      [2, 1],
      [2, 2],
    ],
    build: (_g, a, b) => op.softmax(op.concat([a, b, a], 1)),
  },
  { name: 'slice', shapes: [[3, 4]], build: (_g, x) => op.square(op.slice(x, [1, 1], [2, -1])) },
  {
    name: 'pad',
    shapes: [[2, 2]],
    build: (_g, x) =>
      op.softmax(
        op.pad(x, [
          [1, 0],
          [0, 2],
        ]),
      ),
  },
  { name: 'broadcastTo', shapes: [[2, 1]], build: (_g, x) => op.exp(op.broadcastTo(x, [3, 2, 2])) },
  { name: 'tile', shapes: [[2, 2]], build: (_g, x) => op.softmax(op.tile(x, [2, 3])) },
  {
    name: 'gather, repeated rows',
    shapes: [[3, 2]],
    build: (g, x) => op.square(op.gather(x, ints(g, [2, 0, 2, 2], [2, 2]))),
  },
  { name: 'gather, middle axis', shapes: [[2, 3, 2]], build: (g, x) => op.square(op.gather(x, ints(g, [2, 0, 2]), 1)) },
  {
    name: 'gatherLast',
    shapes: [[2, 2, 3]],
    build: (g, x) => op.square(op.gatherLast(x, ints(g, [0, 2, 1, 1], [2, 2]))),
  },
  {
    name: 'unsortedSegmentSum, some left out',
    shapes: [[4, 2]],
    build: (g, x) => op.square(op.unsortedSegmentSum(x, ints(g, [1, -1, 1, 0]), 3)),
  },
  {
    name: 'a value used four times',
    shapes: [[3]],
    build: (_g, x) => op.add(op.mul(x, op.exp(x)), op.sub(op.sin(x), op.square(x))),
  },
  {
    name: 'custom with two results, one of them unused',
    shapes: [[3], [3]],
    build: (g, a, b) =>
      g.custom(
        [a, b],
        () => ({ outputs: [op.mul(a, b), op.exp(a)], saved: null }),
        ([d, unused], _saved, needs) => [
          needs[0] ? op.add(op.mul(d!, b), op.mul(unused!, 100)) : undefined,
          needs[1] ? op.mul(d!, a) : undefined,
        ],
      )[0]!,
  },
];

describe.skipIf(!binding).each(['graph', 'eager'] as const)('derivatives against difference quotients (%s)', (kind) => {
  it.each(cases)('$name', (test) => checkGradient(binding!, kind, test));
});
