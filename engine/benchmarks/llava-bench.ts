import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { requirePath } from '../data/formats/files.ts';
import { findJsonFault } from '../data/formats/json-error.ts';
import { summarise } from '../report/statistics.ts';
import { DataError } from '../stages/types.ts';

export const CATEGORIES = ['conv', 'detail', 'complex'] as const;

type Category = (typeof CATEGORIES)[number];

/** One file of reviews: 100 · Σ model / Σ reference per category and of all rows (LLaVA, section 5.1); null without rows. */
export interface BenchScore {
  conv: number | null;
  detail: number | null;
  complex: number | null;
  all: number | null;
  count: number;
}

/** Scores one JSONL file of a judge's reviews: rows with `category` and `tuple` [reference, model]. */
export async function scoreReviews(path: string): Promise<BenchScore> {
  requirePath(path, 'file');
  const sums = new Map<Category | 'all', { reference: number; model: number; rows: number }>();
  let line = 0;
  for await (const text of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
    line++;
    if (text.trim() === '') continue;
    const { category, reference, model } = readReview(path, line, text);
    for (const name of [category, 'all'] as const) {
      const sum = sums.get(name) ?? { reference: 0, model: 0, rows: 0 };
      sums.set(name, { reference: sum.reference + reference, model: sum.model + model, rows: sum.rows + 1 });
    }
  }
  const count = sums.get('all')?.rows ?? 0;
  if (count === 0) throw new DataError(`${path}: there are no reviews in it.`);
  const score = (name: Category | 'all'): number | null => {
    const sum = sums.get(name);
    return sum === undefined || sum.reference === 0 ? null : (100 * sum.model) / sum.reference;
  };
  return { conv: score('conv'), detail: score('detail'), complex: score('complex'), all: score('all'), count };
}

function readReview(
  path: string,
  line: number,
  text: string,
): { category: Category; reference: number; model: number } {
  let row: { category?: unknown; tuple?: unknown };
  try {
    row = JSON.parse(text) as typeof row;
  } catch {
    const fault = findJsonFault(text);
    throw new DataError(
      `${path}: line ${line}, column ${(fault?.index ?? 0) + 1} is not valid JSON: ${fault?.reason ?? 'not a value'}. A JSONL file holds one object a line.`,
    );
  }
  const category = CATEGORIES.find((c) => row.category === c || row.category === `llava_bench_${c}`);
  if (category === undefined) {
    throw new DataError(
      `${path}: line ${line} has the category ${JSON.stringify(row.category) ?? 'absent'}; known: ${CATEGORIES.join(', ')} (also with the prefix llava_bench_).`,
    );
  }
  const { tuple } = row;
  if (!Array.isArray(tuple) || tuple.length !== 2 || !tuple.every((n) => typeof n === 'number' && Number.isFinite(n))) {
    throw new DataError(
      `${path}: line ${line} has the "tuple" ${JSON.stringify(tuple) ?? 'absent'}; two numbers [reference, model] are expected.`,
    );
  }
  const [reference, model] = tuple as [number, number];
  // The judge writes [-1, -1] where its own answer could not be read; such a row would silently shift the score.
  if (reference < 0 || model < 0)
    throw new DataError(
      `${path}: line ${line} has a score below 0 (the judge's answer was not read). Judge it again or take the row out.`,
    );
  return { category, reference, model };
}

export type BenchResult = BenchScore & { sd?: Omit<BenchScore, 'count'> };

/** One file: its score. Several (repeated judgements): the mean of each score, with the sample standard deviation beside it; rows are summed. */
export function combineScores(scores: readonly BenchScore[]): BenchResult {
  if (scores.length === 1) return scores[0]!;
  const names = [...CATEGORIES, 'all'] as const;
  const mean: Partial<BenchScore> = {};
  const sd: Partial<BenchScore> = {};
  for (const name of names) {
    const summary = summarise(scores.flatMap((score) => score[name] ?? []));
    mean[name] = summary.n === 0 ? null : summary.mean;
    sd[name] = summary.sd;
  }
  return { ...(mean as BenchScore), count: scores.reduce((n, score) => n + score.count, 0), sd: sd as BenchScore };
}
