import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Plan } from '../../dsl/plan/types.ts';
import type { RunProgress, VariantResult } from '../../workflows/types.ts';
import { DataError } from '../stages/types.ts';
import { readJson, writeFileAtomic, writeFileWhole } from '../store/files.ts';
import type { Home } from '../store/home.ts';
import { isAlive, isLocal } from '../store/process.ts';
import type { ProcessId } from '../store/process.ts';

export type RunState = 'starting' | 'running' | 'cancelling' | 'done' | 'failed' | 'cancelled';

/** `runs/<id>/run.json`. Beside it: `plan.json`, `progress.json`, `log.jsonl`, `metrics/<stage>.jsonl`. */
export interface RunRecord {
  version: 'llava-run/1';
  id: string;
  experiment: string;
  /** Absolute path of the experiment file, for `resume`. */
  file: string;
  /** As given with `--set`. */
  set: string[];
  /** Folder against which `--set`'s file names were resolved. */
  cwd: string;
  only: string[] | null;
  state: RunState;
  created: string;
  started: string | null;
  ended: string | null;
  /** The process that looks after the run; when it is gone the run is interrupted. */
  supervisor: ProcessId | null;
  /** Why it failed: `FailureType` and the sentence. */
  error: { type: string; message: string } | null;
}

/** What a user is told: a run whose supervisor died without a word is `interrupted`. */
export type ShownState = RunState | 'interrupted';

export const runDir = (home: Home, id: string): string => join(home.runs, id);

export function shownState(record: RunRecord): ShownState {
  const open = record.state === 'starting' || record.state === 'running' || record.state === 'cancelling';
  const { supervisor } = record;
  return open && (supervisor === null || (isLocal(supervisor) && !isAlive(supervisor))) ? 'interrupted' : record.state;
}

/** Makes the run's folder; `DataError` when the id is taken. */
export function createRun(home: Home, record: RunRecord, plan: Plan): void {
  mkdirSync(home.runs, { recursive: true });
  try {
    mkdirSync(runDir(home, record.id));
  } catch {
    throw new DataError(
      `run ${record.id} exists already in ${home.runs}; go on with it: llava resume ${record.id}, or choose another --run ID`,
    );
  }
  mkdirSync(join(runDir(home, record.id), 'metrics'));
  writeFileAtomic(join(runDir(home, record.id), 'plan.json'), `${JSON.stringify(plan)}\n`);
  saveRecord(home, record);
}

export function saveRecord(home: Home, record: RunRecord): void {
  writeFileAtomic(join(runDir(home, record.id), 'run.json'), `${JSON.stringify(record, null, 2)}\n`);
}

export function loadRecord(home: Home, id: string): RunRecord | null {
  const record = readJson(join(runDir(home, id), 'run.json')) as RunRecord | null;
  return record?.version === 'llava-run/1' ? record : null;
}

export function loadPlan(home: Home, id: string): Plan {
  const plan = readJson(join(runDir(home, id), 'plan.json')) as Plan | null;
  if (!plan)
    throw new DataError(`${join(runDir(home, id), 'plan.json')} is missing or damaged; run the experiment again`);
  return plan;
}

/** Runs of a home, oldest first. */
export function listRuns(home: Home): RunRecord[] {
  if (!existsSync(home.runs)) return [];
  return readdirSync(home.runs)
    .flatMap((id) => loadRecord(home, id) ?? [])
    .sort((a, b) => (a.created < b.created ? -1 : 1));
}

/** A copy of the query `progress`, so that a run can be looked at while no server is up. */
export function saveProgress(home: Home, progress: RunProgress): void {
  writeFileWhole(join(runDir(home, progress.runId), 'progress.json'), JSON.stringify(progress));
}

export function loadProgress(home: Home, id: string): RunProgress | null {
  return readJson(join(runDir(home, id), 'progress.json')) as RunProgress | null;
}

/** What the stages that have ended so far made and measured; for tables, also of a run that goes on. */
export function readRun(home: Home, id: string): { record: RunRecord; plan: Plan; results: VariantResult[] } {
  const record = loadRecord(home, id);
  if (!record) throw new DataError(`there is no run ${id} in ${home.runs}; llava runs lists them`);
  const progress = loadProgress(home, id);
  return { record, plan: loadPlan(home, id), results: progress ? resultsOf(progress) : [] };
}

export function resultsOf(progress: RunProgress): VariantResult[] {
  const stages = new Map(progress.stages.map((stage) => [stage.id, stage]));
  return progress.variants.map((variant) => ({
    id: variant.id,
    stages: Object.fromEntries(
      Object.entries(variant.stages).flatMap(([name, id]) => {
        const status = stages.get(id);
        if (!status?.key || !status.metrics) return [];
        return [[name, { key: status.key, metrics: status.metrics, cached: status.state === 'cached' }]];
      }),
    ),
  }));
}
