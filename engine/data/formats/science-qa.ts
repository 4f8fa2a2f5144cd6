import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DatasetPlan } from '../../../dsl/plan/types.ts';
import { DataError } from '../../stages/types.ts';
import type { LoadOptions, Resolve } from '../types.ts';
import type { DataFormat } from './format.ts';
import { readJsonEntries, reportAbsent, requirePath } from './files.ts';
import { EntryReader, kindOf } from './shape.ts';

export type ScienceQaDataset = Extract<DatasetPlan, { format: 'science_qa' }>;

/** One question of ScienceQA (Lu et al., 2022), fields as in problems.json. */
export interface Problem {
  pid: string;
  question: string;
  choices: string[];
  /** Index into `choices`. */
  answer: number;
  hint: string;
  /** The question comes with a picture, whether or not its file is at hand. */
  hasImage: boolean;
  /** Absolute path; null without a picture, or where the data set names no image folder. */
  image: string | null;
  /** `natural science`, `social science` or `language science`. */
  subject: string;
  /** `grade1` … `grade12`. */
  grade: string;
  lecture: string;
  solution: string;
  split: string;
}

export interface ScienceQaOptions extends LoadOptions {
  /** `leave_out` questions whose picture file is absent, with a warning (training), or make it an `error` (an exam must be whole). */
  absentImages?: 'leave_out' | 'error';
}

/** problems.json, by pid, in file order; pictures not looked up. */
export async function readProblems(path: string): Promise<Map<string, Problem>> {
  const problems = new Map<string, Problem>();
  await readJsonEntries(path, { root: 'object' }, (entry) => {
    const pid = entry.key ?? '';
    const reader = new EntryReader(path, entry);
    const choices = reader.list('choices');
    const answer = reader.number('answer');
    if (choices.length < 2 || !choices.every((c) => typeof c === 'string'))
      throw reader.wrong('has "choices" that are not two or more strings');
    if (!Number.isInteger(answer) || answer < 0 || answer >= choices.length)
      throw reader.wrong(`has the answer ${answer}, which is none of its ${choices.length} choices`);
    problems.set(pid, {
      pid,
      question: reader.string('question'),
      choices: choices as string[],
      answer,
      hint: reader.text('hint'),
      hasImage: reader.text('image') !== '',
      image: null,
      subject: reader.text('subject'),
      grade: reader.text('grade'),
      lecture: reader.text('lecture'),
      solution: reader.text('solution'),
      split: reader.text('split'),
    });
  });
  if (problems.size === 0) throw new DataError(`${path}: there is no question in it.`);
  return problems;
}

/** pid_splits.json: split name → pids, in file order. */
export async function readSplits(path: string): Promise<Map<string, string[]>> {
  const splits = new Map<string, string[]>();
  await readJsonEntries(path, { root: 'object' }, ({ key, value, line }) => {
    if (!Array.isArray(value) || !value.every((pid) => typeof pid === 'string' || typeof pid === 'number')) {
      throw new DataError(
        `${path}: "${key ?? ''}" (line ${line}) is ${kindOf(value)} where a list of question ids is expected.`,
      );
    }
    splits.set(key ?? '', value.map(String));
  });
  return splits;
}

/** The questions of a split, in the order of pid_splits.json; the picture folder is not looked at. */
export async function readSplit(problemsFile: string, splitsFile: string, split: string | null): Promise<Problem[]> {
  const problems = await readProblems(problemsFile);
  const splits = await readSplits(splitsFile);
  const names = split === null ? ['train', 'val', 'test'] : [split];
  return names.flatMap((name) => {
    const pids = splits.get(name);
    if (pids === undefined)
      throw new DataError(`${splitsFile}: there is no split "${name}"; it has ${[...splits.keys()].join(', ')}.`);
    return pids.map((pid) => {
      const problem = problems.get(pid);
      if (problem === undefined)
        throw new DataError(`${splitsFile}: question ${pid} of split "${name}" is not in ${problemsFile}.`);
      return problem;
    });
  });
}

/**
 * The questions of a data set with their pictures: `<images>/<split>/<pid>/image.png` (the original layout) or `<images>/<pid>/image.png`.
 * Without an image folder every question is asked by its text alone (ScienceQA's text-only baseline).
 */
export async function loadScienceQa(
  dataset: ScienceQaDataset,
  resolve: Resolve,
  options: ScienceQaOptions = {},
): Promise<Problem[]> {
  const problems = await readSplit(resolve(dataset.problems), resolve(dataset.splits), dataset.split);
  if (dataset.images === null) return problems;
  const folder = resolve(dataset.images);
  if (problems.some((p) => p.hasImage)) requirePath(folder, 'folder');
  const present: Problem[] = [];
  let first = '';
  let pictures = 0;
  for (const problem of problems) {
    if (problem.hasImage) {
      pictures++;
      const places = [join(folder, problem.split, problem.pid, 'image.png'), join(folder, problem.pid, 'image.png')];
      problem.image = places.find((path) => existsSync(path)) ?? null;
      if (problem.image === null) {
        if (options.absentImages === 'error') {
          throw new DataError(
            `dataset ${dataset.name}: question ${problem.pid} has a picture, but neither ${places.join(' nor ')} is there.`,
          );
        }
        first ||= places[0]!;
        continue;
      }
    }
    present.push(problem);
  }
  reportAbsent(dataset.name, problems.length - present.length, pictures, first, options.onWarning);
  return present;
}

export const scienceQa: DataFormat<ScienceQaDataset> = {
  format: 'science_qa',
  files: (d) => [d.problems, d.splits, ...(d.images === null ? [] : [d.images])],
  check: async (d, resolve, options) => void (await loadScienceQa(d, resolve, options)),
  count: async (d, resolve) => (await loadScienceQa(d, resolve)).length,
};
