/** Operations that move numbers about without changing them. */
import { intAttr, typeAttr, type Value } from './ir.ts';
import { broadcastShapes, normalAxis, sameShape, ShapeError, showShape, sizeOf, type Shape } from './shape.ts';

/** The same numbers in row-major order under another shape; one size may be −1 (whatever is left). */
export function reshape(x: Value, shape: Shape): Value {
  const known = shape.reduce((product, n) => (n === -1 ? product : product * n), 1);
  const full = shape.map((n) => (n === -1 ? sizeOf(x.shape) / known : n));
  if (shape.filter((n) => n === -1).length > 1 || sizeOf(full) !== sizeOf(x.shape) || !full.every(Number.isInteger)) {
    throw new ShapeError(`reshape: ${showShape(x.shape)} does not fit into ${showShape(shape)}`);
  }
  if (sameShape(full, x.shape)) return x;
  const target = x.graph.constant(full, [full.length], 'i32');
  return x.graph.add('Reshape', [x, target], { T: typeAttr(x.dtype), Tshape: typeAttr('i32') }, full, x.dtype);
}

/** A new axis of size 1 at this place (negative: counted from the end of the result). */
export function expandDims(x: Value, axis: number): Value {
  const at = axis < 0 ? axis + x.shape.length + 1 : axis;
  if (at < 0 || at > x.shape.length)
    throw new ShapeError(`expandDims: no place ${axis} in shape ${showShape(x.shape)}`);
  return reshape(x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)]);
}

/** Axis i of the result is axis `order[i]` of x. */
export function transpose(x: Value, order: readonly number[]): Value {
  const axes = order.map((axis) => normalAxis('transpose', axis, x.shape));
  if (axes.length !== x.shape.length || new Set(axes).size !== axes.length) {
    throw new ShapeError(`transpose: [${order.join(', ')}] is no order of the axes of ${showShape(x.shape)}`);
  }
  if (axes.every((axis, i) => axis === i)) return x;
  const perm = x.graph.constant(axes, [axes.length], 'i32');
  const shape = axes.map((axis) => x.shape[axis]!);
  return x.graph.add('Transpose', [x, perm], { T: typeAttr(x.dtype), Tperm: typeAttr('i32') }, shape, x.dtype);
}

/** Puts values one after the other along an axis. */
export function concat(values: readonly Value[], axis: number): Value {
  const first = values[0];
  if (!first) throw new ShapeError('concat: needs at least one value');
  if (values.length === 1) return first;
  const at = normalAxis('concat', axis, first.shape);
  for (const v of values) {
    if (
      v.dtype !== first.dtype ||
      v.shape.length !== first.shape.length ||
      v.shape.some((n, i) => i !== at && n !== first.shape[i])
    ) {
      throw new ShapeError(
        `concat: ${first.dtype} ${showShape(first.shape)} and ${v.dtype} ${showShape(v.shape)} differ beside axis ${at}`,
      );
    }
  }
  const shape = first.shape.map((n, i) => (i === at ? values.reduce((total, v) => total + v.shape[at]!, 0) : n));
  const attrs = { N: intAttr(values.length), T: typeAttr(first.dtype), Tidx: typeAttr('i32') };
  return first.graph.add('ConcatV2', [...values, first.graph.constant(at, [], 'i32')], attrs, shape, first.dtype);
}

/** The box of `size` that starts at `begin`; a size of −1 takes all that follows. */
export function slice(x: Value, begin: readonly number[], size: readonly number[]): Value {
  const full = size.map((n, i) => (n === -1 ? x.shape[i]! - begin[i]! : n));
  const fits =
    begin.length === x.shape.length && full.every((n, i) => n >= 0 && begin[i]! >= 0 && begin[i]! + n <= x.shape[i]!);
  if (!fits || full.length !== x.shape.length) {
    throw new ShapeError(
      `slice: begin [${begin.join(', ')}] with size [${size.join(', ')}] is not inside ${showShape(x.shape)}`,
    );
  }
  if (sameShape(full, x.shape)) return x;
  return dynamicSlice(x, x.graph.constant(begin, [begin.length], 'i32'), full);
}

/** `count` places from `start` on along one axis. */
export function narrow(x: Value, axis: number, start: number, count: number): Value {
  const at = normalAxis('narrow', axis, x.shape);
  const begin = x.shape.map((_, i) => (i === at ? start : 0));
  return slice(
    x,
    begin,
    x.shape.map((n, i) => (i === at ? count : n)),
  );
}

/** As `slice`, with a start that is known only when the graph runs: begin i32 [rank]. Only a constant start has a derivative. */
export function dynamicSlice(x: Value, begin: Value, size: Shape): Value {
  if (begin.dtype !== 'i32' || !sameShape(begin.shape, [x.shape.length]) || size.some((n, i) => n > x.shape[i]!)) {
    throw new ShapeError(
      `slice: begin ${begin.dtype} ${showShape(begin.shape)}, size ${showShape(size)} do not fit ${showShape(x.shape)}`,
    );
  }
  const sizes = x.graph.constant(size, [size.length], 'i32');
  return x.graph.add('Slice', [x, begin, sizes], { T: typeAttr(x.dtype), Index: typeAttr('i32') }, size, x.dtype);
}

/** Zeros around x: `paddings[i]` = how many before and after along axis i. */
export function pad(x: Value, paddings: readonly (readonly [number, number])[]): Value {
  if (paddings.length !== x.shape.length || paddings.some(([a, b]) => a < 0 || b < 0)) {
    throw new ShapeError(`pad: ${JSON.stringify(paddings)} does not fit shape ${showShape(x.shape)}`);
  }
  if (paddings.every(([a, b]) => a === 0 && b === 0)) return x;
  const shape = x.shape.map((n, i) => n + paddings[i]![0] + paddings[i]![1]);
  const widths = x.graph.constant(paddings.flat(), [paddings.length, 2], 'i32');
  return x.graph.add('Pad', [x, widths], { T: typeAttr(x.dtype), Tpaddings: typeAttr('i32') }, shape, x.dtype);
}

/** Repeats axes of size 1 (and new leading ones) until x has this shape. */
export function broadcastTo(x: Value, shape: Shape): Value {
  if (!sameShape(broadcastShapes('broadcastTo', x.shape, shape), shape)) {
    throw new ShapeError(`broadcastTo: ${showShape(x.shape)} does not broadcast to ${showShape(shape)}`);
  }
  if (sameShape(x.shape, shape)) return x;
  const target = x.graph.constant(shape, [shape.length], 'i32');
  return x.graph.add('BroadcastTo', [x, target], { T: typeAttr(x.dtype), Tidx: typeAttr('i32') }, shape, x.dtype);
}

/** Repeats the whole of x `multiples[i]` times along axis i. */
export function tile(x: Value, multiples: readonly number[]): Value {
  if (multiples.length !== x.shape.length || multiples.some((n) => n < 1)) {
    throw new ShapeError(`tile: multiples [${multiples.join(', ')}] do not fit shape ${showShape(x.shape)}`);
  }
  if (multiples.every((n) => n === 1)) return x;
  const shape = x.shape.map((n, i) => n * multiples[i]!);
  const counts = x.graph.constant(multiples, [multiples.length], 'i32');
  return x.graph.add('Tile', [x, counts], { T: typeAttr(x.dtype), Tmultiples: typeAttr('i32') }, shape, x.dtype);
}
