import { readJsonEntries } from '../data/formats/files.ts';
import { DataError } from '../stages/types.ts';
import type { Prediction } from './science-qa.ts';

/**
 * Predictions by question id, in any of the forms in use: `{"results": {pid: index}}` and `{"outputs": {pid: text}}` (ScienceQA's and
 * LLaVA's own files; results win where both are there), or `{pid: index or text}`.
 */
export async function readPredictions(path: string): Promise<Map<string, Prediction>> {
  const tables = new Map<string, Record<string, unknown>>();
  const flat: Record<string, unknown> = {};
  await readJsonEntries(path, { root: 'object' }, ({ key, value }) => {
    if (
      (key === 'results' || key === 'outputs') &&
      typeof value === 'object' &&
      value !== null &&
      !Array.isArray(value)
    ) {
      tables.set(key, value as Record<string, unknown>);
    } else flat[key ?? ''] = value;
  });
  const nested = tables.get('results') ?? tables.get('outputs');
  const predictions = new Map<string, Prediction>();
  for (const [pid, value] of Object.entries(nested ?? flat)) {
    if (value !== null && typeof value !== 'number' && typeof value !== 'string') {
      throw new DataError(
        `${path}: the prediction of question ${pid} is ${JSON.stringify(value)?.slice(0, 60)}; an index of a choice or a text is expected. ` +
          'Known forms: {"results": {pid: index}}, {"outputs": {pid: text}}, {pid: index or text}.',
      );
    }
    predictions.set(pid, value);
  }
  if (predictions.size === 0) throw new DataError(`${path}: there are no predictions in it.`);
  return predictions;
}
