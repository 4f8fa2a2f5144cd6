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
 * Compares signs. A mean difference within one standard error of zero is unclear: sd / √n over two or more seeds, and with a single one
 * `samplingError`, that of the questions asked (null where it is not known). So is a difference of exactly zero, and any
 * comparison with a published difference of zero.
 */
export function directionOf(difference: Summary, published: number, samplingError: number | null = null): Direction {
  const { n, mean, sd } = difference;
  if (n === 0 || mean === 0 || published === 0) return 'unclear';
  const error = sd === null ? samplingError : sd / Math.sqrt(n);
  if (error !== null && Math.abs(mean) <= error) return 'unclear';
  return Math.sign(mean) === Math.sign(published) ? 'yes' : 'no';
}

/**
 * Standard error of the difference of two fractions, each over `count` questions: √(p(1 − p)/count + q(1 − q)/count). The questions are the same
 * for both, which this leaves out of account: the true error is rather smaller.
 */
export function fractionError(p: number, q: number, count: number): number {
  return Math.sqrt((p * (1 - p) + q * (1 - q)) / count);
}
