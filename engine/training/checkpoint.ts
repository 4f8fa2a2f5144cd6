import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readSafetensors } from '../../ops/io/safetensors/read.ts';
import { writeSafetensors } from '../../ops/io/safetensors/write.ts';
import type { TrainerState } from '../../ops/train/state.ts';
import { asideName, sha256File, syncFolder, writeFileAtomic } from '../store/files.ts';
import type { HistoryRow } from './history.ts';

/** Everything that the rest of a run depends on, at the end of an optimizer step. */
export interface Checkpoint {
  /** Optimizer steps done. */
  step: number;
  state: TrainerState;
  history: HistoryRow[];
}

/** `state.json` beside `state.safetensors`. */
interface Header {
  step: number;
  /** Optimizer steps that each parameter has had, for the bias corrections of its moments. */
  counts: Record<string, number>;
  history: HistoryRow[];
  sha256: string;
}

const PREFIX = 'checkpoint-';
const TENSORS = 'state.safetensors';
const HEADER = 'state.json';

/**
 * Writes `work/checkpoint-STEP/` whole or not at all (aside, fsync, rename), then removes all but the newest `keep`.
 * `checkLease` is called right before the rename, so that an attempt which was taken over cannot publish anything.
 */
export async function writeCheckpoint(
  work: string,
  checkpoint: Checkpoint,
  keep: number,
  checkLease: () => void,
): Promise<void> {
  const { step, state, history } = checkpoint;
  const target = join(work, folderName(step));
  const aside = asideName(target);
  try {
    await mkdir(aside, { recursive: true });
    const tensors = [...tagged('weight', state.weights), ...tagged('m', state.m), ...tagged('v', state.v)];
    await writeSafetensors(join(aside, TENSORS), tensors, { fsync: true });
    const header: Header = {
      step,
      counts: Object.fromEntries(state.counts),
      history,
      sha256: await sha256File(join(aside, TENSORS)),
    };
    writeFileAtomic(join(aside, HEADER), JSON.stringify(header));
    await syncFolder(aside);
    checkLease();
    await rm(target, { recursive: true, force: true });
    await rename(aside, target);
    await syncFolder(work);
  } catch (error) {
    await rm(aside, { recursive: true, force: true });
    throw error;
  }
  const old = (await stepsIn(work)).slice(0, -Math.max(1, keep));
  for (const step of old) await rm(join(work, folderName(step)), { recursive: true, force: true });
}

/**
 * The newest checkpoint whose checksum holds, or null. A broken one is told through `onBroken` and the one before it is taken.
 */
export async function readLatestCheckpoint(
  work: string,
  onBroken: (message: string) => void,
): Promise<Checkpoint | null> {
  for (const step of (await stepsIn(work)).reverse()) {
    const folder = join(work, folderName(step));
    try {
      return await readCheckpoint(folder);
    } catch (error) {
      onBroken(
        `${folder} cannot be used (${error instanceof Error ? error.message : String(error)}): trying the one before`,
      );
    }
  }
  return null;
}

async function readCheckpoint(folder: string): Promise<Checkpoint> {
  const header = JSON.parse(await readFile(join(folder, HEADER), 'utf8')) as Header;
  const file = join(folder, TENSORS);
  if ((await sha256File(file)) !== header.sha256) throw new Error(`the checksum of ${TENSORS} does not hold`);
  const state: TrainerState = {
    weights: new Map(),
    m: new Map(),
    v: new Map(),
    counts: new Map(Object.entries(header.counts)),
  };
  const kinds = { weight: state.weights, m: state.m, v: state.v };
  for (const [key, tensor] of await readSafetensors(file)) {
    const slash = key.indexOf('/');
    kinds[key.slice(0, slash) as keyof typeof kinds].set(key.slice(slash + 1), tensor);
  }
  return { step: header.step, state, history: header.history };
}

function tagged<T>(kind: string, tensors: ReadonlyMap<string, T>): [string, T][] {
  return [...tensors].map(([name, tensor]) => [`${kind}/${name}`, tensor]);
}

function folderName(step: number): string {
  return PREFIX + String(step).padStart(8, '0');
}

/** Steps of the checkpoints in a folder, ascending. */
async function stepsIn(work: string): Promise<number[]> {
  const names = await readdir(work).catch(() => []);
  return names
    .filter((name) => /^checkpoint-\d+$/.test(name))
    .map((name) => Number(name.slice(PREFIX.length)))
    .sort((a, b) => a - b);
}
