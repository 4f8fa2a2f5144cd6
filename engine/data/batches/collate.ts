import { IGNORE } from '../templates/encode.ts';
import type { EncodedSample } from '../templates/encode.ts';
import { bucketOf } from './buckets.ts';
import type { MicroBatch } from './types.ts';

export interface Row {
  name: string;
  encoded: EncodedSample;
  /** Index into the pictures, -1 for none. */
  image: number;
}

/** Rows → one padded batch of `size` rows; rows that are missing become filling rows without labels. */
export function collate(rows: readonly Row[], size: number, buckets: readonly number[], padId: number): MicroBatch {
  const bucket = bucketOf(buckets, Math.max(1, ...rows.map((row) => row.encoded.ids.length)));
  const inputIds = new Int32Array(size * bucket).fill(padId);
  const labels = new Int32Array(size * bucket).fill(IGNORE);
  const lengths = new Int32Array(size);
  const imageIndex = new Int32Array(size).fill(-1);
  let supervised = 0;
  for (const [r, row] of rows.entries()) {
    inputIds.set(row.encoded.ids, r * bucket);
    labels.set(row.encoded.labels, r * bucket);
    lengths[r] = row.encoded.ids.length;
    imageIndex[r] = row.image;
    // The first token of a row is predicted from nothing, so it is no term of the loss.
    supervised += row.encoded.supervised - (row.encoded.labels[0] === IGNORE ? 0 : 1);
  }
  const samples = Array.from({ length: size }, (_, r) => rows[r]?.name ?? '');
  const shape = [size, bucket] as const;
  return {
    bucket,
    samples,
    inputIds: { shape, data: inputIds },
    labels: { shape, data: labels },
    lengths,
    imageIndex,
    supervised,
  };
}
