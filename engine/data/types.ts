import type { FileRef } from '../../dsl/plan/types.ts';

/** Absolute path of a file that the plan names (StageContext.resolve, or the plan command's own). */
export type Resolve = (ref: FileRef) => string;

export interface LoadOptions {
  /** Called with one sentence for each kind of oddity that does not stop the work (e.g. absent pictures, with their count). */
  onWarning?: (message: string) => void;
}

/**
 * One conversation, the form that every data set is brought into for training.
 * The turn that shows the picture holds the marker `<image>`.
 */
export interface Sample {
  /** Unique within its data set; error messages name it. */
  id: string;
  /** Absolute path, or null for a conversation without a picture. */
  image: string | null;
  turns: Turn[];
}

export interface Turn {
  role: 'user' | 'assistant';
  text: string;
  /** The model learns to say this turn. */
  supervised: boolean;
}

/** Where the picture stands in a turn's text. */
export const IMAGE_MARKER = '<image>';
