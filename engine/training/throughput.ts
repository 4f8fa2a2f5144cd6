/** Steps that a rate is measured over. */
const WINDOW = 50;

/** Supervised tokens per second over the last steps. */
export class Throughput {
  readonly #seen: { at: number; tokens: number }[] = [{ at: performance.now(), tokens: 0 }];

  /** Adds one step's tokens; returns the rate. */
  add(tokens: number): number {
    this.#seen.push({ at: performance.now(), tokens });
    if (this.#seen.length > WINDOW) this.#seen.shift();
    const [first] = this.#seen;
    const last = this.#seen.at(-1)!;
    const sum = this.#seen.slice(1).reduce((total, one) => total + one.tokens, 0);
    return (sum * 1000) / Math.max(1, last.at - first!.at);
  }
}
