import type { DatasetPlan } from '../../../dsl/plan/types.ts';
import { DataError } from '../../stages/types.ts';
import type { Resolve } from '../types.ts';
import type { DataFormat } from './format.ts';
import { readText } from './files.ts';

export type TextDataset = Extract<DatasetPlan, { format: 'text' }>;

/** Documents of a plain text file: what blank lines separate, without the blanks at either end. */
export function loadDocuments(dataset: TextDataset, resolve: Resolve): string[] {
  const path = resolve(dataset.file);
  const documents = readText(path)
    .split(/\r?\n[ \t]*(?:\r?\n[ \t]*)+/)
    .map((document) => document.trim())
    .filter((document) => document !== '');
  if (documents.length === 0) throw new DataError(`${path}: there is no text in it.`);
  return documents;
}

export const text: DataFormat<TextDataset> = {
  format: 'text',
  files: (d) => [d.file],
  check: (d, resolve) => Promise.resolve(void loadDocuments(d, resolve)),
  count: (d, resolve) => Promise.resolve(loadDocuments(d, resolve).length),
};
