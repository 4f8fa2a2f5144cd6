/** Operations that pick and place by index (i32). */
import { intAttr, typeAttr, type Operand, type Value } from './ir.ts';
import { reshape } from './layout.ts';
import { normalAxis, sameShape, ShapeError, showShape, sizeOf, type Shape } from './shape.ts';

/**
 * Picks slices of x along an axis: result shape = x's shape with that axis replaced by the shape of `indices`.
 * Indices must lie in 0…size−1 (TensorFlow fails at run time otherwise).
 */
export function gather(x: Value, indices: Value, axis = 0): Value {
  requireIndices('gather', indices);
  const at = normalAxis('gather', axis, x.shape);
  const shape = [...x.shape.slice(0, at), ...indices.shape, ...x.shape.slice(at + 1)];
  const attrs = {
    Tparams: typeAttr(x.dtype),
    Tindices: typeAttr('i32'),
    Taxis: typeAttr('i32'),
    batch_dims: intAttr(0),
  };
  return x.graph.add('GatherV2', [x, indices, x.graph.constant(at, [], 'i32')], attrs, shape, x.dtype);
}

/** One number of every row: x [… , N], indices [ … ] → [ … ] with out[i] = x[i, indices[i]]. */
export function gatherLast(x: Value, indices: Value): Value {
  requireIndices('gatherLast', indices);
  const rows = x.shape.slice(0, -1);
  const n = x.shape[x.shape.length - 1];
  if (n === undefined || !sameShape(rows, indices.shape)) {
    throw new ShapeError(
      `gatherLast: indices ${showShape(indices.shape)} do not fit the rows of ${showShape(x.shape)}`,
    );
  }
  const g = x.graph;
  const count = sizeOf(rows);
  const starts = g.constant(
    Int32Array.from({ length: count }, (_, i) => i * n),
    [count],
    'i32',
  );
  const flat = g.add('AddV2', [reshape(indices, [count]), starts], { T: typeAttr('i32') }, [count], 'i32');
  return reshape(gather(reshape(x, [count * n]), flat), rows);
}

/**
 * Sums the slices of x that have the same number: ids i32 with the leading axes of x, each −1…segments−1;
 * result [segments, …rest of x]. Slices with a negative id are left out.
 */
export function unsortedSegmentSum(x: Value, ids: Value, segments: number): Value {
  requireIndices('unsortedSegmentSum', ids);
  if (!sameShape(ids.shape, x.shape.slice(0, ids.shape.length))) {
    throw new ShapeError(`unsortedSegmentSum: ids ${showShape(ids.shape)} do not fit ${showShape(x.shape)}`);
  }
  const attrs = { T: typeAttr(x.dtype), Tindices: typeAttr('i32'), Tnumsegments: typeAttr('i32') };
  const shape: Shape = [segments, ...x.shape.slice(ids.shape.length)];
  return x.graph.add('UnsortedSegmentSum', [x, ids, x.graph.constant(segments, [], 'i32')], attrs, shape, x.dtype);
}

/**
 * A copy of x in which slices are replaced: indices i32 [ …, depth ] address the first `depth` axes of x,
 * updates [ …, rest of x's axes]. What repeated indices give is TensorFlow's choice.
 */
export function tensorScatterUpdate(x: Value, indices: Value, updates: Value): Value {
  requireIndices('tensorScatterUpdate', indices);
  const depth = indices.shape[indices.shape.length - 1] ?? 0;
  const wanted = [...indices.shape.slice(0, -1), ...x.shape.slice(depth)];
  if (depth > x.shape.length || !sameShape(updates.shape, wanted) || updates.dtype !== x.dtype) {
    throw new ShapeError(
      `tensorScatterUpdate: updates ${updates.dtype} ${showShape(updates.shape)} at ${showShape(indices.shape)} do not fit ${x.dtype} ${showShape(x.shape)}`,
    );
  }
  const attrs = { T: typeAttr(x.dtype), Tindices: typeAttr('i32') };
  return x.graph.add('TensorScatterUpdate', [x, indices, updates], attrs, x.shape, x.dtype);
}

/** `on` at the index, `off` elsewhere, along a new last axis of size `depth`; f32. An index outside gives only `off`. */
export function oneHot(indices: Value, depth: number, on: Operand = 1, off: Operand = 0): Value {
  requireIndices('oneHot', indices);
  const g = indices.graph;
  const scalar = (v: Operand): Value => (typeof v === 'number' ? g.constant(v) : v);
  const attrs = { T: typeAttr('f32'), TI: typeAttr('i32'), axis: intAttr(-1) };
  const inputs = [indices, g.constant(depth, [], 'i32'), scalar(on), scalar(off)];
  return g.add('OneHot', inputs, attrs, [...indices.shape, depth], 'f32');
}

function requireIndices(op: string, x: Value): void {
  if (x.dtype !== 'i32') throw new ShapeError(`${op}: indices must be i32, got ${x.dtype} ${showShape(x.shape)}`);
}
