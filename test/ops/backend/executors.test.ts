import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { load, type Executable } from '../../../ops/backend/index.ts';
import * as op from '../../../ops/graph/index.ts';
import { Program, type HostTensor, type Shape } from '../../../ops/graph/index.ts';
import { normal } from '../../../ops/train/rng.ts';
import { openTensorFlow } from '../tensorflow.ts';

const binding = openTensorFlow();
const f32 = (shape: Shape, ...values: number[]): HostTensor => ({
  dtype: 'f32',
  shape,
  data: Float32Array.from(values),
});
const numbers = (tensor: HostTensor | undefined): number[] => Array.from(tensor!.data);

/** A program that uses most kinds of operations and all kinds of writes. */
function sample(): Program {
  const program = new Program();
  program.define('mix', (g) => {
    const w = g.variable('w', [6, 4]);
    const x = g.input('x', [3, 4]);
    const h = op.softmax(op.tanh(op.matmul(x, w, { transposeB: true })));
    const best = op.argmax(h);
    const picked = op.gather(w, best);
    const cache = op.tensorScatterUpdate(x, g.constant([1], [1, 1], 'i32'), op.narrow(picked, 0, 0, 1));
    const hot = op.oneHot(best, 6);
    const loss = op.sum(op.mul(h, hot));
    const [d] = op.gradients(g, loss, [w]);
    g.assignSub('w', op.mul(d!, 0.5));
    g.assignAdd('calls', g.constant(1, [], 'i32'));
    const half = op.cast(op.matmul(op.cast(x, 'bf16'), op.cast(w, 'bf16'), { transposeB: true }), 'f32');
    return { h, best, cache, loss, half, any: op.logicalNot(op.greater(h, 0.2)) };
  });
  return program;
}

function ready(kind: 'graph' | 'eager'): Executable {
  const executable = load(binding!, sample(), kind);
  executable.write(
    new Map<string, HostTensor>([
      ['w', normal(1, 'w', [6, 4])],
      ['calls', { dtype: 'i32', shape: [], data: Int32Array.of(0) }],
    ]),
  );
  return executable;
}

describe.skipIf(!binding)('both executors', () => {
  it('give the same results', () => {
    const [graph, eager] = [ready('graph'), ready('eager')];
    for (let call = 0; call < 3; call++) {
      const inputs = { x: normal(2, `x${call}`, [3, 4]) };
      const [a, b] = [graph.run('mix', inputs), eager.run('mix', inputs)];
      expect(Object.keys(a)).toEqual(Object.keys(b));
      for (const name of Object.keys(a)) {
        expect(a[name]!.shape).toEqual(b[name]!.shape);
        expect(a[name]!.dtype).toBe(b[name]!.dtype);
        numbers(a[name]).forEach((value, i) =>
          expect(value).toBeCloseTo(numbers(b[name])[i]!, name === 'half' ? 2 : 5),
        );
      }
    }
    expect(numbers(graph.read(['calls']).get('calls'))).toEqual([3]);
    graph.dispose();
    eager.dispose();
  });
});

