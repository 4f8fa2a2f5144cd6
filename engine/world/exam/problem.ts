import type { Random } from '../random.ts';
import type { Scene } from '../scene.ts';

export type Subject = 'natural science' | 'social science' | 'language science';

/** A question of the exam before it is written down: ScienceQA's fields, with the scene in place of the picture. */
export interface Problem {
  question: string;
  choices: string[];
  /** Index of the right choice. */
  answer: number;
  hint: string;
  scene: Scene | null;
  task: 'closed choice' | 'yes or no';
  grade: number;
  subject: Subject;
  topic: string;
  category: string;
  skill: string;
  lecture: string;
  solution: string;
}

/** One kind of question. */
export interface Skill {
  /** Share of the exam, relative to the other skills. */
  weight: number;
  /** Null where this draw gave nothing that can be asked; the caller draws again. */
  draw(random: Random): Problem | null;
}

/** What a skill has to say; the rest is the same for all its questions. */
export interface Drawn {
  question: string;
  hint?: string;
  scene?: Scene;
  right: string;
  /** All choices in their order, the right one among them. */
  choices: readonly string[];
  solution: string;
}

interface Fixed {
  weight: number;
  subject: Subject;
  topic: string;
  category: string;
  skill: string;
  lecture: string;
  /** Lowest and highest grade. */
  grades: readonly [number, number];
}

/** A skill out of its fixed fields and a function that draws the changing ones. */
export function skill(fixed: Fixed, draw: (random: Random) => Drawn | null): Skill {
  return {
    weight: fixed.weight,
    draw(random) {
      const drawn = draw(random);
      if (!drawn) return null;
      const answer = drawn.choices.indexOf(drawn.right);
      if (answer < 0) throw new Error(`${fixed.skill}: the right choice is not among the choices`);
      const [low, high] = fixed.grades;
      return {
        question: drawn.question,
        choices: [...drawn.choices],
        answer,
        hint: drawn.hint ?? '',
        scene: drawn.scene ?? null,
        task: 'closed choice',
        grade: low + random.below(high - low + 1),
        subject: fixed.subject,
        topic: fixed.topic,
        category: fixed.category,
        skill: fixed.skill,
        lecture: fixed.lecture,
        solution: drawn.solution,
      };
    },
  };
}

/** Two questions with the same key are the same question, whatever the order of the choices. */
export function problemKey(problem: Problem, scene: string | null): string {
  return [problem.question, problem.hint, [...problem.choices].sort().join('|'), scene ?? ''].join('\n');
}
