import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import type { Plan } from '../../dsl/plan/types.ts';
import type { RunProgress, VariantResult } from '../../workflows/types.ts';
import { DataError } from '../stages/types.ts';
import type { Home } from '../store/home.ts';
import { acquireLease } from '../store/lease.ts';
import { processId } from '../store/process.ts';
import { superviseWorker } from '../worker/supervisor.ts';
import type { WorkerProcess } from '../worker/supervisor.ts';
import { Cluster } from './cluster.ts';
import type { ClusterOptions } from './cluster.ts';
import { freshened } from './live.ts';
import { keepRows } from './metrics.ts';
import { listRuns, loadProgress, resultsOf, runDir, saveProgress, saveRecord, shownState } from './record.ts';
import type { RunRecord } from './record.ts';
import { cancelRun, ending, queryProgress, startOrJoin } from './temporal-run.ts';
import type { Ending } from './temporal-run.ts';

/** Who is told how a run goes. */
export interface RunWatcher {
  update(progress: RunProgress): void;
  /** Something out of the ordinary: a worker that had to be started again. */
  note(text: string): void;
}

export interface ExecuteOptions {
  home: Home;
  record: RunRecord;
  plan: Plan;
  /** Folder of the experiment file. */
  base: string;
  /** Stages at the same time. */
  parallel: number;
  cluster: ClusterOptions;
  watcher: RunWatcher;
  /** Cancel cleanly, after checkpoints. */
  cancel: AbortSignal;
  /** End at once; checkpoints are what they are. */
  abandon: AbortSignal;
}

export interface RunEnd {
  ending: Ending;
  results: VariantResult[];
}

const TICK_MS = 200;
const QUERY_EVERY_MS = 1000;

/**
 * Runs a recorded run to its end, or goes on with it: looks after the server and the worker, starting again what was killed, and
 * keeps `run.json` and `progress.json` up to date. Only one process does so for a run; `DataError` when another one does.
 */
export async function executeRun(options: ExecuteOptions): Promise<RunEnd> {
  const { home, record } = options;
  mkdirSync(runDir(home, record.id), { recursive: true });
  const lease = await acquireLease(join(runDir(home, record.id), 'lease'), { timeoutMs: 0 });
  if (!lease) {
    const by = record.supervisor ? ` (process ${record.supervisor.pid})` : '';
    throw new DataError(`run ${record.id} is going on${by}; watch it with: llava status ${record.id}`);
  }
  const log = pino(
    { base: { run: record.id } },
    pino.destination({ dest: join(runDir(home, record.id), 'log.jsonl'), sync: true }),
  );
  // Its workflow may still be busy with it: `resume` wants a new one.
  const wasCancelling = record.state === 'cancelling' || record.state === 'cancelled';
  Object.assign(record, {
    state: 'starting',
    supervisor: processId(),
    started: record.started ?? new Date().toISOString(),
    ended: null,
    error: null,
  } satisfies Partial<RunRecord>);
  saveRecord(home, record);
  log.info({ state: record.state }, 'looked after by this process');
  try {
    const ended = await supervise(options, wasCancelling, log);
    record.state = ended.state;
    record.error = ended.state === 'failed' ? { type: ended.type, message: ended.message } : null;
    const progress = loadProgress(home, record.id);
    return { ending: ended, results: progress ? resultsOf(progress) : [] };
  } catch (error) {
    record.state = 'failed';
    record.error = {
      type: error instanceof Error ? error.name : 'Error',
      message: error instanceof Error ? error.message : String(error),
    };
    throw error;
  } finally {
    record.ended = new Date().toISOString();
    record.supervisor = null;
    saveRecord(home, record);
    log.info({ state: record.state, error: record.error }, 'ended');
    lease.release();
  }
}

async function supervise(options: ExecuteOptions, wasCancelling: boolean, log: pino.Logger): Promise<Ending> {
  const { home, record, watcher } = options;
  const note = (text: string): void => {
    log.warn(text);
    watcher.note(text);
  };
  for (const other of listRuns(home)) {
    if (other.id !== record.id && shownState(other) === 'interrupted') {
      note(`run ${other.id} was interrupted and goes on beside this one; llava cancel ${other.id} stops it`);
    }
  }
  const cluster = await Cluster.open(home, options.cluster);
  let worker: WorkerProcess | null = null;
  let over = false;
  try {
    worker = superviseWorker(home, () => cluster.target, {
      parallel: options.parallel,
      embedded: cluster.embedded,
      onRestart: (why) => note(`the worker ${why}; it is started again and goes on from the last checkpoints`),
    });
    const how = await startOrJoin(
      cluster.client,
      { runId: record.id, plan: options.plan, only: record.only, home: { id: home.id, base: options.base } },
      wasCancelling,
    );
    log.info({ how, target: cluster.target }, 'workflow');
    record.state = 'running';
    saveRecord(home, record);
    const ended = await Promise.race([watch(options, cluster, worker, note), worker.failed]);
    over = !options.abandon.aborted;
    return ended;
  } finally {
    if (options.abandon.aborted) await worker?.kill();
    else await worker?.stop();
    await cluster.close(!over);
  }
}

/** Until the workflow ends; meanwhile brings back what dies, and shows how far it is. */
async function watch(
  options: ExecuteOptions,
  cluster: Cluster,
  worker: WorkerProcess,
  note: (text: string) => void,
): Promise<Ending> {
  const { home, record, watcher, cancel, abandon } = options;
  let ended: Ending | null = null;
  let fault: unknown;
  const end = ending(() => cluster.client, home.id, record.id).then(
    (how) => (ended = how),
    (error: unknown) => (fault = error),
  );
  let known: RunProgress | null = null;
  const ask = async (): Promise<void> => {
    const answer = await queryProgress(cluster.client, home.id, record.id);
    if (!answer) return;
    known = answer;
    saveProgress(home, freshened(home, answer));
  };
  let asking: Promise<void> | null = null;
  let asked = 0;
  let cancelled = false;
  while (!ended && fault === undefined) {
    if (abandon.aborted) return { state: 'cancelled' };
    const server = await cluster.check();
    if (server !== 'well') note('the Temporal server was gone; it is started again on its file');
    // It knows only the old address; its stages go on from their checkpoints.
    if (server === 'moved') worker.restart();
    if (cancel.aborted && !cancelled) {
      cancelled = true;
      record.state = 'cancelling';
      saveRecord(home, record);
      await cancelRun(cluster.client, home.id, record.id).catch(() => (cancelled = false));
    }
    if (!asking && Date.now() - asked > QUERY_EVERY_MS) {
      asked = Date.now();
      asking = ask().finally(() => (asking = null));
    }
    if (known) watcher.update(freshened(home, known));
    await Promise.race([end, new Promise((resolve) => setTimeout(resolve, TICK_MS))]);
  }
  if (fault !== undefined) throw fault;
  if (asking) await asking;
  await ask();
  if (known) {
    watcher.update(known);
    keepRows(home, known);
  }
  return ended!;
}
