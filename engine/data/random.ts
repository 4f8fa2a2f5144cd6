/**
 * Counter-based random numbers: each is a function of (seed, stream, index) alone, so no state has to be stored to go on
 * after an interruption. Mixing is MurmurHash3's 32-bit finaliser (Appleby).
 */

/** A whole number in 0 … n−1. `stream` names what the number is for, so that uses do not influence one another. */
export function randomInt(seed: number, stream: string, index: number, n: number): number {
  return draw(streamKey(seed, stream), index, n);
}

/** The numbers 0 … n−1 in an order that depends on seed and stream (Fisher–Yates). */
export function permutation(seed: number, stream: string, n: number): Uint32Array {
  const key = streamKey(seed, stream);
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = draw(key, i, i + 1);
    const kept = order[i]!;
    order[i] = order[j]!;
    order[j] = kept;
  }
  return order;
}

function draw(key: number, index: number, n: number): number {
  const high = mix(key ^ mix(index + 0x9e3779b9));
  const low = mix(high ^ (index + 0x85ebca6b));
  // 53 bits, so that every n below 2^32 is drawn evenly enough.
  return Math.floor((((high >>> 5) * 0x4000000 + (low >>> 6)) / 0x20000000000000) * n);
}

function streamKey(seed: number, stream: string): number {
  let key = mix(seed | 0) ^ mix(Math.floor(seed / 0x100000000) | 0);
  for (let i = 0; i < stream.length; i++) key = mix(Math.imul(key, 31) + stream.charCodeAt(i));
  return key;
}

function mix(x: number): number {
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}
