import { EXAM_SPLITS, type ExamSplit } from './draw.ts';
import type { Problem } from './problem.ts';

export interface NumberedProblem extends Problem {
  pid: string;
  split: ExamSplit;
}

/** Problem ids from 1, split after split. */
export function numberProblems(exam: Record<ExamSplit, Problem[]>): NumberedProblem[] {
  let pid = 0;
  return EXAM_SPLITS.flatMap((split) => exam[split].map((problem) => ({ ...problem, split, pid: String(++pid) })));
}

/** ScienceQA's `problems.json`, field for field. */
export function problemsFile(problems: readonly NumberedProblem[]): Record<string, object> {
  return Object.fromEntries(
    problems.map((p) => [
      p.pid,
      {
        question: p.question,
        choices: p.choices,
        answer: p.answer,
        hint: p.hint,
        image: p.scene ? 'image.png' : null,
        task: p.task,
        grade: `grade${String(p.grade)}`,
        subject: p.subject,
        topic: p.topic,
        category: p.category,
        skill: p.skill,
        lecture: p.lecture,
        solution: p.solution,
        split: p.split,
      },
    ]),
  );
}

/** ScienceQA's `pid_splits.json`, with its combined `trainval` left out as in the excerpts that most tools write. */
export function splitsFile(problems: readonly NumberedProblem[]): Record<ExamSplit, string[]> {
  const of = (split: ExamSplit): string[] => problems.filter((p) => p.split === split).map((p) => p.pid);
  return { train: of('train'), val: of('val'), test: of('test') };
}
