import { describe, expect, it } from 'vitest';
import { normal, permutation, philox, randomInt, Stream, uniform } from '../../../ops/train/rng.ts';

const block = (counter: [number, number, number, number], key: [number, number]): string[] => {
  const out = new Uint32Array(4);
  philox(counter, key, out);
  return Array.from(out, (word) => word.toString(16).padStart(8, '0'));
};

describe('random numbers', () => {
  it('are those of Philox4x32-10 (known answers of the Random123 library)', () => {
    const ones = 0xffffffff;
    expect(block([0, 0, 0, 0], [0, 0])).toEqual(['6627e8d5', 'e169c58d', 'bc57ac4c', '9b00dbd8']);
    expect(block([ones, ones, ones, ones], [ones, ones])).toEqual(['408f276d', '41c83b0e', 'a20bc7c6', '6d5451fd']);
    expect(block([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0])).toEqual([
      'd16cfe09',
      '94fdcceb',
      '5001e420',
      '24126ea1',
    ]);
  });

  it('depend on seed, stream and index alone', () => {
    const stream = new Stream(5, 'a');
    const words = Array.from({ length: 10 }, () => stream.next());
    expect([9, 0, 4, 9].map((i) => new Stream(5, 'a').word(i))).toEqual([words[9], words[0], words[4], words[9]]);
    expect(new Stream(6, 'a').next()).not.toBe(words[0]);
    expect(new Stream(5, 'b').next()).not.toBe(words[0]);
    expect(normal(1, 'w', [4]).data).toEqual(normal(1, 'w', [2, 4]).data.slice(0, 4));
    expect(normal(1, 'w', [4]).data).not.toEqual(normal(1, 'v', [4]).data);
  });

  it('have the distribution that their name says', () => {
    const { data } = normal(1, 'w', [40_000], 0.02);
    const mean = data.reduce((sum, x) => sum + x, 0) / data.length;
    const deviation = Math.sqrt(data.reduce((sum, x) => sum + (x - mean) ** 2, 0) / data.length);
    const within = data.filter((x) => Math.abs(x) < 0.02).length / data.length;
    expect(Math.abs(mean)).toBeLessThan(0.0004);
    expect(deviation).toBeCloseTo(0.02, 3);
    expect(within).toBeCloseTo(0.6827, 2);
    const flat = uniform(1, 'u', [10_000], 2, 4).data;
    expect([Math.min(...flat) >= 2, Math.max(...flat) < 4]).toEqual([true, true]);
    const counts = new Array<number>(6).fill(0);
    for (let i = 0; i < 6000; i++) counts[randomInt(3, 'dice', i, 6)]!++;
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });

  it('permute: every number once, all orders about equally often', () => {
    expect(Array.from(permutation(0, 'order', 1000)).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 1000 }, (_, i) => i),
    );
    expect(permutation(0, 'order', 100)).toEqual(permutation(0, 'order', 100));
    const orders = new Map<string, number>();
    for (let seed = 0; seed < 6000; seed++) {
      const key = permutation(seed, 'order', 3).join();
      orders.set(key, (orders.get(key) ?? 0) + 1);
    }
    expect(orders.size).toBe(6);
    for (const count of orders.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
});
