import type { Problem } from '../data/formats/science-qa.ts';
import { parseAnswer } from './answers.ts';

/** ScienceQA's columns, in the order of its tables (Lu et al., 2022, table 3; LLaVA, table 7). */
export const COLUMNS = ['NAT', 'SOC', 'LAN', 'TXT', 'IMG', 'NO', 'G1-6', 'G7-12', 'Avg'] as const;

export type Column = (typeof COLUMNS)[number];

/** What of a problem decides which columns it counts for. */
type Kind = Pick<Problem, 'subject' | 'grade' | 'hint' | 'hasImage'>;

/**
 * The benchmark's own rule. Context columns overlap: a question with a text hint counts for TXT, one with a picture for IMG,
 * one with both for both, and one with neither for NO.
 */
export function columnsOf(problem: Kind): Column[] {
  const columns: Column[] = [];
  const subject = { 'natural science': 'NAT', 'social science': 'SOC', 'language science': 'LAN' }[problem.subject] as
    Column | undefined;
  if (subject !== undefined) columns.push(subject);
  const hint = problem.hint.trim() !== '';
  if (hint) columns.push('TXT');
  if (problem.hasImage) columns.push('IMG');
  if (!hint && !problem.hasImage) columns.push('NO');
  const grade = Number(/^grade(\d+)$/.exec(problem.grade)?.[1] ?? NaN);
  if (grade >= 1 && grade <= 6) columns.push('G1-6');
  else if (grade >= 7 && grade <= 12) columns.push('G7-12');
  columns.push('Avg');
  return columns;
}

/** A prediction: the index of a choice, a model's answer in words, or null for none. */
export type Prediction = number | string | null;

export interface ScienceQaScore {
  /** Fraction right, 0–1; the same as Avg. */
  accuracy: number;
  /** Fraction right of the questions in each column; null where no question is in it. */
  columns: Record<Column, number | null>;
  /** Questions in all, and in each column. */
  count: number;
  counts: Record<Column, number>;
  /** Answers that name no choice, counted as wrong. */
  unparsable: number;
  /** Questions without a prediction, counted as wrong. */
  missing: number;
}

/** Scores predictions by pid. An index that is none of the choices is unparsable. */
export function scoreScienceQa(
  problems: readonly Problem[],
  predictions: ReadonlyMap<string, Prediction>,
): ScienceQaScore {
  const right = zeros();
  const counts = zeros();
  let unparsable = 0;
  let missing = 0;
  for (const problem of problems) {
    const prediction = predictions.get(problem.pid) ?? null;
    const choice = choiceOf(prediction, problem.choices);
    if (prediction === null) missing++;
    else if (choice === null) unparsable++;
    for (const column of columnsOf(problem)) {
      counts[column]++;
      if (choice === problem.answer) right[column]++;
    }
  }
  const columns = Object.fromEntries(
    COLUMNS.map((c) => [c, counts[c] === 0 ? null : right[c] / counts[c]]),
  ) as ScienceQaScore['columns'];
  return { accuracy: columns.Avg ?? 0, columns, count: problems.length, counts, unparsable, missing };
}

function choiceOf(prediction: Prediction, choices: readonly string[]): number | null {
  if (typeof prediction === 'string') return parseAnswer(prediction, choices).choice;
  return prediction !== null && Number.isInteger(prediction) && prediction >= 0 && prediction < choices.length
    ? prediction
    : null;
}

/** The score as a stage's metrics: fractions, without the columns that no question is in. */
export function scienceQaMetrics(score: ScienceQaScore): Record<string, number> {
  const metrics: Record<string, number> = { accuracy: score.accuracy };
  for (const column of COLUMNS) {
    const value = score.columns[column];
    if (value !== null) metrics[column] = value;
  }
  return { ...metrics, count: score.count, unparsable: score.unparsable, missing: score.missing };
}

function zeros(): Record<Column, number> {
  return Object.fromEntries(COLUMNS.map((c) => [c, 0])) as Record<Column, number>;
}
