import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** Names one process for good: a pid alone is given again to others. */
export interface ProcessId {
  pid: number;
  /** Start time in the system's own unit; null where it cannot be told. */
  start: string | null;
  /** Machine, boot and pid namespace: pids mean nothing elsewhere. */
  host: string;
}

let host: string | undefined;

function thisHost(): string {
  if (host === undefined) {
    const parts = [hostname()];
    try {
      parts.push(readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(), readlinkSync('/proc/self/ns/pid'));
    } catch {
      // Not Linux: the name must do.
    }
    host = parts.join('/');
  }
  return host;
}

/** Start time of a running process of this machine; undefined when there is none (or only its zombie), null when it cannot be told. */
function startOf(pid: number): string | null | undefined {
  if (process.platform === 'linux') {
    try {
      // Fields follow the command's name, which may hold anything up to its last parenthesis (proc(5)).
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return fields[0] === 'Z' || fields[0] === 'X' ? undefined : (fields[19] ?? null);
    } catch {
      return undefined;
    }
  }
  try {
    const line = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    return line === '' || line.startsWith('Z') ? undefined : line.slice(line.indexOf(' ') + 1).trim();
  } catch {
    try {
      process.kill(pid, 0);
      return null;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'EPERM' ? null : undefined;
    }
  }
}

export function processId(pid: number = process.pid): ProcessId {
  return { pid, start: startOf(pid) ?? null, host: thisHost() };
}

/** Whether pids of that process mean something here. */
export function isLocal(id: ProcessId): boolean {
  return id.host === thisHost();
}

/** Whether this very process still runs; a process of another machine counts as gone. */
export function isAlive(id: ProcessId): boolean {
  if (!isLocal(id)) return false;
  const start = startOf(id.pid);
  if (start === undefined) return false;
  return start === null || id.start === null || start === id.start;
}

/** Sends a signal to that process and to no other that got its pid; false when it is gone. */
export function signal(id: ProcessId, name: NodeJS.Signals): boolean {
  if (id.pid === process.pid || !isAlive(id)) return false;
  try {
    process.kill(id.pid, name);
    return true;
  } catch {
    return false;
  }
}

/** Waits until the process is gone; false when it still runs after `ms`. */
export async function waitGone(id: ProcessId, ms: number): Promise<boolean> {
  const end = Date.now() + ms;
  while (isAlive(id)) {
    if (Date.now() > end) return false;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return true;
}
