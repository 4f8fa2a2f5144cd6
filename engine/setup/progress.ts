import { bar, duration } from '../cli/ui/format.ts';

/** One thing under way; `total` 0 means that its end is unknown. */
export interface Task {
  update(done: number, total: number): void;
  end(): void;
}

export interface Progress {
  /** One line that stays. */
  say(text: string): void;
  /** Something that takes a while: `unit` is `MB` for bytes, `s` for work of which only the time is known. */
  task(label: string, unit: 'MB' | 's'): Task;
}

interface Running {
  label: string;
  unit: 'MB' | 's';
  done: number;
  total: number;
  start: number;
  saidAt: number;
  saidTenth: number;
}

const REDRAW_MS = 100;
const SAY_EVERY_MS = 15_000;

/** Says nothing: for callers that only look. */
export const silent: Progress = { say() {}, task: () => ({ update() {}, end() {} }) };

/**
 * Progress on stderr: on a terminal one line of bars, redrawn; elsewhere plain lines, one per tenth of a download or per 15 s of work.
 * Several tasks may run at once.
 */
export function stderrProgress(stream: NodeJS.WriteStream = process.stderr): Progress {
  const terminal = Boolean(stream.isTTY);
  const running = new Set<Running>();
  let timer: NodeJS.Timeout | undefined;

  const clear = (): void => void (terminal && stream.write('\r\x1b[K'));
  const draw = (): void => {
    if (!terminal) return sayLong();
    const text = [...running].map((task) => describe(task, true)).join('   ');
    stream.write(`\r\x1b[K${text.slice(0, (stream.columns ?? 80) - 1)}`);
  };
  const sayLong = (): void => {
    for (const task of running) if (task.total === 0 && Date.now() - task.saidAt >= SAY_EVERY_MS) line(task);
  };
  const line = (task: Running): void => {
    task.saidAt = Date.now();
    stream.write(`${describe(task, false)}\n`);
  };

  return {
    say(text) {
      clear();
      stream.write(`${text}\n`);
    },
    task(label, unit) {
      const task: Running = { label, unit, done: 0, total: 0, start: Date.now(), saidAt: Date.now(), saidTenth: 0 };
      running.add(task);
      timer ??= setInterval(draw, terminal ? REDRAW_MS : 1000).unref();
      return {
        update(done, total) {
          Object.assign(task, { done, total });
          const tenth = total > 0 ? Math.floor((done / total) * 10) : 0;
          if (!terminal && tenth > task.saidTenth) {
            task.saidTenth = tenth;
            line(task);
          }
        },
        end() {
          running.delete(task);
          clear();
          if (running.size === 0 && timer) {
            clearInterval(timer);
            timer = undefined;
          }
        },
      };
    },
  };
}

function describe(task: Running, terminal: boolean): string {
  const time = duration(Date.now() - task.start);
  if (task.unit === 's' || task.total === 0) return `${task.label} … ${time}`;
  const mb = (bytes: number): string => (bytes / 1e6).toFixed(0);
  const amount = `${mb(task.done)}/${mb(task.total)} MB`;
  const percent = `${Math.floor((100 * task.done) / task.total)}%`;
  return terminal
    ? `${task.label} ${bar(task.done / task.total, 16)} ${percent.padStart(4)} ${amount}`
    : `${task.label}: ${percent} of ${mb(task.total)} MB (${time})`;
}
