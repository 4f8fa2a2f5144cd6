/** What several measurements of one thing come to. */
export interface Summary {
  n: number;
  /** NaN without measurements. */
  mean: number;
  /** Sample standard deviation (divisor n − 1); null with fewer than two. */
  sd: number | null;
}

export function summarise(values: readonly number[]): Summary {
  const n = values.length;
  const mean = values.reduce((a, b) => a + b, 0) / n;
  if (n < 2) return { n, mean, sd: null };
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { n, mean, sd: Math.sqrt(squares / (n - 1)) };
}

/** Whether a measured difference points the way a published one does. */
export type Direction = 'yes' | 'no' | 'unclear';

/**
 * Compares signs. With two or more paired measurements a mean difference within one standard error (sd / √n) of zero is unclear;
 * so is one of exactly zero, and any comparison with a published difference of zero.
 */
export function directionOf(difference: Summary, published: number): Direction {
  const { n, mean, sd } = difference;
  if (n === 0 || mean === 0 || published === 0) return 'unclear';
  if (sd !== null && Math.abs(mean) <= sd / Math.sqrt(n)) return 'unclear';
  return Math.sign(mean) === Math.sign(published) ? 'yes' : 'no';
}
