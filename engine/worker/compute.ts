import { join } from 'node:path';
import { pino } from 'pino';
import type { StageId } from '../../dsl/plan/types.ts';
import type { StageInput } from '../../workflows/types.ts';
import { stageKind } from '../stages/registry.ts';
import { Cancelled, DataError, EnvironmentError } from '../stages/types.ts';
import type { Artifact, Metrics, StageContext } from '../stages/types.ts';
import { errorCode } from '../store/files.ts';
import { openHome } from '../store/home.ts';
import { FileDigests, keyOf, resolveFile } from '../store/lookup.ts';
import { Store } from '../store/store.ts';
import { closeWork, dropWork, openWork, stopFile } from '../store/work.ts';
import type { FromCompute, ToCompute } from './messages.ts';
import { Rows } from './rows.ts';
import { startWatchdog } from './watchdog.ts';

/** A compute process: makes one artifact, tells its worker how far it is, and ends. Its main thread may block for as long as it likes. */

const stop = new AbortController();

async function make({ homeDir, input, work: owner }: Extract<ToCompute, { type: 'start' }>): Promise<Metrics> {
  const { node, key } = input;
  const home = openHome(homeDir);
  const store = new Store(home);
  const giveUp = (): void => {
    if (stop.signal.aborted) throw new Cancelled(`stage ${node.name} was cancelled`);
  };
  const work = (await openWork(home, key, { work: owner, waiting: giveUp }))!;
  const there = store.get(key);
  if (there) {
    await dropWork(work);
    return there.metrics;
  }
  const stopped = startWatchdog(work.lease.heartbeat, stopFile(home, key, process.pid));
  // Without it a stage that never yields to the event loop would not see that it was cancelled.
  const look = (): void => {
    if (stopped()) stop.abort();
  };
  const inputs = openInputs(store, input);
  const kind = await stageKind(node.kind);
  const rows = new Rows(join(work.dir, 'metrics.jsonl'));
  const log = pino(
    { base: { stage: node.name, key, pid: process.pid } },
    pino.destination({ dest: join(work.dir, 'log.jsonl'), sync: true }),
  );
  const inputDir = (stage: StageId): string => {
    const artifact = inputs.get(stage);
    if (!artifact) throw new Error(`stage ${node.name} reads ${stage}, which is not among its inputs`);
    return artifact.dir;
  };
  const context: StageContext = {
    node,
    config: node.config,
    seed: node.seed,
    inputs,
    work: work.checkpoints,
    out: work.out,
    store: store.access(giveUp),
    resolve: (ref) => resolveFile(ref, input.home.base, inputDir),
    progress: (progress) => {
      tell({ type: 'progress', progress });
      look();
    },
    record: (row) => {
      rows.append(row);
      look();
    },
    signal: stop.signal,
    checkLease: () => work.lease.check(),
    log,
  };
  try {
    const { metrics } = await kind.run(context);
    const files = new FileDigests(home, input.home.base);
    const made = await keyOf(node, (stage) => input.inputs[stage], files);
    if (made.key !== key) {
      throw new DataError(
        `a data file of stage ${node.name} changed while the stage ran, so its result is of neither; run it again`,
      );
    }
    await store.commit(work, metrics, { kind: node.kind, name: node.name, madeOf: made.parts });
    return metrics;
  } catch (error) {
    log.error({ err: error }, 'ended without an artifact');
    closeWork(work);
    throw error;
  }
}

function openInputs(store: Store, input: StageInput): Map<StageId, Artifact> {
  const inputs = new Map<StageId, Artifact>();
  for (const [stage, key] of Object.entries(input.inputs)) {
    const artifact = store.get(key);
    if (!artifact) {
      throw new EnvironmentError(
        `the artifact ${key} is no longer in ${store.home.store}; resume the run to make it again`,
      );
    }
    inputs.set(stage, artifact);
  }
  return inputs;
}

function tell(message: FromCompute): void {
  if (process.connected) process.send!(message);
}

/** As `tell`, and waits until the message has left: the process ends right after. */
function tellLast(message: FromCompute): Promise<void> {
  return new Promise((resolve) => {
    if (!process.connected) resolve();
    else process.send!(message, undefined, {}, () => resolve());
  });
}

function failure(error: unknown): FromCompute {
  const known = error instanceof Error ? error : new Error(String(error));
  const full = errorCode(error) === 'ENOSPC' || errorCode(error) === 'EDQUOT';
  return {
    type: 'failed',
    name: full ? 'EnvironmentError' : known.name,
    message: full ? `the disk is full: ${known.message}; free some space and resume the run` : known.message,
    stack: known.stack ?? '',
  };
}

process.on('message', (message: ToCompute) => {
  if (message.type === 'cancel') stop.abort();
  else {
    make(message)
      .then((metrics) => tellLast({ type: 'done', metrics }))
      .catch((error: unknown) => tellLast(failure(error)))
      .finally(() => process.exit(0));
  }
});
// Nobody is left to take the result; the checkpoint on disk is what the next attempt goes on from.
process.on('disconnect', () => process.exit(1));
// Ctrl-C reaches the whole process group; the worker says when to stop.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => stop.abort());
