import type { Problem } from '../formats/science-qa.ts';
import type { Sample, Turn } from '../types.ts';
import { IMAGE_MARKER } from '../types.ts';

/** `reason_first`: lecture and solution, then the answer (chain of thought); `answer_first`: the other way round. Paper, section 5.2. */
export type AnswerOrder = 'reason_first' | 'answer_first';

/** Letter of a choice by its index: 0 → A. */
export function letterOf(index: number): string {
  return String.fromCharCode(65 + index);
}

/** The options as ScienceQA's authors write them: `(A) north (B) south`. */
export function optionsText(choices: readonly string[]): string {
  return choices.map((choice, i) => `(${letterOf(i)}) ${choice}`).join(' ');
}

/** The question as the model reads it, with the image marker before it where the problem has a picture at hand. */
export function questionText(problem: Pick<Problem, 'question' | 'hint' | 'choices' | 'image'>): string {
  const hint = problem.hint.trim() === '' ? 'N/A' : problem.hint.trim();
  const text = `Question: ${problem.question.trim()}\nContext: ${hint}\nOptions: ${optionsText(problem.choices)}`;
  return problem.image === null ? text : `${IMAGE_MARKER}\n${text}`;
}

/** The answer as the model learns it. Parts that a problem lacks are left out. */
export function answerText(problem: Pick<Problem, 'answer' | 'lecture' | 'solution'>, order: AnswerOrder): string {
  const reason = [problem.lecture, problem.solution]
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .join(' ');
  const answer = `The answer is ${letterOf(problem.answer)}.`;
  if (reason === '') return answer;
  return order === 'reason_first' ? `${reason} ${answer}` : `${answer} BECAUSE: ${reason}`;
}

/** Turns that ask for an answer, without it. */
export function questionTurns(problem: Problem): Turn[] {
  return [{ role: 'user', text: questionText(problem), supervised: false }];
}

export function scienceQaSample(problem: Problem, order: AnswerOrder): Sample {
  return {
    id: problem.pid,
    image: problem.image,
    turns: [...questionTurns(problem), { role: 'assistant', text: answerText(problem, order), supervised: true }],
  };
}
