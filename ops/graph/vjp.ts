/**
 * Derivatives of the recorded operations, one rule each: from the derivative of the loss by an operation's result (`grad`, the
 * result's shape) to those by its inputs. `needs[i]` is false where none is wanted; a rule may then leave it out.
 *
 * Where a rule reads the result instead of the input (exp, tanh, softmax …), the input need not be kept alive until the backward pass.
 */
import * as e from './elementwise.ts';
import { typeAttr, type Node, type Value } from './ir.ts';
import { gather, unsortedSegmentSum } from './indexing.ts';
import * as l from './layout.ts';
import { matmul } from './matmul.ts';
import { sum } from './reduce.ts';
import { broadcastAxes, sameShape, sizeOf, type Shape } from './shape.ts';

export type Vjp = (node: Node, grad: Value, needs: readonly boolean[]) => readonly (Value | undefined)[];

/** Sums a derivative over the axes along which its operand was repeated. */
export function unbroadcast(grad: Value, shape: Shape): Value {
  if (sameShape(grad.shape, shape)) return grad;
  return l.reshape(sum(grad, broadcastAxes(shape, grad.shape)), shape);
}

/** Rule of y = f(x) with dL/dx = rule(x, y, dL/dy). */
const unary =
  (rule: (x: Value, y: Value, grad: Value) => Value): Vjp =>
  (node, grad) => [rule(node.inputs[0]!, node.value, grad)];

/** Rule of y = f(a, b) with broadcasting. */
const binary =
  (
    left: (a: Value, b: Value, grad: Value, y: Value) => Value,
    right: (a: Value, b: Value, grad: Value, y: Value) => Value,
  ): Vjp =>
  (node, grad, needs) => {
    const [a, b] = [node.inputs[0]!, node.inputs[1]!];
    return [
      needs[0] ? unbroadcast(left(a, b, grad, node.value), a.shape) : undefined,
      needs[1] ? unbroadcast(right(a, b, grad, node.value), b.shape) : undefined,
    ];
  };

/** Half of the derivative goes to each side where both are equal, as in torch. */
function chosen(a: Value, y: Value, other: Value, grad: Value): Value {
  const share = e.select(e.equal(a, other), 0.5, 1);
  return e.select(e.equal(a, y), e.mul(grad, share), 0);
}

const TWO_OVER_SQRT_PI = 2 / Math.sqrt(Math.PI);

/** The reduced axes put back with size 1. */
function kept(node: Node, value: Value): Value {
  const axes = constantInts(node, 1);
  return l.reshape(
    value,
    node.inputs[0]!.shape.map((n, i) => (axes.includes(i) ? 1 : n)),
  );
}

/** The numbers of an input that must be a constant (axes, shapes, paddings). */
function constantInts(node: Node, input: number): number[] {
  const source = node.inputs[input]!;
  const tensor = source.graph.node(source).tensor;
  if (!tensor)
    throw new Error(
      `gradients: ${node.op} (node ${node.id}) has a derivative only where its input ${input} is a constant`,
    );
  return Array.from(tensor.data);
}

function flag(node: Node, name: string): boolean {
  return node.attrs[name]?.value === true;
}

/** y = op(a)·op(b) where op transposes the last two axes if its flag is set. */
function matmulRule(flagA: string, flagB: string): Vjp {
  return (node, grad, needs) => {
    const [a, b] = [node.inputs[0]!, node.inputs[1]!];
    const [ta, tb] = [flag(node, flagA), flag(node, flagB)];
    const da = (): Value =>
      ta ? matmul(b, grad, { transposeA: tb, transposeB: true }) : matmul(grad, b, { transposeB: !tb });
    const db = (): Value =>
      tb ? matmul(grad, a, { transposeA: true, transposeB: ta }) : matmul(a, grad, { transposeA: !ta });
    return [needs[0] ? unbroadcast(da(), a.shape) : undefined, needs[1] ? unbroadcast(db(), b.shape) : undefined];
  };
}

/** y = x[axis picked by indices]: every slice's derivative is added where it was taken from. */
const gatherRule: Vjp = (node, grad) => {
  const [x, indices] = [node.inputs[0]!, node.inputs[1]!];
  const axis = constantInts(node, 2)[0]!;
  const rank = x.shape.length;
  const picked = indices.shape.length;
  const ids = l.reshape(indices, [sizeOf(indices.shape)]);
  // Bring the picked axes to the front, sum per index, and put the axis back.
  const front = grad.shape.map((_, i) => (i < picked ? axis + i : i < picked + axis ? i - picked : i));
  const others = x.shape.filter((_, i) => i !== axis);
  const rows = l.reshape(l.transpose(grad, front), [sizeOf(indices.shape), ...others]);
  const summed = unsortedSegmentSum(rows, ids, x.shape[axis]!);
  const back = Array.from({ length: rank }, (_, i) => (i < axis ? i + 1 : i === axis ? 0 : i));
  return [l.transpose(summed, back)];
};

