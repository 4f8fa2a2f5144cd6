import { describe, expect, it } from 'vitest';
import * as op from '../../../ops/graph/index.ts';
import { Graph, gradients, Program } from '../../../ops/graph/index.ts';

describe('a graph', () => {
  it('records equal operations once', () => {
    const g = new Graph();
    const x = g.input('x', [2, 3]);
    expect(op.exp(op.mul(x, 2))).toBe(op.exp(op.mul(x, 2)));
    expect(op.sum(x, 0)).not.toBe(op.sum(x, 1));
    expect(g.constant(0)).not.toBe(g.constant(-0));
    expect(g.variable('w', [2])).toBe(g.variable('w', [2]));
  });

  it.each<[string, (g: Graph, x: op.Value) => unknown]>([
    ['matmul: [2, 3] · [2, 3]: the inner sizes 3 and 2 differ', (_g, x) => op.matmul(x, x)],
    ['AddV2: shapes [2, 3] and [2] do not broadcast', (g, x) => op.add(x, g.constant([1, 2]))],
    ['AddV2: dtypes f32 and i32 differ; cast one of them', (g, x) => op.add(x, g.constant(1, [], 'i32'))],
    ['reshape: [2, 3] does not fit into [4, -1]', (_g, x) => op.reshape(x, [4, -1])],
    ['Sum: there is no axis 2 in a value of shape [2, 3]', (_g, x) => op.sum(x, 2)],
    ['transpose: [0, 0] is no order of the axes of [2, 3]', (_g, x) => op.transpose(x, [0, 0])],
    ['concat: f32 [2, 3] and f32 [3] differ beside axis 0', (g, x) => op.concat([x, g.constant([1, 2, 3])], 0)],
    ['slice: begin [1, 0] with size [2, 3] is not inside [2, 3]', (_g, x) => op.slice(x, [1, 0], [2, 3])],
    ['gather: indices must be i32, got f32 [2, 3]', (_g, x) => op.gather(x, x)],
    ['constant: 3 numbers do not fill shape [2]', (g) => g.constant([1, 2, 3], [2])],
    ['variable w: is f32 [2], but is used as f32 [3]', (g) => [g.variable('w', [2]), g.variable('w', [3])]],
    [
      'AssignVariableOp: there is no variable v',
      (g) => g.effect({ op: 'AssignVariableOp', variables: ['v'], inputs: [], attrs: {} }),
    ],
    ['input: the name x is taken by a value of shape [2, 3]', (g) => g.input('x', [1])],
    ['Exp: needs a float value, got i32; cast it first', (g) => op.exp(g.constant(1, [], 'i32'))],
  ])('refuses what does not fit: %s', (message, build) => {
    const g = new Graph();
    const x = g.input('x', [2, 3]);
    expect(() => build(g, x)).toThrow(message);
  });

  it('refuses values of another function', () => {
    const program = new Program();
    const kept: op.Value[] = [];
    program.define('a', (g) => ({ x: (kept[0] = g.input('x', [])) }));
    expect(() => program.define('b', (g) => ({ y: op.add(g.input('y', []), kept[0]!) }))).toThrow(/another function/);
    expect(() => program.define('c', () => ({ y: kept[0]! }))).toThrow('output y of c belongs to another function');
    expect(() => program.define('a', () => ({}))).toThrow('a function named a is defined already');
  });
});

describe('gradients', () => {
  const layers = (g: Graph): { loss: op.Value; weights: op.Value[] } => {
    const weights = [0, 1, 2].map((i) => g.variable(`w${i}`, [4, 4]));
    let h = g.input('x', [2, 4]);
    for (const w of weights) h = op.tanh(op.matmul(h, w));
    return { loss: op.sum(h), weights };
  };
  const products = (g: Graph): number => g.nodes.filter((node) => node.op === 'MatMul').length;

  it('builds nothing for frozen parameters nor below the lowest trained one', () => {
    const count = (trained: number[]): number => {
      const g = new Graph();
      const { loss, weights } = layers(g);
      gradients(
        g,
        loss,
        trained.map((i) => weights[i]!),
      );
      return products(g) - 3;
    };
    // A trained layer costs one product for its weights, a layer above a trained one costs one for its input.
    expect(count([0, 1, 2])).toBe(5);
    expect(count([2])).toBe(1);
    expect(count([1])).toBe(2);
  });

  it('does not ask a hand-written derivative for what nobody needs', () => {
    const g = new Graph();
    const [a, b] = [g.variable('a', [2]), g.variable('b', [2])];
    const asked: (readonly boolean[])[] = [];
    const [y] = g.custom(
      [a, b],
      () => ({ outputs: [op.mul(a, b)], saved: null }),
      ([d], _saved, needs) => {
        asked.push(needs);
        return [undefined, op.mul(d!, a)];
      },
    );
    gradients(g, op.sum(y!), [b]);
    expect(asked).toEqual([[false, true]]);
  });

  it('stops where it is told to, and gives zeros where the loss does not depend on a value', () => {
    const g = new Graph();
    const a = g.variable('a', [2]);
    const [d] = gradients(g, op.sum(op.stopGradient(op.exp(a))), [a]);
    expect(d!.shape).toEqual([2]);
    expect(g.node(d!).op).toBe('BroadcastTo');
  });

  it('names an operation without a derivative, a derivative of the wrong shape and a loss that is no scalar', () => {
    const g = new Graph();
    const a = g.variable('a', [2, 2]);
    const scattered = op.tensorScatterUpdate(a, g.constant([0], [1, 1], 'i32'), g.constant([1, 2], [1, 2]));
    expect(() => gradients(g, op.sum(scattered), [a])).toThrow(/no derivative is known for TensorScatterUpdate/);
    const [wrong] = g.custom(
      [a],
      () => ({ outputs: [op.sum(a)], saved: null }),
      ([d]) => [d],
    );
    expect(() => gradients(g, wrong!, [a])).toThrow('custom gave [] for an input of shape [2, 2]');
    expect(() => gradients(g, a, [a])).toThrow('the loss must be a float scalar, got f32 [2, 2]');
  });
});
