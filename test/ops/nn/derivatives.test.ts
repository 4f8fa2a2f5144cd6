import { describe, expect, it } from 'vitest';
import { load } from '../../../ops/backend/index.ts';
import {
  add,
  concat,
  div,
  erf,
  expandDims,
  gatherLast,
  gather,
  gradients,
  logSoftmax,
  matmul,
  mean,
  mul,
  narrow,
  Program,
  reshape,
  select,
  sigmoid,
  softmax,
  sqrt,
  square,
  sub,
  sum,
  tile,
  type Graph,
  type HostTensor,
  type Shape,
  type Value,
} from '../../../ops/graph/index.ts';
import { spliceImages } from '../../../ops/models/llava.ts';
import { gelu, quickGelu, swiglu } from '../../../ops/nn/activations.ts';
import { attention, attentionOver, causalMask } from '../../../ops/nn/attention.ts';
import { linearCrossEntropy } from '../../../ops/nn/cross-entropy.ts';
import { layerNorm, rmsNorm } from '../../../ops/nn/norm.ts';
import { applyRope, ropeTable } from '../../../ops/nn/rope.ts';
import { uniform } from '../../../ops/train/rng.ts';
import { checkGradient } from '../graph/finite-differences.ts';
import { openTensorFlow } from '../tensorflow.ts';

const binding = openTensorFlow();

interface Case {
  name: string;
  shapes: readonly Shape[];
  /** The function with its hand-written derivative. */
  ours: (g: Graph, ...operands: Value[]) => Value;
  /** The same written down plainly, differentiated operation by operation. */
  plain: (g: Graph, ...operands: Value[]) => Value;
  /** Where finite differences are taken: away from strong curvature, which they do not see. */
  range?: readonly [number, number];
}

const EPS = 1e-5;
const labels = (g: Graph) => g.constant([2, -100, 0, 4, 2], [5], 'i32');
const ids = (g: Graph) => g.constant([1, 0, 0, 3, 2, 0], [2, 3], 'i32');
const slots = (g: Graph) => g.constant([-1, 2, 0, -1, -1, 3], [2, 3], 'i32');

const cases: Case[] = [
  {
    name: 'layerNorm',
    shapes: [[2, 3, 5], [5], [5]],
    ours: (_g, x, w, b) => layerNorm(x!, w!, b!, EPS),
    plain: (_g, x, w, b) => {
      const centred = sub(x!, mean(x!, -1, { keepDims: true }));
      return add(mul(div(centred, sqrt(add(mean(square(centred), -1, { keepDims: true }), EPS))), w!), b!);
    },
  },
  {
    name: 'rmsNorm',
    range: [0.5, 1.5],
    shapes: [[2, 3, 5], [5]],
    ours: (_g, x, w) => rmsNorm(x!, w!, EPS),
    plain: (_g, x, w) => mul(div(x!, sqrt(add(mean(square(x!), -1, { keepDims: true }), EPS))), w!),
  },
  {
    name: 'applyRope',
    shapes: [[1, 2, 5, 4]],
    ours: (g, x) => applyRope(x!, ropeTable(g, 5, 4, 100)),
    // A rotation of each pair (x_i, x_{i+2}) by the angle p · 100^(−i/2).
    plain: (g, x) => {
      const angles = [0, 1, 2, 3, 4].flatMap((p) => [p, p / 10]);
      const cos = g.constant(angles.map(Math.cos), [5, 2]);
      const sin = g.constant(angles.map(Math.sin), [5, 2]);
      const [a, b] = [narrow(x!, -1, 0, 2), narrow(x!, -1, 2, 2)];
      return concat([sub(mul(a, cos), mul(b, sin)), add(mul(b, cos), mul(a, sin))], -1);
    },
  },
  ...([1, 2, 4] as const).map((kvHeads): Case => ({
    name: `attention, 4 query heads on ${kvHeads} key heads, causal`,
    shapes: [
      [2, 4, 3, 2],
      [2, kvHeads, 3, 2],
      [2, kvHeads, 3, 2],
    ],
    ours: (g, q, k, v) => attention(q!, k!, v!, causalMask(g, 3)),
    plain: (g, q, k, v) => {
      const group = 4 / kvHeads;
      const repeat = (x: Value) => reshape(tile(expandDims(x, 2), [1, 1, group, 1, 1]), [2, 4, 3, 2]);
      const scores = mul(matmul(q!, repeat(k!), { transposeB: true }), Math.SQRT1_2);
      return matmul(softmax(add(scores, causalMask(g, 3))), repeat(v!));
    },
  })),
  {
    name: 'swiglu',
    shapes: [
      [3, 4],
      [3, 4],
    ],
    ours: (_g, gate, up) => swiglu(gate!, up!),
    plain: (_g, gate, up) => mul(mul(gate!, sigmoid(gate!)), up!),
  },
  {
    name: 'quickGelu',
    shapes: [[3, 4]],
    ours: (_g, x) => quickGelu(x!),
    plain: (_g, x) => mul(x!, sigmoid(mul(x!, 1.702))),
  },
  {
    name: 'gelu',
    shapes: [[3, 4]],
    ours: (_g, x) => gelu(x!),
    plain: (_g, x) => mul(mul(x!, 0.5), add(erf(div(x!, Math.SQRT2)), 1)),
  },
  {
    name: 'linearCrossEntropy, one row without a label',
    shapes: [
      [5, 3],
      [6, 3],
    ],
    ours: (g, h, w) => linearCrossEntropy(h!, w!, labels(g)),
    plain: (g, h, w) => {
      const picked = gatherLast(
        logSoftmax(matmul(h!, w!, { transposeB: true })),
        g.constant([2, 0, 0, 4, 2], [5], 'i32'),
      );
      return sum(mul(picked, g.constant([-1, 0, -1, -1, -1])));
    },
  },
  {
    name: 'spliceImages, two features unused',
    shapes: [
      [4, 3],
      [2, 3, 3],
    ],
    ours: (g, table, features) => spliceImages(table!, ids(g), features!, slots(g)),
    plain: (g, table, features) => {
      const isImage = g.constant([0, 1, 1, 0, 0, 1], [2, 3, 1], 'bool');
      const at = g.constant([0, 2, 0, 0, 0, 3], [2, 3], 'i32');
      return select(isImage, gather(reshape(features!, [6, 3]), at), gather(table!, ids(g)));
    },
  },
];

