import { existsSync } from 'node:fs';
import { Worker, isMainThread, workerData } from 'node:worker_threads';
import { beat } from '../store/lease.ts';

/**
 * A thread that ends the process as soon as its parent has gone, shows that the process lives, and learns that it is to stop: the
 * main thread may be in a long synchronous call into TensorFlow and notices nothing.
 */
interface Watch {
  parent: number;
  heartbeat: string;
  stopFile: string;
  stopped: Int32Array;
}

const EVERY_MS = 200;
const BEAT_EVERY = 15;

/** Starts the thread; the answer says whether `stopFile` has appeared, without a turn of the event loop. */
export function startWatchdog(heartbeat: string, stopFile: string): () => boolean {
  const stopped = new Int32Array(new SharedArrayBuffer(4));
  const data: Watch = { parent: process.ppid, heartbeat, stopFile, stopped };
  new Worker(new URL(import.meta.url), { workerData: data }).unref();
  return () => Atomics.load(stopped, 0) === 1;
}

function watch({ parent, heartbeat, stopFile, stopped }: Watch): void {
  let ticks = 0;
  setInterval(() => {
    // Another parent (init, a subreaper) adopted the process: its own has died.
    if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL');
    if (existsSync(stopFile)) Atomics.store(stopped, 0, 1);
    if (ticks++ % BEAT_EVERY === 0) beat(heartbeat);
  }, EVERY_MS);
}

if (!isMainThread && workerData && typeof workerData === 'object' && 'stopFile' in workerData)
  watch(workerData as Watch);
