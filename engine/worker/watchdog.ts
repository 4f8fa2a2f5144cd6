import { Worker, isMainThread, workerData } from 'node:worker_threads';
import { beat } from '../store/lease.ts';

/**
 * A thread that ends the process as soon as its parent has gone, and shows that the process lives. A thread, because a long
 * synchronous call into TensorFlow keeps the main one from noticing anything.
 */
interface Watch {
  parent: number;
  heartbeat: string | null;
}

const EVERY_MS = 300;
const BEAT_EVERY = 10;

export function startWatchdog(heartbeat: string | null): void {
  const data: Watch = { parent: process.ppid, heartbeat };
  new Worker(new URL(import.meta.url), { workerData: data }).unref();
}

function watch({ parent, heartbeat }: Watch): void {
  let ticks = 0;
  setInterval(() => {
    // Another parent (init, a subreaper) adopted the process: its own has died.
    if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL');
    if (heartbeat !== null && ticks++ % BEAT_EVERY === 0) beat(heartbeat);
  }, EVERY_MS);
}

if (!isMainThread && workerData && typeof workerData === 'object' && 'parent' in workerData) watch(workerData as Watch);
