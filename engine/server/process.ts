import { spawn } from 'node:child_process';
import { existsSync, openSync, closeSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { EnvironmentError } from '../stages/types.ts';
import { processId, signal, waitGone } from '../store/process.ts';
import type { ProcessId } from '../store/process.ts';
import { answers, freePort } from './ports.ts';

/** A running server, as `server.json` in its folder describes it. */
export interface ServerFile {
  process: ProcessId;
  port: number;
}

const READY_MS = 60_000;
const STOP_MS = 10_000;

/**
 * Polling as often as a task comes: with the defaults of the server each activity waits 100 ms for the SQLite store's queues to be
 * looked at again; with these 10 ms.
 */
const DYNAMIC = ['history.transferProcessorMaxPollRPS=1000', 'history.timerProcessorMaxPollRPS=1000'];

/** Starts `temporal server start-dev` on the folder's own SQLite file and waits until it answers. */
export async function startServer(binary: string, dir: string, preferredPort: number | null): Promise<ServerFile> {
  const port = await freePort(preferredPort);
  const log = join(dir, 'server.log');
  const args = [
    ...['server', 'start-dev', '--headless', '--ip', '127.0.0.1', '--port', String(port), '--log-level', 'error'],
    ...['--db-filename', join(dir, 'engine.sqlite')],
    ...['--sqlite-pragma', 'journal_mode=wal', '--sqlite-pragma', 'synchronous=normal'],
    ...DYNAMIC.flatMap((value) => ['--dynamic-config-value', value]),
  ];
  // Two servers on one file are not refused by the server and corrupt each other's work: where flock(1) exists, the server holds a
  // lock for its whole life, also when all who know of it are gone.
  const flock = process.platform === 'linux' ? onPath('flock') : null;
  const [command, ...rest] = flock
    ? [flock, '-n', '-E', '75', '--no-fork', join(dir, 'engine.lock'), binary, ...args]
    : [binary, ...args];
  const output = openSync(log, 'w');
  // A group of its own: Ctrl-C in the terminal must not end it before the runs have been cancelled.
  const child = spawn(command!, rest, { detached: true, stdio: ['ignore', output, output] });
  closeSync(output);
  let ended: string | null = null;
  child.on('error', (error) => (ended = error.message));
  child.on(
    'exit',
    (code, name) =>
      (ended ??= code === 75 ? 'another server uses its database' : `it ended with ${name ?? `exit code ${code}`}`),
  );
  child.unref();
  const end = Date.now() + READY_MS;
  while (!(await answers(port))) {
    if (ended !== null || Date.now() > end) {
      if (ended === null && child.pid !== undefined) process.kill(child.pid, 'SIGKILL');
      throw new EnvironmentError(
        `the Temporal server (${binary}) did not start in ${dir}: ${ended ?? `no answer on port ${port} within ${READY_MS / 1000} s`}${tail(log)}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  return { process: processId(child.pid), port };
}

/** Ends a server: it closes its database; a server that hangs is killed, which the database survives. */
export async function stopServer(server: ServerFile): Promise<void> {
  if (!signal(server.process, 'SIGTERM')) return;
  if (await waitGone(server.process, STOP_MS)) return;
  signal(server.process, 'SIGKILL');
  await waitGone(server.process, STOP_MS);
}

function onPath(name: string): string | null {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    if (folder !== '' && existsSync(join(folder, name))) return join(folder, name);
  }
  return null;
}

function tail(log: string): string {
  const text = existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n').slice(-3).join('\n  ') : '';
  return text === '' ? '' : `\n  ${text}`;
}
