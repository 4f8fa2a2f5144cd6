/** Operations that sum up along axes. `axes` may be negative; none given means all. */
import { boolAttr, typeAttr, type Value } from './ir.ts';
import { requireFloat } from './elementwise.ts';
import { normalAxis, ShapeError, showShape } from './shape.ts';

export interface ReduceOptions {
  /** Keep the reduced axes with size 1. */
  keepDims?: boolean;
}

type Axes = number | readonly number[];
type Reduction = (x: Value, axes?: Axes, options?: ReduceOptions) => Value;

function reduction(op: string): Reduction {
  return (x, axes, options = {}) => {
    const keep = options.keepDims ?? false;
    const list = axes === undefined ? x.shape.map((_, i) => i) : typeof axes === 'number' ? [axes] : axes;
    const set = [...new Set(list.map((axis) => normalAxis(op, axis, x.shape)))].sort((a, b) => a - b);
    const shape = x.shape.flatMap((n, i) => (set.includes(i) ? (keep ? [1] : []) : [n]));
    const indices = x.graph.constant(set, [set.length], 'i32');
    return x.graph.add(
      op,
      [x, indices],
      { T: typeAttr(x.dtype), Tidx: typeAttr('i32'), keep_dims: boolAttr(keep) },
      shape,
      x.dtype,
    );
  };
}

export const sum = reduction('Sum');
export const mean = reduction('Mean');
export const max = reduction('Max');

/** Softmax along the last axis: e^(x−max) / Σ e^(x−max). */
export function softmax(x: Value): Value {
  return lastAxis('Softmax', x);
}

/** log softmax along the last axis. */
export function logSoftmax(x: Value): Value {
  return lastAxis('LogSoftmax', x);
}

/** Index of the largest number along an axis, the first one if several are equal; i32, without that axis. */
export function argmax(x: Value, axis = -1): Value {
  const at = normalAxis('argmax', axis, x.shape);
  const attrs = { T: typeAttr(x.dtype), Tidx: typeAttr('i32'), output_type: typeAttr('i32') };
  const shape = x.shape.filter((_, i) => i !== at);
  return x.graph.add('ArgMax', [x, x.graph.constant(at, [], 'i32')], attrs, shape, 'i32');
}

function lastAxis(op: string, x: Value): Value {
  requireFloat(op, x);
  if (x.shape.length === 0) throw new ShapeError(`${op}: needs at least one axis, got shape ${showShape(x.shape)}`);
  return x.graph.add(op, [x], { T: typeAttr(x.dtype) }, x.shape, x.dtype);
}
