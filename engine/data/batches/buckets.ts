/** Lengths are multiples of this: few distinct shapes, and rows that vector units like. */
const GRAIN = 16;
/** Each bucket costs one compiled graph for training. */
const MOST = 4;

/**
 * The padded lengths that batches of samples of these lengths can have, ascending: at most four, evenly spaced multiples of 16,
 * the last one just long enough for the longest sample.
 */
export function bucketsFor(lengths: Iterable<number>, limit: number): number[] {
  let longest = 1;
  for (const length of lengths) longest = Math.max(longest, length);
  const top = Math.min(Math.ceil(longest / GRAIN) * GRAIN, Math.max(limit, longest));
  const buckets = new Set<number>();
  for (let i = 1; i <= MOST; i++) buckets.add(Math.min(top, Math.ceil((top * i) / MOST / GRAIN) * GRAIN));
  return [...buckets].sort((a, b) => a - b);
}

/** The smallest bucket that holds a sequence of this length. */
export function bucketOf(buckets: readonly number[], length: number): number {
  const bucket = buckets.find((b) => b >= length);
  if (bucket === undefined)
    throw new RangeError(`no bucket holds ${length} tokens; the longest is ${buckets.at(-1) ?? 0}`);
  return bucket;
}
