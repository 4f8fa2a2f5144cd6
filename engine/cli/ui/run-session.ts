import { availableParallelism } from 'node:os';
import type { Plan } from '../../../dsl/plan/types.ts';
import type { VariantResult } from '../../../workflows/types.ts';
import { FailureType } from '../../../workflows/types.ts';
import type { RunEnd, RunWatcher } from '../../runs/execute.ts';
import type { RunRecord } from '../../runs/record.ts';
import type { PrepareWatcher } from '../../runs/prepare.ts';
import { silent, stderrProgress } from '../../setup/progress.ts';
import type { Home } from '../../store/home.ts';
import { Exit, ExitCode, RunFailed, UsageError } from './exit.ts';
import { answer, answerJson, hasColor, say, warn } from './output.ts';
import { LiveProgress } from './run-live.ts';
import { PlainProgress } from './run-plain.ts';

const SAME_SIGNAL_MS = 500;

/** Options that `run` and `resume` share. */
export interface SessionOptions {
  home?: string;
  parallel?: number;
  json?: true;
  quiet?: true;
  address?: string;
  namespace?: string;
}

/** `--parallel N`, a whole number from 1. */
export function parseParallel(text: string): number {
  const n = Number(text);
  if (!Number.isInteger(n) || n < 1)
    throw new UsageError(`--parallel ${text}: give the number of stages that may run at the same time, from 1`);
  return n;
}

/**
 * Runs a recorded run in this process until its end, showing progress on stderr and the answer on stdout. Throws what the exit code
 * is made of.
 */
export async function runSession(
  home: Home,
  record: RunRecord,
  plan: Plan,
  base: string,
  options: SessionOptions,
): Promise<void> {
  const cancel = new AbortController();
  const abandon = new AbortController();
  let first = 0;
  const onSignal = (): void => {
    if (cancel.signal.aborted) {
      // A terminal and a parent process may both pass on the same Ctrl-C.
      if (Date.now() - first > SAME_SIGNAL_MS) abandon.abort();
      return;
    }
    first = Date.now();
    cancel.abort();
    say(`\ncancelling ${record.id} after a checkpoint; once more ends it at once`);
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, onSignal);
  try {
    // Temporal's client takes a moment to load.
    const { executeRun } = await import('../../runs/execute.ts');
    const end = await executeRun({
      home,
      record,
      plan,
      base,
      parallel: options.parallel ?? availableParallelism(),
      cluster: { address: options.address, namespace: options.namespace },
      watcher: watcherFor(options),
      cancel: cancel.signal,
      abandon: abandon.signal,
    });
    await conclude(record, plan, end, options);
  } finally {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(name, onSignal);
  }
}

/** Where warnings about data and the progress of setting up go. */
export function prepareWatcher(quiet?: true): PrepareWatcher {
  return quiet ? { warn() {}, progress: silent } : { warn, progress: stderrProgress() };
}

function watcherFor(options: SessionOptions): RunWatcher {
  if (options.quiet) return { update() {}, note() {} };
  return process.stderr.isTTY ? new LiveProgress() : new PlainProgress();
}

async function conclude(
  record: RunRecord,
  plan: Plan,
  { ending, results }: RunEnd,
  options: SessionOptions,
): Promise<void> {
  if (options.json) answerJson({ run: record.id, ...ending, variants: results });
  if (ending.state === 'cancelled') {
    if (!options.quiet) say(`cancelled; go on with: llava resume ${record.id}`);
    throw new Exit(ExitCode.cancelled);
  }
  if (ending.state === 'failed') {
    const sentence = `${ending.message}\n  (run ${record.id}; after mending it go on with: llava resume ${record.id})`;
    throw withName(new RunFailed(sentence), ending.type);
  }
  if (!options.json) await printResults(plan, results);
  if (!options.quiet) say(`run ${record.id} is done`);
}

/** The ablation table, or what the evaluate stages measured. */
async function printResults(plan: Plan, results: VariantResult[]): Promise<void> {
  const { renderMetrics, renderTables } = await import('../../report/table.ts');
  const color = hasColor(process.stdout);
  const text =
    plan.ablations.length > 0 ? renderTables(plan, results, 'text', { color }) : renderMetrics(plan, results);
  if (text !== '') answer(text);
}

/** The exit code follows from the failure's type. */
function withName(error: Error, type: string): Error {
  if (type === FailureType.data || type === FailureType.environment) error.name = type;
  return error;
}
