import type { RunProgress, StageStatus } from '../../../workflows/types.ts';
import type { RunWatcher } from '../../runs/execute.ts';
import { duration, short } from './format.ts';
import { metricsLine, stageLabels } from './labels.ts';
import { say, warn } from './output.ts';
import { Pace } from './pace.ts';

const EVERY_MS = 10_000;

/** Progress where there is no terminal: a line when a stage starts or ends, and one about each running stage every ten seconds. */
export class PlainProgress implements RunWatcher {
  readonly #shown = new Map<string, { state: string; attempts: number; since: number }>();
  readonly #pace = new Pace();
  #said = Date.now();
  #cachedSaid = false;

  update(progress: RunProgress): void {
    const labels = stageLabels(progress);
    const now = Date.now();
    if (!this.#cachedSaid && progress.state !== 'preparing') this.#sayCached(progress);
    const tick = now - this.#said >= EVERY_MS;
    for (const stage of progress.stages) {
      const label = labels.get(stage.id) ?? stage.name;
      const before = this.#shown.get(stage.id);
      if (before?.state !== stage.state) {
        const since = stage.state === 'running' ? now : (before?.since ?? now);
        this.#shown.set(stage.id, { state: stage.state, attempts: stage.attempts, since });
        const line = lineOfChange(stage, before === undefined ? null : now - before.since);
        if (line !== null) say(`${label}: ${line}`);
      } else if (before.attempts < stage.attempts && stage.state === 'running') {
        before.attempts = stage.attempts;
        if (stage.attempts > 1) say(`${label}: attempt ${stage.attempts}`);
      } else if (tick && stage.state === 'running') {
        const line = lineOfProgress(stage, this.#pace.left(stage));
        if (line !== '') say(`${label}: ${line}`);
      }
    }
    if (tick) this.#said = now;
  }

  note(text: string): void {
    warn(text);
  }

  #sayCached(progress: RunProgress): void {
    this.#cachedSaid = true;
    const cached = progress.stages.filter(({ state }) => state === 'cached').length;
    for (const stage of progress.stages) {
      if (stage.state === 'cached') this.#shown.set(stage.id, { state: 'cached', attempts: 0, since: 0 });
    }
    const all = progress.stages.length;
    if (cached > 0)
      say(
        cached === all
          ? `all ${all} stages are in the store already`
          : `${cached} of ${all} stages are in the store already`,
      );
  }
}

function lineOfChange(stage: StageStatus, ms: number | null): string | null {
  switch (stage.state) {
    case 'running':
      return stage.attempts > 1 ? `attempt ${stage.attempts} started` : 'started';
    case 'done': {
      const metrics = metricsLine(stage.metrics);
      return `done${ms === null ? '' : ` in ${duration(ms)}`}${metrics === '' ? '' : ` (${metrics})`}`;
    }
    case 'cached':
      return 'made by another run meanwhile';
    case 'failed':
      return `failed: ${stage.lastError ?? 'no reason given'}`;
    case 'cancelled':
      return 'cancelled';
    case 'skipped':
      return 'skipped, because a stage that it needs has failed';
    default:
      return null;
  }
}

/** `train 120/500 steps, loss 2.13, 5.2k tokens/s, 1m 10s left`. */
export function lineOfProgress(stage: StageStatus, left: number | null): string {
  const parts: string[] = [];
  if (stage.phase !== undefined) {
    const count = stage.total ? ` ${stage.done ?? 0}/${stage.total} ${stage.unit ?? ''}` : '';
    parts.push(`${stage.phase}${count}`.trimEnd());
  }
  if (stage.loss !== undefined) parts.push(`loss ${stage.loss.toPrecision(4)}`);
  if (stage.tokensPerSecond !== undefined) parts.push(`${short(stage.tokensPerSecond)} tokens/s`);
  if (left !== null) parts.push(`${duration(left)} left`);
  return parts.join(', ');
}