/** Value and derivatives (by every operand) of a weighted sum of what `build` makes. */
function evaluate(test: Case, build: Case['ours']): Record<string, HostTensor> {
  const program = new Program();
  program.define('f', (g) => {
    const operands = test.shapes.map((shape, i) => g.input(`x${i}`, shape));
    const y = build(g, ...operands);
    const weighted = sum(mul(y, g.constant(uniform(9, 'weight', y.shape, -1, 1).data, y.shape)));
    return { y, ...Object.fromEntries(gradients(g, weighted, operands).map((d, i) => [`d${i}`, d])) };
  });
  const executable = load(binding!, program, 'eager');
  const inputs = test.shapes.map((shape, i) => [`x${i}`, uniform(4, `${test.name}${i}`, shape, -1.5, 1.5)] as const);
  const result = executable.run('f', Object.fromEntries(inputs));
  executable.dispose();
  return result;
}

describe.skipIf(!binding).each(cases)('$name', (test) => {
  it('agrees with the plain version and its automatic derivative', () => {
    const [ours, plain] = [evaluate(test, test.ours), evaluate(test, test.plain)];
    for (const [name, wanted] of Object.entries(plain)) {
      expect(wanted.data.some((x) => Math.abs(x) > 1e-3)).toBe(true);
      wanted.data.forEach((x, i) => expect(Math.abs(ours[name]!.data[i]! - x), `${name}[${i}]`).toBeLessThan(2e-6));
    }
  });

  it('agrees with finite differences', () => {
    checkGradient(binding!, 'eager', {
      name: test.name,
      shapes: test.shapes,
      build: test.ours,
      ...(test.range && { range: test.range }),
    });
  });
});

describe.skipIf(!binding)('attention', () => {
  /** Runs a function of inputs q [1, 2, 2, 4] and k, v [1, 1, 6, 4]. */
  const run = (build: (g: Graph, q: Value, k: Value, v: Value) => Value): number[] => {
    const program = new Program();
    program.define('f', (g) => ({
      y: build(g, g.input('q', [1, 2, 2, 4]), g.input('k', [1, 1, 6, 4]), g.input('v', [1, 1, 6, 4])),
    }));
    const executable = load(binding!, program, 'eager');
    const inputs = {
      q: uniform(1, 'q', [1, 2, 2, 4]),
      k: uniform(1, 'k', [1, 1, 6, 4]),
      v: uniform(1, 'v', [1, 1, 6, 4]),
    };
    const { y } = executable.run('f', inputs);
    executable.dispose();
    return [...y!.data];
  };
  const mask = (g: Graph) => g.constant([0, 0, 0, -1e9, 0, 0, 0, 0, 0, 0, 0, -1e9], [2, 6]);

  it('over parts of memory equals attention over the whole', () => {
    const whole = run((g, q, k, v) => attention(q, k, v, mask(g)));
    const parts = run((g, q, k, v) =>
      attentionOver(q, [
        { keys: narrow(k, 2, 0, 2), values: narrow(v, 2, 0, 2), mask: null },
        { keys: narrow(k, 2, 2, 4), values: narrow(v, 2, 2, 4), mask: narrow(mask(g), 1, 2, 4) },
      ]),
    );
    parts.forEach((x, i) => expect(x).toBeCloseTo(whole[i]!, 6));
  });

  it('does not look at what is masked', () => {
    const before = run((g, q, k, v) => attention(q, k, v, mask(g)));
    const after = run((g, q, k, v) => {
      const last = g.constant([0, 0, 0, 0, 0, 9], [6, 1]);
      return attention(q, add(k, last), add(v, last), mask(g));
    });
    // Row 1 of each head must not see key 5; row 0 does.
    expect(after.slice(4, 8)).toEqual(before.slice(4, 8));
    expect(after.slice(12, 16)).toEqual(before.slice(12, 16));
    expect(after.slice(0, 4)).not.toEqual(before.slice(0, 4));
  });

  it('refuses heads that cannot share keys', () => {
    expect(() => run((g, q) => attention(q, g.constant(new Float32Array(36), [1, 3, 3, 4]), q, null))).toThrow(
      '2 query heads cannot share 3 key heads',
    );
  });
});

describe.skipIf(!binding)('linearCrossEntropy', () => {
  it('stays finite where the label has no probability left', () => {
    const program = new Program();
    program.define('f', (g) => {
      const h = g.constant([200, 0, 0, 200], [2, 2]);
      return { loss: linearCrossEntropy(h, g.constant([1, 0, 0, 1], [2, 2]), g.constant([1, 1], [2], 'i32')) };
    });
    const executable = load(binding!, program, 'eager');
    expect(executable.run('f', {}).loss!.data[0]).toBeCloseTo(200, 4);
    executable.dispose();
  });
});
