import type { DatasetPlan, FileRef } from '../../../dsl/plan/types.ts';
import type { LoadOptions, Resolve } from '../types.ts';

/** What a data set's samples are counted for: a stage kind's or an objective's way of taking it apart. */
export type DataUse = 'instruct' | 'contrastive' | 'text' | 'generate';

/** A file format: one file in this folder, one line in `index.ts`. */
export interface DataFormat<D extends DatasetPlan = DatasetPlan> {
  format: D['format'];
  /** Files and folders that the data set names; what lies in them decides what is trained. */
  files(dataset: D): FileRef[];
  /** Reads all of it once and throws the DataError that a run would end with; pictures are looked for, not decoded. */
  check(dataset: D, resolve: Resolve, options: LoadOptions): Promise<void>;
  /** Samples that a stage gets, absent pictures left out. */
  count(dataset: D, resolve: Resolve, use: DataUse): Promise<number>;
}
