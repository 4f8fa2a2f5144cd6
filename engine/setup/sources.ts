import { EnvironmentError } from '../stages/types.ts';

/** One place that a thing may come from. */
export interface Source<T> {
  /** As users read it: `the PyPI wheel tensorflow-cpu 2.21.0`. */
  name: string;
  /** Null when this source has nothing here and that needs no word (nothing cached yet). Throws with one sentence saying why not. */
  find: () => Promise<T | null>;
}

export interface SourceOptions {
  /** What is looked for: `TensorFlow's library`. */
  what: string;
  /** The last word when every source failed: what a person is to install or to set. */
  remedy: string;
  /** Told of each source that failed, as it fails: one line. */
  failed: (line: string) => void;
}

/** Asks the sources in their order and answers the first find. Throws EnvironmentError with every reason and the remedy. */
export async function firstOf<T>(sources: readonly Source<T>[], options: SourceOptions): Promise<T> {
  const reasons: string[] = [];
  for (const source of sources) {
    try {
      const found = await source.find();
      if (found !== null) return found;
    } catch (error) {
      const line = `${source.name}: ${sentence(error)}`;
      reasons.push(line);
      options.failed(line);
    }
  }
  const list = reasons.map((line) => `\n  - ${line}`).join('');
  throw new EnvironmentError(`${options.what} could not be had:${list}\n${options.remedy}`);
}

/** One line of an error, with the network's reason that fetch hides in `cause`. */
export function sentence(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const causes: string[] = [error.message];
  for (let cause = error.cause; cause instanceof Error && causes.length < 4; cause = cause.cause) {
    const text = cause.message || (cause as NodeJS.ErrnoException).code || cause.name;
    if (text && !causes.includes(text)) causes.push(text);
  }
  return causes
    .join(': ')
    .replace(/\s*\n\s*/g, ' · ')
    .trim();
}
