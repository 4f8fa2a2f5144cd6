import { boolAttr, typeAttr, type Value } from './ir.ts';
import { requireFloat } from './elementwise.ts';
import { reshape } from './layout.ts';
import { broadcastShapes, ShapeError, showShape } from './shape.ts';

export interface MatmulOptions {
  /** Swap the last two axes of the first operand. */
  transposeA?: boolean;
  /** Swap the last two axes of the second operand: for weights stored [out, in]. */
  transposeB?: boolean;
}

/**
 * Matrix product over the last two axes; leading axes broadcast.
 * a [… , M, K] · b [… , K, N] → [… , M, N]. A b of two axes is applied to all rows of a at once.
 */
export function matmul(a: Value, b: Value, options: MatmulOptions = {}): Value {
  const { transposeA = false, transposeB = false } = options;
  const text = `matmul: ${showShape(a.shape)}${transposeA ? 'ᵀ' : ''} · ${showShape(b.shape)}${transposeB ? 'ᵀ' : ''}`;
  if (a.shape.length < 2 || b.shape.length < 2) throw new ShapeError(`${text}: both need at least two axes`);
  requireFloat('matmul', a);
  if (a.dtype !== b.dtype) throw new ShapeError(`${text}: dtypes ${a.dtype} and ${b.dtype} differ`);
  const [m, k] = lastTwo(a, transposeA);
  const [k2, n] = lastTwo(b, transposeB);
  if (k !== k2) throw new ShapeError(`${text}: the inner sizes ${k} and ${k2} differ`);
  const g = a.graph;
  if (b.shape.length === 2 && (a.shape.length === 2 || !transposeA)) {
    const rows = a.shape.length === 2 ? a : reshape(a, [-1, k]);
    const attrs = { T: typeAttr(a.dtype), transpose_a: boolAttr(transposeA), transpose_b: boolAttr(transposeB) };
    const out = g.add('MatMul', [rows, b], attrs, [transposeA ? m : rows.shape[0]!, n], a.dtype);
    return a.shape.length === 2 ? out : reshape(out, [...a.shape.slice(0, -1), n]);
  }
  const batch = broadcastShapes(text, a.shape.slice(0, -2), b.shape.slice(0, -2));
  const attrs = { T: typeAttr(a.dtype), adj_x: boolAttr(transposeA), adj_y: boolAttr(transposeB) };
  return g.add('BatchMatMulV2', [a, b], attrs, [...batch, m, n], a.dtype);
}

function lastTwo(x: Value, transposed: boolean): [number, number] {
  const rows = x.shape[x.shape.length - 2]!;
  const columns = x.shape[x.shape.length - 1]!;
  return transposed ? [columns, rows] : [rows, columns];
}
