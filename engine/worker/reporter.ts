import { WorkflowNotFoundError } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import { reportSignal, stageQuery } from '../../workflows/messages.ts';
import { names } from '../../workflows/types.ts';
import type { ArtifactRef, AwaitInput, StageStatus } from '../../workflows/types.ts';
import type { Home } from '../store/home.ts';
import { readLive } from './status.ts';
import type { StageLive } from './status.ts';

interface Told {
  phase: string | undefined;
  attempt: number;
  at: number;
  since: number;
}

const FIRST_PAUSE_MS = 2000;
/** The pause grows with the time that the stage has run, so a stage of days adds hundreds of events to the history, not thousands. */
const PAUSE_PER_TIME = 1 / 50;

/** Tells a run how far its stages are, once for each stage however many variants wait for it in this worker. */
export class Reporter {
  readonly #home: Home;
  readonly #client: Client;
  readonly #told = new Map<string, Told>();
  readonly #ended = new Set<string>();

  constructor(home: Home, client: Client) {
    this.#home = home;
    this.#client = client;
  }

  /** Called often; sends when the phase changes and now and then between. */
  async tick(input: AwaitInput): Promise<void> {
    const live = readLive(this.#home, input.key);
    const id = idOf(input);
    const told = this.#told.get(id);
    this.#ended.delete(id);
    const now = Date.now();
    const phase = live?.progress?.phase;
    const attempt = live?.attempt ?? 0;
    if (told) {
      const same = told.phase === phase && told.attempt === attempt;
      const pause = Math.max(FIRST_PAUSE_MS, (now - told.since) * PAUSE_PER_TIME);
      if (now - told.at < (same ? pause : 200)) return;
      if (same && live === null) return;
    }
    this.#told.set(id, { phase, attempt, at: now, since: told?.since ?? now });
    await this.#send(input, statusOf(input, live));
  }

  /** The stage has ended well. */
  async last(input: AwaitInput, made: ArtifactRef): Promise<void> {
    if (this.#hasEnded(input)) return;
    const { id, name } = input.node;
    const attempts = made.cached ? 0 : await this.#attempts(input);
    await this.#send(input, {
      id,
      name,
      key: made.key,
      state: made.cached ? 'cached' : 'done',
      attempts,
      metrics: made.metrics,
    });
  }

  async failed(input: AwaitInput, message: string): Promise<void> {
    if (this.#hasEnded(input)) return;
    const status = statusOf(input, readLive(this.#home, input.key));
    await this.#send(input, { ...status, state: 'failed', attempts: await this.#attempts(input), lastError: message });
  }

  /** Whether another variant that waited for the same stage has said so. */
  #hasEnded(input: AwaitInput): boolean {
    const id = idOf(input);
    this.#told.delete(id);
    if (this.#ended.has(id)) return true;
    this.#ended.add(id);
    return false;
  }

  async #attempts(input: AwaitInput): Promise<number> {
    try {
      const handle = this.#client.workflow.getHandle(names.stage(input.home.id, input.key));
      return (await handle.query(stageQuery)).attempts;
    } catch {
      return 1;
    }
  }

  async #send(input: AwaitInput, status: StageStatus): Promise<void> {
    try {
      await this.#client.workflow.getHandle(names.run(input.home.id, input.runId)).signal(reportSignal, status);
    } catch (error) {
      // The run has ended; nobody asks any more.
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    }
  }
}

const idOf = (input: AwaitInput): string => `${input.runId} ${input.node.id}`;

/** What a waiting variant can say of a stage from the file that the running attempt writes. */
export function statusOf(input: Pick<AwaitInput, 'node' | 'key'>, live: StageLive | null): StageStatus {
  const { id, name } = input.node;
  const base: StageStatus = {
    id,
    name,
    key: input.key,
    state: live ? 'running' : 'queued',
    attempts: live?.attempt ?? 0,
  };
  return live?.progress ? { ...base, ...progressFields(live.progress) } : base;
}

/** The fields of `Progress` that a `StageStatus` has. */
export function progressFields(progress: NonNullable<StageLive['progress']>): Partial<StageStatus> {
  const { phase, done, total, unit, loss, tokensPerSecond } = progress;
  return {
    phase,
    done,
    total,
    unit,
    ...(loss === undefined ? {} : { loss }),
    ...(tokensPerSecond === undefined ? {} : { tokensPerSecond }),
  };
}
