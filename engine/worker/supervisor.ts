import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Target } from '../server/target.ts';
import { EnvironmentError } from '../stages/types.ts';
import type { Home } from '../store/home.ts';
import { childEnvironment } from './environment.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
const PAUSE_MS = 300;
/** A worker that ends so often so soon will not come up at all. */
const TRIES = 5;
const SOON_MS = 5000;

export interface WorkerProcess {
  pid(): number | null;
  /** Rejects when the worker cannot be kept up. */
  failed: Promise<never>;
  /** Lets running stages write their checkpoints, then ends it. */
  stop(): Promise<void>;
  /** Ends it; it comes up again with the target of that time. */
  restart(): void;
  /** Ends it and its compute processes now. */
  kill(): Promise<void>;
}

/** Keeps one worker process up, starting it again whenever it ends: what it ran goes on from the checkpoints. */
export function superviseWorker(
  home: Home,
  target: () => Target,
  options: { parallel: number; embedded: boolean; onRestart: (why: string) => void },
): WorkerProcess {
  let child: ChildProcess | null = null;
  let stopping = false;
  let soonEnds = 0;
  let fail: (error: Error) => void = () => {};
  const failed = new Promise<never>((_, reject) => (fail = reject));
  failed.catch(() => {});

  const start = (): void => {
    const { address, namespace } = target();
    const log = openSync(join(home.dir, 'worker.log'), 'a');
    const begun = Date.now();
    child = fork(
      MAIN,
      [
        ...['--home', home.dir, '--address', address, '--namespace', namespace, '--parallel', String(options.parallel)],
        ...(options.embedded ? ['--embedded'] : []),
      ],
      {
        detached: true,
        env: childEnvironment(),
        execArgv: ['--disable-warning=ExperimentalWarning'],
        stdio: ['ignore', log, log, 'ipc'],
      },
    );
    closeSync(log);
    child.on('message', () => (soonEnds = 0));
    child.on('error', (error) => fail(new EnvironmentError(`the worker did not start: ${error.message}`)));
    child.on('exit', (code, signal) => {
      child = null;
      if (stopping) return;
      const why = signal ? `was ended by ${signal}` : `ended with exit code ${code}`;
      soonEnds = Date.now() - begun < SOON_MS ? soonEnds + 1 : 0;
      if (soonEnds >= TRIES) {
        fail(new EnvironmentError(`the worker ${why}, ${TRIES} times in a row; see ${join(home.dir, 'worker.log')}`));
        return;
      }
      options.onRestart(why);
      setTimeout(() => !stopping && start(), PAUSE_MS * soonEnds);
    });
  };
  start();

  return {
    pid: () => child?.pid ?? null,
    failed,
    async stop() {
      stopping = true;
      const last = child;
      if (!last) return;
      const gone = new Promise((resolve) => last.once('exit', resolve));
      if (last.connected) last.send('stop', () => {});
      else last.kill('SIGTERM');
      const timer = setTimeout(() => last.kill('SIGKILL'), 20_000);
      await gone;
      clearTimeout(timer);
    },
    restart() {
      child?.kill('SIGKILL');
    },
    async kill() {
      stopping = true;
      const last = child;
      if (!last) return;
      const gone = new Promise((resolve) => last.once('exit', resolve));
      // Its compute processes end by themselves when it is gone.
      last.kill('SIGKILL');
      await gone;
    },
  };
}
