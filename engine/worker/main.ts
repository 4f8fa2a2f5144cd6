import { mkdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { useServer } from '../server/dev-server.ts';
import { openHome } from '../store/home.ts';
import { runWorker } from './worker.ts';

/** A worker process, child of `llava run`. It ends with its parent, however that ended. */

const { values } = parseArgs({
  options: {
    home: { type: 'string' },
    address: { type: 'string' },
    namespace: { type: 'string' },
    parallel: { type: 'string' },
    /** The server is the home's own: keep it while this process lives. */
    embedded: { type: 'boolean' },
  },
});
if (!values.home || !values.address || !values.namespace || !values.parallel)
  throw new Error('called without its options');

const home = openHome(values.home);
const stop = new AbortController();
process.on('disconnect', () => stop.abort());
process.on('message', (message) => {
  if (message === 'stop') stop.abort();
});
process.on('SIGTERM', () => stop.abort());
process.on('SIGINT', () => {});

mkdirSync(home.server, { recursive: true });
const use = values.embedded
  ? await useServer(home.server, () => Promise.reject(new Error('the server is gone')))
  : null;
// Stages that take too long for their checkpoint must not keep a worker whose parent is gone.
stop.signal.addEventListener('abort', () => setTimeout(() => void end(1), 15_000).unref());

async function end(code: number): Promise<never> {
  await use?.leave().catch(() => {});
  process.exit(code);
}

try {
  await runWorker({
    home,
    target: { address: values.address, namespace: values.namespace },
    parallel: Number(values.parallel),
    signal: stop.signal,
    onReady: () => process.connected && process.send!('ready'),
  });
  await end(0);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  await end(1);
}
