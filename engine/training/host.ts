import type { HostTensor } from '../../ops/graph/index.ts';

/** A matrix of ids as an input of a graph. */
export function intTensor(matrix: { shape: readonly number[]; data: Int32Array }): HostTensor {
  return { dtype: 'i32', shape: matrix.shape, data: matrix.data };
}

export function vectorOfInts(data: Int32Array): HostTensor {
  return { dtype: 'i32', shape: [data.length], data };
}

export function floatTensor(shape: readonly number[], data: Float32Array): HostTensor {
  return { dtype: 'f32', shape, data };
}
