import { DataError } from '../../stages/types.ts';
import { Random } from '../random.ts';
import { sceneKey } from '../scene.ts';
import { LANGUAGE } from './language.ts';
import { NATURAL } from './natural.ts';
import { problemKey, type Problem } from './problem.ts';
import { SOCIAL } from './social.ts';

export const SKILLS = [...NATURAL, ...SOCIAL, ...LANGUAGE];

/** Draws in a row that may give nothing new before the exam is called too large for the world. */
const PATIENCE = 20_000;

export type ExamSplit = 'train' | 'val' | 'test';
export const EXAM_SPLITS: readonly ExamSplit[] = ['train', 'val', 'test'];

/**
 * The questions of each split. No question is asked twice, and no picture is used twice nor is one of `shown`
 * (keys of scenes used elsewhere; the exam's own are added to it).
 * @throws DataError when the world has not that many different questions.
 */
export function drawExam(
  seed: number,
  counts: Record<ExamSplit, number>,
  shown: Set<string>,
): Record<ExamSplit, Problem[]> {
  const asked = new Set<string>();
  const weights = SKILLS.map((s) => s.weight);
  const exam: Record<ExamSplit, Problem[]> = { train: [], val: [], test: [] };
  for (const split of EXAM_SPLITS) {
    const random = new Random(seed, `exam/${split}`);
    let fruitless = 0;
    while (exam[split].length < counts[split]) {
      const problem = SKILLS[random.weighted(weights)]!.draw(random);
      const scene = problem?.scene ? sceneKey(problem.scene) : null;
      const key = problem && problemKey(problem, scene);
      if (!problem || !key || asked.has(key) || (scene !== null && shown.has(scene))) {
        fruitless += 1;
        if (fruitless > PATIENCE) {
          throw new DataError(
            `questions: the world has no more than about ${String(asked.size)} different questions; ask for fewer (train + val + test)`,
          );
        }
        continue;
      }
      fruitless = 0;
      asked.add(key);
      if (scene !== null) shown.add(scene);
      exam[split].push(problem);
    }
  }
  return exam;
}
