import type { StageId, StageNode, VariantPlan } from '../dsl/plan/types.ts';
import type { PreparedStage, RunProgress, StageStatus } from './types.ts';

type VariantState = RunProgress['variants'][number]['state'];

/** What a run knows of its own progress; answers the query `progress`. */
export class RunState {
  readonly #runId: string;
  readonly #stages: Map<StageId, StageStatus>;
  readonly #variants: RunProgress['variants'];
  #state: RunProgress['state'] = 'preparing';

  constructor(runId: string, nodes: readonly StageNode[], variants: readonly VariantPlan[]) {
    this.#runId = runId;
    this.#stages = new Map(
      nodes.map(({ id, name }) => [id, { id, name, key: null, state: 'waiting', attempts: 0 } satisfies StageStatus]),
    );
    this.#variants = variants.map(({ id, stages }) => ({
      id,
      state: 'running',
      stages: Object.fromEntries(Object.entries(stages).filter(([, stage]) => this.#stages.has(stage))),
    }));
  }

  prepared(stages: Readonly<Record<StageId, PreparedStage>>): void {
    this.#state = 'running';
    for (const [id, { key, cached }] of Object.entries(stages)) {
      const status = this.#stages.get(id);
      if (!status) continue;
      status.key = key;
      if (cached) {
        status.state = 'cached';
        status.metrics = cached.metrics;
      }
    }
  }

  report(status: StageStatus): void {
    const known = this.#stages.get(status.id)?.state;
    // Reports of several waiting variants may overtake each other; an ended stage stays ended.
    if (known === 'waiting' || known === 'queued' || known === 'running') this.#stages.set(status.id, status);
  }

  ended(variant: string, state: VariantState): void {
    const found = this.#variants.find(({ id }) => id === variant);
    if (found) found.state = state;
  }

  /** Nothing is waiting or running any more. */
  close(state: RunProgress['state']): void {
    this.#state = state;
    for (const status of this.#stages.values()) {
      if (status.state === 'waiting') status.state = state === 'cancelled' ? 'cancelled' : 'skipped';
      else if (status.state === 'queued' || status.state === 'running') status.state = 'cancelled';
    }
  }

  view(): RunProgress {
    return {
      runId: this.#runId,
      state: this.#state,
      stages: [...this.#stages.values()],
      variants: this.#variants,
    };
  }
}
