/** Sizes of a tensor's axes, outermost first; `[]` is a scalar. Every shape in a graph is static. */
export type Shape = readonly number[];

/** A computation that cannot be built: names the operation and the shapes or dtypes that do not fit. */
export class ShapeError extends Error {
  override name = 'ShapeError';
}

export function showShape(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}

export function sizeOf(shape: Shape): number {
  return shape.reduce((product, n) => product * n, 1);
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((n, i) => n === b[i]);
}

/** Turns a possibly negative axis into 0…rank−1. */
export function normalAxis(op: string, axis: number, shape: Shape): number {
  const at = axis < 0 ? axis + shape.length : axis;
  if (!Number.isInteger(axis) || at < 0 || at >= shape.length) {
    throw new ShapeError(`${op}: there is no axis ${axis} in a value of shape ${showShape(shape)}`);
  }
  return at;
}

/** NumPy's broadcasting: right-aligned axes must be equal or 1. */
export function broadcastShapes(op: string, a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  const out: number[] = [];
  for (let i = 0; i < rank; i++) {
    const x = a[a.length - rank + i] ?? 1;
    const y = b[b.length - rank + i] ?? 1;
    if (x !== y && x !== 1 && y !== 1) {
      throw new ShapeError(`${op}: shapes ${showShape(a)} and ${showShape(b)} do not broadcast`);
    }
    out.push(x === 1 ? y : x);
  }
  return out;
}

/** Axes of `to` along which a value of shape `from` is repeated when it is broadcast to `to`. */
export function broadcastAxes(from: Shape, to: Shape): number[] {
  const lead = to.length - from.length;
  return to.flatMap((n, i) => (i < lead || (from[i - lead] === 1 && n !== 1) ? [i] : []));
}
