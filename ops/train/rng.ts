/**
 * Random numbers that depend on nothing but (seed, stream name, index): Philox4x32-10 (Salmon et al., Parallel random numbers: as easy
 * as 1, 2, 3, SC 2011), a counter-based generator. No state is carried from call to call, so results do not depend on the order of
 * calls, and a resumed run needs no generator's state.
 *
 * Integers and permutations are the same on every platform. `normal` goes through Math.log, Math.cos and Math.sin, whose last bits
 * a JavaScript engine may choose: the same Node on the same machine always gives the same numbers, another engine may differ by one ulp
 * of a double before the result is rounded to float32.
 */
import { createHash } from 'node:crypto';
import type { FloatTensor, Shape } from '../graph/index.ts';
import { sizeOf } from '../graph/index.ts';

const ROUNDS = 10;
/** Multipliers and key increments of Philox4x32 (table 2 and section 3.2 of the paper). */
const M0 = 0xd2511f53;
const M1 = 0xcd9e8d57;
const W0 = 0x9e3779b9;
const W1 = 0xbb67ae85;

/** High and low 32 bits of a·b, both unsigned 32-bit numbers. */
function mulHigh(a: number, b: number): number {
  const [aLow, aHigh, bLow, bHigh] = [a & 0xffff, a >>> 16, b & 0xffff, b >>> 16];
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const middle2 = aLow * bHigh + (middle & 0xffff);
  return (aHigh * bHigh + Math.floor(middle / 0x10000) + (middle2 >>> 16)) >>> 0;
}

/** One block of Philox4x32-10: a 128-bit counter and a 64-bit key give four random 32-bit words, written to `out`. */
export function philox(
  counter: readonly [number, number, number, number],
  key: readonly [number, number],
  out: Uint32Array,
): void {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = mulHigh(M0, c0);
    const low0 = Math.imul(M0, c0) >>> 0;
    const high1 = mulHigh(M1, c2);
    const low1 = Math.imul(M1, c2) >>> 0;
    [c0, c1, c2, c3] = [(high1 ^ c1 ^ k0) >>> 0, low1, (high0 ^ c3 ^ k1) >>> 0, low0];
    k0 = (k0 + W0) >>> 0;
    k1 = (k1 + W1) >>> 0;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

/** Random 32-bit words of one stream, by position. */
export class Stream {
  readonly #key: readonly [number, number];
  readonly #salt: readonly [number, number];
  readonly #block = new Uint32Array(4);
  #loaded = -1;
  #next = 0;

  /** The stream's name and the seed choose key and upper counter through SHA-256, so that no two streams overlap in practice. */
  constructor(seed: number, name: string) {
    const digest = createHash('sha256').update(`${seed}\n${name}`).digest();
    this.#key = [digest.readUInt32LE(0), digest.readUInt32LE(4)];
    this.#salt = [digest.readUInt32LE(8), digest.readUInt32LE(12)];
  }

  /** Word number `index`, 0 … 2³²−1. */
  word(index: number): number {
    const block = Math.floor(index / 4);
    if (block !== this.#loaded) {
      philox([block >>> 0, Math.floor(block / 2 ** 32), ...this.#salt], this.#key, this.#block);
      this.#loaded = block;
    }
    return this.#block[index % 4]!;
  }

  /** The next word of this object; a fresh object starts at word 0. */
  next(): number {
    return this.word(this.#next++);
  }

  /** The next number in [0, 1), with 32 random bits. */
  uniform(): number {
    return this.next() / 2 ** 32;
  }

  /** The next integer in 0 … n−1, all equally likely (words that would favour some are passed over). n ≤ 2³². */
  below(n: number): number {
    const limit = 2 ** 32 - (2 ** 32 % n);
    for (;;) {
      const word = this.next();
      if (word < limit) return word % n;
    }
  }
}

/** Normal numbers with mean 0 (Box & Muller 1958): element i depends only on (seed, name, i). */
export function normal(seed: number, name: string, shape: Shape, std = 1): FloatTensor {
  const data = new Float32Array(sizeOf(shape));
  const stream = new Stream(seed, name);
  for (let i = 0; i < data.length; i += 2) {
    // (word + 1)/2³² lies in (0, 1], so that the logarithm is finite.
    const radius = std * Math.sqrt(-2 * Math.log((stream.next() + 1) / 2 ** 32));
    const angle = 2 * Math.PI * stream.uniform();
    data[i] = radius * Math.cos(angle);
    if (i + 1 < data.length) data[i + 1] = radius * Math.sin(angle);
  }
  return { dtype: 'f32', shape, data };
}

/** Numbers spread evenly over [low, high). */
export function uniform(seed: number, name: string, shape: Shape, low = 0, high = 1): FloatTensor {
  const stream = new Stream(seed, name);
  const data = Float32Array.from({ length: sizeOf(shape) }, () => low + (high - low) * stream.uniform());
  return { dtype: 'f32', shape, data };
}

/** A random order of 0 … n−1 (Fisher and Yates' shuffle). */
export function permutation(seed: number, name: string, n: number): Int32Array {
  const stream = new Stream(seed, name);
  const order = Int32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = stream.below(i + 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

/** Integer number `index` of a stream: 0 … n−1, from 53 random bits (no value is favoured by more than n/2⁵³). */
export function randomInt(seed: number, name: string, index: number, n: number): number {
  const stream = new Stream(seed, name);
  const bits = stream.word(2 * index) * 2 ** 21 + (stream.word(2 * index + 1) >>> 11);
  return Math.floor((bits / 2 ** 53) * n);
}
