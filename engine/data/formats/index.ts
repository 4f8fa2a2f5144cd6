import type { DatasetPlan, FileRef } from '../../../dsl/plan/types.ts';
import type { LoadOptions, Resolve } from '../types.ts';
import { coco } from './coco.ts';
import type { DataFormat, DataUse } from './format.ts';
import { imageText, instruct } from './instruct.ts';
import { scienceQa } from './science-qa.ts';
import { text } from './text.ts';

/** Every format there is. A new one is a file beside this one and a line here. */
const FORMATS: { [F in DatasetPlan['format']]: DataFormat<Extract<DatasetPlan, { format: F }>> } = {
  coco,
  instruct,
  image_text: imageText,
  science_qa: scienceQa,
  text,
};

function formatOf(dataset: DatasetPlan): DataFormat {
  // The table's type ties each format to its own data sets; the cast only forgets which one it is.
  return FORMATS[dataset.format] as unknown as DataFormat;
}

/** Files and folders that a data set names. */
export function filesOf(dataset: DatasetPlan): FileRef[] {
  return formatOf(dataset).files(dataset);
}

/**
 * Throws the DataError that reading this data set would end with, before anything runs.
 * What another stage makes is not there yet and is not looked at.
 */
export async function checkDataset(dataset: DatasetPlan, resolve: Resolve, options: LoadOptions = {}): Promise<void> {
  if (isMadeByStage(dataset)) return;
  await formatOf(dataset).check(dataset, resolve, options);
}

/**
 * Number of samples as a stage of this use gets them: coco gives one per caption for `instruct`, one per picture for
 * `contrastive` and `generate`; text counts its documents. Throws DataError like `checkDataset`.
 */
export function countSamples(dataset: DatasetPlan, resolve: Resolve, use: DataUse = 'instruct'): Promise<number> {
  return formatOf(dataset).count(dataset, resolve, use);
}

/** Some file of it is made by another stage. */
export function isMadeByStage(dataset: DatasetPlan): boolean {
  return filesOf(dataset).some((ref) => 'stage' in ref);
}
