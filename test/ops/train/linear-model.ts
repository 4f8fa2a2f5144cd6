import type { Binding, ExecutorKind } from '../../../ops/backend/index.ts';
import { add, matmul, square, sub, sum, type Graph, type HostTensor } from '../../../ops/graph/index.ts';
import {
  createTrainer,
  initialState,
  normal,
  type Loss,
  type MicroBatch,
  type ParameterGroup,
  type Trainer,
  type TrainerState,
} from '../../../ops/train/index.ts';

/** y = (x Aᵀ) Bᵀ + c: three parameters, x [rows, 3], A [4, 3], B [2, 4], c [2]. Loss: Σ squared errors; terms: rows. */
export const PARAMETERS = [
  { name: 'a', shape: [4, 3] },
  { name: 'b', shape: [2, 4] },
  { name: 'c', shape: [2] },
];

export const ALL: ParameterGroup[] = [
  { names: ['a', 'b'], weightDecay: 0.1 },
  { names: ['c'], weightDecay: 0 },
];

export function start(): TrainerState {
  return initialState(
    new Map(PARAMETERS.map(({ name, shape }) => [name, { shape, data: normal(1, name, shape, 0.5).data }])),
  );
}

export function linearTrainer(
  binding: Binding,
  executor: ExecutorKind,
  options: { state?: TrainerState; groups?: ParameterGroup[]; clip?: number | null } = {},
): Trainer {
  const bucket = (rows: number): [string, (g: Graph) => Loss] => [
    `rows${rows}`,
    (g: Graph) => {
      const [x, y] = [g.input('x', [rows, 3]), g.input('y', [rows, 2])];
      const h = matmul(x, g.variable('a', [4, 3]), { transposeB: true });
      const out = add(matmul(h, g.variable('b', [2, 4]), { transposeB: true }), g.variable('c', [2]));
      return { loss: sum(square(sub(out, y))), count: g.constant(rows) };
    },
  ];
  return createTrainer({
    binding,
    executor,
    parameters: PARAMETERS,
    groups: options.groups ?? ALL,
    buckets: Object.fromEntries([2, 3, 5].map(bucket)),
    functions: { sum: (g) => ({ c: sum(g.variable('c', [2])) }) },
    clip: options.clip === undefined ? 1 : options.clip,
    state: options.state ?? start(),
  });
}

/** Row numbers from–to of step `step`, as one micro-batch. */
export function rows(step: number, from = 0, to = 5): MicroBatch {
  const cut = (name: string, width: number): HostTensor => ({
    dtype: 'f32',
    shape: [to - from, width],
    data: normal(9, `${name}${step}`, [5, width]).data.slice(from * width, to * width),
  });
  return { bucket: `rows${to - from}`, inputs: { x: cut('x', 3), y: cut('y', 2) } };
}
