import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Home } from '../store/home.ts';
import { workDir } from '../store/work.ts';
import { loadProgress, runDir } from './record.ts';

/** One line of a pino log. */
export type LogLine = Record<string, unknown> & { time: number; level: number };

const LEVELS: Record<number, string> = { 10: 'trace', 20: 'debug', 30: 'info', 40: 'warn', 50: 'error', 60: 'fatal' };

/** The log of the run and of all its stages, by time. A stage's log stays with its artifact, whichever run made it. */
export function logLines(home: Home, id: string): LogLine[] {
  const keys = (loadProgress(home, id)?.stages ?? []).flatMap(({ key }) => key ?? []);
  const folders = [runDir(home, id), ...keys.flatMap((key) => [join(home.store, key), workDir(home, key)])];
  return folders.flatMap((folder) => linesOf(join(folder, 'log.jsonl'))).sort((a, b) => a.time - b.time);
}

function linesOf(file: string): LogLine[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line) => {
      try {
        return line === '' ? [] : [JSON.parse(line) as LogLine];
      } catch {
        // A crash cut it off.
        return [];
      }
    });
}

/** `12:01:59.120 info  tune: checkpoint {"step":100}`. */
export function readable(line: LogLine): string {
  const { time, level, msg, stage, run, pid: _pid, key: _key, ...rest } = line;
  const at = new Date(time).toISOString().slice(11, 23);
  const more = Object.keys(rest).length > 0 ? ` ${JSON.stringify(rest)}` : '';
  return `${at} ${(LEVELS[level] ?? String(level)).padEnd(5)} ${String(stage ?? run ?? '')}: ${String(msg ?? '')}${more}`;
}
