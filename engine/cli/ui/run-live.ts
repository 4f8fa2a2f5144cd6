import type { RunProgress, StageStatus } from '../../../workflows/types.ts';
import type { RunWatcher } from '../../runs/execute.ts';
import { bar, duration, short } from './format.ts';
import { metricsLine, stageLabels } from './labels.ts';
import { colors } from './output.ts';
import { Pace } from './pace.ts';

const BAR = 18;
const REDRAW_MS = 150;

/** Progress on a terminal: one line per stage, redrawn in place. */
export class LiveProgress implements RunWatcher {
  readonly #stream: NodeJS.WriteStream;
  readonly #pace = new Pace();
  readonly #since = new Map<string, { state: string; at: number; took: number | null }>();
  readonly #begun = Date.now();
  #lines = 0;
  #drawn = 0;
  #last: RunProgress | null = null;

  constructor(stream: NodeJS.WriteStream = process.stderr) {
    this.#stream = stream;
  }

  update(progress: RunProgress): void {
    this.#last = progress;
    for (const { id, state } of progress.stages) {
      const before = this.#since.get(id);
      if (before?.state === state) continue;
      const took = before?.state === 'running' ? Date.now() - before.at : null;
      this.#since.set(id, { state, at: Date.now(), took });
    }
    const over = progress.state !== 'preparing' && progress.state !== 'running';
    if (!over && Date.now() - this.#drawn < REDRAW_MS) return;
    this.#draw(progress);
  }

  note(text: string): void {
    this.#clear();
    const c = colors(this.#stream);
    this.#stream.write(`${c.yellow('warning:')} ${text}\n`);
    if (this.#last) this.#draw(this.#last);
  }

  #clear(): void {
    if (this.#lines > 0) this.#stream.write(`\x1b[${this.#lines}A\x1b[0J`);
    this.#lines = 0;
  }

  #draw(progress: RunProgress): void {
    this.#drawn = Date.now();
    const columns = this.#stream.columns || 80;
    const labels = stageLabels(progress);
    const width = Math.min(34, Math.max(...[...labels.values()].map((label) => label.length), 4));
    const rows = (this.#stream.rows || 24) - 3;
    const shown = most(progress.stages, rows);
    const lines = shown.map((stage) =>
      this.#line(stage, (labels.get(stage.id) ?? stage.name).slice(0, width).padEnd(width), columns),
    );
    const hidden = progress.stages.length - shown.length;
    const ended = progress.stages.filter(({ state }) => state === 'done' || state === 'cached').length;
    const more = hidden > 0 ? `, ${hidden} not shown` : '';
    const c = colors(this.#stream);
    lines.push(c.dim(`${ended}/${progress.stages.length} stages, ${duration(Date.now() - this.#begun)}${more}`));
    this.#clear();
    this.#stream.write(lines.map((line) => `${line}\n`).join(''));
    this.#lines = lines.length;
  }

  #line(stage: StageStatus, label: string, columns: number): string {
    const c = colors(this.#stream);
    const room = Math.max(10, columns - label.length - 4);
    const [mark, text] = this.#describe(stage, room);
    const paint = { '✓': c.green, '✗': c.red, '●': c.cyan, '=': c.green, '·': c.dim }[mark];
    const body = text.slice(0, room);
    return `${paint(mark)} ${label}  ${stage.state === 'running' || stage.state === 'failed' ? body : c.dim(body)}`;
  }

  #describe(stage: StageStatus, room: number): ['✓' | '✗' | '●' | '=' | '·', string] {
    const took = this.#since.get(stage.id)?.took;
    switch (stage.state) {
      case 'done':
        return ['✓', [took ? duration(took) : '', metricsLine(stage.metrics)].filter((part) => part !== '').join('  ')];
      case 'cached':
        return ['=', ['cached', metricsLine(stage.metrics)].filter((part) => part !== '').join('  ')];
      case 'failed':
        return ['✗', (stage.lastError ?? 'failed').replaceAll('\n', ' ')];
      case 'running':
        return ['●', this.#running(stage, room)];
      default:
        return ['·', stage.state];
    }
  }

  #running(stage: StageStatus, room: number): string {
    const parts: string[] = [];
    if (stage.total) {
      const fraction = (stage.done ?? 0) / stage.total;
      if (room > 50) parts.push(bar(fraction, BAR));
      parts.push(`${String(Math.floor(fraction * 100)).padStart(3)}%`);
      parts.push(`${stage.phase ?? ''} ${stage.done ?? 0}/${stage.total}`.trim());
    } else parts.push(stage.phase ?? 'starting');
    if (stage.loss !== undefined) parts.push(`loss ${stage.loss.toPrecision(4)}`);
    if (stage.tokensPerSecond !== undefined) parts.push(`${short(stage.tokensPerSecond)} tok/s`);
    const left = this.#pace.left(stage);
    if (left !== null) parts.push(`${duration(left)} left`);
    if (stage.attempts > 1) parts.push(`attempt ${stage.attempts}`);
    return parts.join('  ');
  }
}

/** As many stages as there is room for; running and failed ones first, in the plan's order. */
function most(stages: StageStatus[], rows: number): StageStatus[] {
  if (stages.length <= rows) return stages;
  const rank = ({ state }: StageStatus): number =>
    ['failed', 'running', 'queued', 'done', 'waiting'].indexOf(state) + 1 || 9;
  const chosen = new Set([...stages].sort((a, b) => rank(a) - rank(b)).slice(0, rows));
  return stages.filter((stage) => chosen.has(stage));
}
