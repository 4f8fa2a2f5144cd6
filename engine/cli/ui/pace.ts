import type { StageStatus } from '../../../workflows/types.ts';

interface Mark {
  done: number;
  at: number;
  phase: string | undefined;
}

/** Estimates the time that running stages still need, from how fast they have gone since this process watches them. */
export class Pace {
  readonly #first = new Map<string, Mark>();

  /** Milliseconds left; null while too little has been seen. */
  left(stage: StageStatus, now = Date.now()): number | null {
    const { done, total, phase } = stage;
    if (stage.state !== 'running' || done === undefined || total === undefined) return null;
    const first = this.#first.get(stage.id);
    // A new phase counts something else; a restart from a checkpoint counts back.
    if (!first || first.phase !== phase || first.done > done) {
      this.#first.set(stage.id, { done, at: now, phase });
      return null;
    }
    const advanced = done - first.done;
    if (advanced <= 0 || now - first.at < 2000) return null;
    return ((now - first.at) / advanced) * Math.max(0, total - done);
  }
}
