import { describe, expect, it } from 'vitest';
import { Random } from '../../../engine/world/random.ts';

describe('Random', () => {
  it('gives known numbers for a seed and a name, on every machine', () => {
    const random = new Random(7, 'check');
    const again = new Random(7, 'check');
    const drawn = Array.from({ length: 5 }, () => random.bits());
    expect(Array.from({ length: 5 }, () => again.bits())).toEqual(drawn);
    expect(drawn.slice(0, 3)).toEqual([1057441384, 4019859760, 383700110]);
    expect(new Random(8, 'check').bits()).not.toBe(drawn[0]);
    expect(new Random(7, 'other').bits()).not.toBe(drawn[0]);
  });

  it('is even: mean and every sixteenth of the range within four standard errors', () => {
    const random = new Random(1, 'even');
    const n = 64_000;
    const bins = new Array<number>(16).fill(0);
    let sum = 0;
    for (let i = 0; i < n; i++) {
      const x = random.real();
      sum += x;
      bins[Math.floor(x * 16)]! += 1;
    }
    expect(Math.abs(sum / n - 0.5)).toBeLessThan(4 * Math.sqrt(1 / 12 / n));
    for (const count of bins) expect(Math.abs(count - n / 16)).toBeLessThan(4 * Math.sqrt(n / 16));
  });

  it('samples without replacement', () => {
    const random = new Random(2, 'sample');
    const items = Array.from({ length: 20 }, (_, i) => i);
    expect(new Set(random.sample(items, 20)).size).toBe(20);
    expect(random.sample(items, 30)).toHaveLength(20);
  });
});