describe.skipIf(!binding).each(['graph', 'eager'] as const)('the %s executor', (kind) => {
  const left: Executable[] = [];
  const open = (program: Program): Executable => {
    const executable = load(binding!, program, kind);
    left.push(executable);
    return executable;
  };
  afterAll(() => left.forEach((executable) => executable.dispose()));

  it('gives the same bits for the same inputs', () => {
    const results = [ready(kind), ready(kind)].map((executable) => {
      const outs = [0, 1, 2].map((i) => executable.run('mix', { x: normal(2, `x${i}`, [3, 4]) })['h']!);
      const w = executable.read(['w']).get('w')!;
      executable.dispose();
      return [...outs, w].map(numbers);
    });
    expect(results[0]).toEqual(results[1]);
  });

  it('reads every variable before it writes any: two variables are swapped', () => {
    const program = new Program();
    program.define('swap', (g) => {
      const [a, b] = [g.variable('a', [2]), g.variable('b', [2])];
      g.assign('a', b);
      g.assign('b', a);
      return { sum: op.add(a, b) };
    });
    const executable = open(program);
    executable.write(
      new Map([
        ['a', f32([2], 1, 2)],
        ['b', f32([2], 30, 40)],
      ]),
    );
    expect(numbers(executable.run('swap', {})['sum'])).toEqual([31, 42]);
    const after = executable.read(['a', 'b']);
    expect([numbers(after.get('a')), numbers(after.get('b'))]).toEqual([
      [30, 40],
      [1, 2],
    ]);
  });

  it('does the writes to one variable in the order in which they were recorded', () => {
    const program = new Program();
    program.define('f', (g) => {
      g.assign('a', op.mul(g.variable('a', []), 10));
      g.assignAdd('a', g.constant(1));
      g.assignSub('a', g.constant(3));
      return {};
    });
    const executable = open(program);
    executable.write(new Map([['a', f32([], 5)]]));
    executable.run('f', {});
    expect(numbers(executable.read(['a']).get('a'))).toEqual([48]);
  });

  it('never keeps memory that JavaScript owns', () => {
    const program = new Program();
    program.define('set', (g) => {
      g.assign('a', op.reshape(g.input('x', [2, 1]), [2]));
      return {};
    });
    program.variable('b', [2]);
    const executable = open(program);
    const [x, y] = [f32([2, 1], 1, 2), f32([2], 3, 4)];
    executable.run('set', { x });
    executable.write(new Map([['b', y]]));
    x.data.fill(9);
    y.data.fill(9);
    expect(numbers(executable.read(['a']).get('a'))).toEqual([1, 2]);
    expect(numbers(executable.read(['b']).get('b'))).toEqual([3, 4]);
  });

  it('gives results that later calls do not change', () => {
    const executable = ready(kind);
    const inputs = { x: normal(2, 'x', [3, 4]) };
    const w = executable.read(['w']).get('w')!;
    const before = numbers(w);
    executable.run('mix', inputs);
    expect(numbers(w)).toEqual(before);
    expect(numbers(executable.read(['w']).get('w'))).not.toEqual(before);
    executable.dispose();
  });

  it('frees native memory: as many tensors after the tenth call as after the first, none after dispose', () => {
    const [tensors, models] = [binding!.getNumOfTensors(), binding!.getNumOfSavedModels()];
    const executable = ready(kind);
    const inputs = { x: normal(2, 'x', [3, 4]) };
    executable.run('mix', inputs);
    const after = binding!.getNumOfTensors();
    for (let i = 0; i < 9; i++) executable.run('mix', inputs);
    expect(binding!.getNumOfTensors()).toBe(after);
    executable.dispose();
    expect(binding!.getNumOfTensors()).toBe(tensors);
    expect(binding!.getNumOfSavedModels()).toBe(models);
    expect(() => executable.run('mix', inputs)).toThrow(/disposed/);
  });

  it('frees native memory when a call fails', () => {
    const program = new Program();
    program.define('f', (g) => ({ y: op.gather(g.input('x', [2, 2]), g.input('i', [1], 'i32')) }));
    const executable = open(program);
    const x = f32([2, 2], 1, 2, 3, 4);
    const at = (i: number): HostTensor => ({ dtype: 'i32', shape: [1], data: Int32Array.of(i) });
    expect(numbers(executable.run('f', { x, i: at(1) })['y'])).toEqual([3, 4]);
    const tensors = binding!.getNumOfTensors();
    expect(() => executable.run('f', { x, i: at(7) })).toThrow(/^f: .*7 is not in/s);
    expect(binding!.getNumOfTensors()).toBe(tensors);
  });

  it('says what is wrong with a call', () => {
    const executable = open(sample());
    const x = normal(2, 'x', [3, 4]);
    expect(() => executable.run('mix', { x })).toThrow(/mix: these variables have no value yet: w/);
    expect(() => executable.run('mix', {})).toThrow('mix: the input x is missing');
    expect(() => executable.run('mix', { x: f32([2], 1, 2) })).toThrow(
      'mix: input x: expected f32 [3, 4], got f32 [2]',
    );
    expect(() => executable.run('mix', { x, y: x })).toThrow('mix: has no input named y');
    expect(() => executable.run('mixed', { x })).toThrow(/no function mixed; there are: mix/);
    expect(() => executable.read(['w'])).toThrow('the variable w has no value yet');
    expect(() => executable.read(['v'])).toThrow('there is no variable v');
    expect(() => executable.write(new Map([['w', x]]))).toThrow('variable w: expected f32 [6, 4], got f32 [3, 4]');
  });
});

describe.skipIf(!binding)('the graph executor', () => {
  it('leaves no files behind', () => {
    // A temporary folder of its own: other processes may be loading graphs at the same moment.
    const before = process.env['TMPDIR'];
    const folder = mkdtempSync(join(tmpdir(), 'llava-test-'));
    process.env['TMPDIR'] = folder;
    try {
      ready('graph').dispose();
      expect(readdirSync(folder)).toEqual([]);
    } finally {
      if (before === undefined) delete process.env['TMPDIR'];
      else process.env['TMPDIR'] = before;
      rmSync(folder, { recursive: true });
    }
  });
});