export const VJP: Readonly<Record<string, Vjp>> = {
  Neg: unary((_x, _y, d) => e.neg(d)),
  Exp: unary((_x, y, d) => e.mul(d, y)),
  Log: unary((x, _y, d) => e.div(d, x)),
  Sqrt: unary((_x, y, d) => e.div(e.mul(d, 0.5), y)),
  Rsqrt: unary((_x, y, d) => e.mul(e.mul(d, -0.5), e.mul(y, e.square(y)))),
  Square: unary((x, _y, d) => e.mul(d, e.mul(x, 2))),
  Abs: unary((x, _y, d) => e.select(e.less(x, 0), e.neg(d), e.select(e.equal(x, 0), 0, d))),
  Tanh: unary((_x, y, d) => e.mul(d, e.sub(1, e.square(y)))),
  Erf: unary((x, _y, d) => e.mul(d, e.mul(e.exp(e.neg(e.square(x))), TWO_OVER_SQRT_PI))),
  Sigmoid: unary((_x, y, d) => e.mul(d, e.mul(y, e.sub(1, y)))),
  Relu: unary((_x, y, d) => e.select(e.greater(y, 0), d, 0)),
  Sin: unary((x, _y, d) => e.mul(d, e.cos(x))),
  Cos: unary((x, _y, d) => e.neg(e.mul(d, e.sin(x)))),

  AddV2: binary(
    (_a, _b, d) => d,
    (_a, _b, d) => d,
  ),
  Sub: binary(
    (_a, _b, d) => d,
    (_a, _b, d) => e.neg(d),
  ),
  Mul: binary(
    (_a, b, d) => e.mul(d, b),
    (a, _b, d) => e.mul(d, a),
  ),
  RealDiv: binary(
    (_a, b, d) => e.div(d, b),
    (_a, b, d, y) => e.neg(e.mul(d, e.div(y, b))),
  ),
  Maximum: binary(
    (a, b, d, y) => chosen(a, y, b, d),
    (a, b, d, y) => chosen(b, y, a, d),
  ),
  Minimum: binary(
    (a, b, d, y) => chosen(a, y, b, d),
    (a, b, d, y) => chosen(b, y, a, d),
  ),
  AddN: (node, grad) => node.inputs.map(() => grad),
  SelectV2: (node, grad, needs) => {
    const [condition, a, b] = [node.inputs[0]!, node.inputs[1]!, node.inputs[2]!];
    return [
      undefined,
      needs[1] ? unbroadcast(e.select(condition, grad, 0), a.shape) : undefined,
      needs[2] ? unbroadcast(e.select(condition, 0, grad), b.shape) : undefined,
    ];
  },
  Cast: unary((x, _y, d) => e.cast(d, x.dtype)),

  Sum: (node, grad) => [l.broadcastTo(kept(node, grad), node.inputs[0]!.shape)],
  Mean: (node, grad) => {
    const x = node.inputs[0]!;
    const count = sizeOf(x.shape) / sizeOf(grad.shape);
    return [l.broadcastTo(e.mul(kept(node, grad), 1 / count), x.shape)];
  },
  // Equal maxima share the derivative, as in torch's amax.
  Max: (node, grad) => {
    const x = node.inputs[0]!;
    const hit = e.cast(e.equal(x, kept(node, node.value)), x.dtype);
    const ties = sum(hit, constantInts(node, 1), { keepDims: true });
    return [e.mul(hit, e.div(kept(node, grad), ties))];
  },
  Softmax: unary((_x, y, d) => e.mul(y, e.sub(d, sum(e.mul(d, y), -1, { keepDims: true })))),
  LogSoftmax: unary((_x, y, d) => e.sub(d, e.mul(e.exp(y), sum(d, -1, { keepDims: true })))),

  MatMul: matmulRule('transpose_a', 'transpose_b'),
  BatchMatMulV2: matmulRule('adj_x', 'adj_y'),

  Reshape: unary((x, _y, d) => l.reshape(d, x.shape)),
  Transpose: (node, grad) => {
    const order = constantInts(node, 1);
    return [
      l.transpose(
        grad,
        order.map((_, i) => order.indexOf(i)),
      ),
    ];
  },
  ConcatV2: (node, grad, needs) => {
    const values = node.inputs.slice(0, -1);
    const axis = constantInts(node, values.length)[0]!;
    let start = 0;
    return values.map((v, i) => {
      const at = start;
      start += v.shape[axis]!;
      return needs[i] ? l.narrow(grad, axis, at, v.shape[axis]!) : undefined;
    });
  },
  Slice: (node, grad) => {
    const x = node.inputs[0]!;
    const begin = constantInts(node, 1);
    return [
      l.pad(
        grad,
        begin.map((b, i): [number, number] => [b, x.shape[i]! - b - grad.shape[i]!]),
      ),
    ];
  },
  Pad: (node, grad) => {
    const widths = constantInts(node, 1);
    const x = node.inputs[0]!;
    return [
      l.slice(
        grad,
        x.shape.map((_, i) => widths[2 * i]!),
        x.shape,
      ),
    ];
  },
  BroadcastTo: unary((x, _y, d) => unbroadcast(d, x.shape)),
  // [a, b] repeated (m, n) times is [m, a, n, b] with the counts summed out.
  Tile: (node, grad) => {
    const x = node.inputs[0]!;
    const counts = constantInts(node, 1);
    const split = l.reshape(
      grad,
      x.shape.flatMap((n, i) => [counts[i]!, n]),
    );
    return [
      sum(
        split,
        x.shape.map((_, i) => 2 * i),
      ),
    ];
  },

  GatherV2: gatherRule,
  UnsortedSegmentSum: (node, grad) => {
    const [x, ids] = [node.inputs[0]!, node.inputs[1]!];
    const safe = gather(grad, e.maximum(ids, 0));
    const kept = l.reshape(e.greaterEqual(ids, 0), [...ids.shape, ...x.shape.slice(ids.shape.length).map(() => 1)]);
    return [e.select(kept, safe, 0)];
  },
};

/** Sum of several derivatives of one value. */
export function addAll(values: readonly Value[]): Value {
  const [first, second] = [values[0]!, values[1]];
  if (!second) return first;
  if (values.length === 2) return e.add(first, second);
  return first.graph.add(
    'AddN',
    values,
    { N: { kind: 'int', value: values.length }, T: typeAttr(first.dtype) },
    first.shape,
    first.dtype,
  );
}
