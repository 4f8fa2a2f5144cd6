import { readSplit } from '../data/formats/science-qa.ts';
import { DataError } from '../stages/types.ts';
import { readPredictions } from './predictions.ts';
import type { Column } from './science-qa.ts';
import { COLUMNS, scoreScienceQa } from './science-qa.ts';

/** What `llava eval science-qa` prints: percent; null for a column that no question is in. */
export type ScienceQaRow = { accuracy: number } & Record<Column, number | null> & { count: number };

export interface ScienceQaFiles {
  problems: string;
  splits: string;
  predictions: string;
  split: string;
}

/** Scores a file of predictions; `warnings` say how many questions had no answer, or none that could be read. */
export async function evalScienceQa(files: ScienceQaFiles): Promise<{ row: ScienceQaRow; warnings: string[] }> {
  const problems = await readSplit(files.problems, files.splits, files.split);
  const predictions = await readPredictions(files.predictions);
  const score = scoreScienceQa(problems, predictions);
  if (score.missing === score.count) {
    throw new DataError(
      `${files.predictions}: none of its ${predictions.size} predictions is for a question of split "${files.split}". Is it another split (--split)?`,
    );
  }
  const warnings: string[] = [];
  if (score.missing > 0)
    warnings.push(`${score.missing} of ${score.count} questions have no prediction; they count as wrong.`);
  if (score.unparsable > 0)
    warnings.push(`${score.unparsable} of ${score.count} answers name no choice; they count as wrong.`);
  const percent = Object.fromEntries(
    COLUMNS.map((c) => [c, score.columns[c] === null ? null : 100 * score.columns[c]]),
  ) as Record<Column, number | null>;
  return { row: { accuracy: 100 * score.accuracy, ...percent, count: score.count }, warnings };
}
