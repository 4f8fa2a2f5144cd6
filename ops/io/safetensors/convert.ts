import type { StoredType } from './format.ts';

/**
 * Stored bytes → what the ops compute with: every float becomes f32, every integer and bool i32.
 * `bytes` must be aligned for its type (a fresh buffer is) and is reused where no conversion is needed.
 * An I64 beyond 32 bits is an error, told through `overflow`.
 */
export function decodeValues(
  dtype: StoredType,
  bytes: ArrayBuffer,
  overflow: (value: bigint) => Error,
): Float32Array | Int32Array {
  switch (dtype) {
    case 'F32':
      return new Float32Array(bytes);
    case 'F64':
      return Float32Array.from(new Float64Array(bytes));
    case 'F16':
      return float16ToFloat32(new Uint16Array(bytes));
    case 'BF16':
      return bfloat16ToFloat32(new Uint16Array(bytes));
    case 'I32':
      return new Int32Array(bytes);
    case 'I64':
      return Int32Array.from(new BigInt64Array(bytes), (value) => {
        if (value !== BigInt.asIntN(32, value)) throw overflow(value);
        return Number(value);
      });
    case 'I16':
      return Int32Array.from(new Int16Array(bytes));
    case 'I8':
      return Int32Array.from(new Int8Array(bytes));
    case 'U8':
    case 'BOOL':
      return Int32Array.from(new Uint8Array(bytes));
  }
}

/** bfloat16 is the upper half of a float32. */
export function bfloat16ToFloat32(values: Uint16Array): Float32Array {
  const bits = new Uint32Array(values.length);
  for (let i = 0; i < values.length; i++) bits[i] = values[i]! << 16;
  return new Float32Array(bits.buffer);
}

/** IEEE 754 half precision: 1 sign, 5 exponent (bias 15), 10 fraction bits; subnormals, infinities and NaN included. */
export function float16ToFloat32(values: Uint16Array): Float32Array {
  const out = new Float32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const half = values[i]!;
    const sign = half & 0x8000 ? -1 : 1;
    const exponent = (half >> 10) & 0x1f;
    const fraction = half & 0x3ff;
    if (exponent === 0) out[i] = sign * fraction * 2 ** -24;
    else if (exponent === 31) out[i] = fraction === 0 ? sign * Infinity : NaN;
    else out[i] = sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  }
  return out;
}
