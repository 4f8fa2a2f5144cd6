import type { CocoImage } from '../formats/coco.ts';
import type { SceneContext } from './context.ts';

/** The three kinds of data of the paper (section 3), under the names that its files use. */
export const KINDS = ['conversation', 'detail', 'complex_reasoning'] as const;
export type Kind = (typeof KINDS)[number];

export interface QuestionAnswer {
  question: string;
  answer: string;
}

/** One picture about which the teacher is to write. */
export interface Task {
  image: CocoImage;
  kind: Kind;
  context: SceneContext;
  /** Names the random stream of this task, so that its text does not depend on which tasks came before. */
  stream: string;
}

/** Writes question–answer turns from captions and boxes alone. */
export interface Teacher {
  /** Null when nothing that can be trusted was to be said (or had) about this picture. */
  write(task: Task): Promise<QuestionAnswer[] | null>;
  /** Tasks that may be under way at once. */
  readonly width: number;
}
