import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { Cancelled, DataError } from '../../../engine/stages/types.ts';
import type { StageContext, StageKind } from '../../../engine/stages/types.ts';

/**
 * Stage kinds that the language does not have. `count` behaves as training does: steps that each change a state, checkpoints every
 * few steps, bytes that depend on the state after the last step, on the seed and on the inputs' bytes.
 */
export interface CountConfig {
  kind: 'count';
  steps: number;
  stepMs: number;
  checkpointEvery: number;
  /** Absolute path of a file to which each start of an attempt appends a line. */
  journal: string;
  /** Fail so often before going well. */
  failures: number;
  /** `data`: throw a DataError; `crash`: kill the own process. */
  trouble: 'none' | 'data' | 'crash' | 'block';
}

interface State {
  step: number;
  hash: string;
}

async function run(context: StageContext): Promise<{ metrics: Record<string, number> }> {
  const config = context.config as unknown as CountConfig;
  const checkpoint = join(context.work, 'checkpoint.json');
  let state: State = { step: 0, hash: String(context.seed) };
  for (const [id, artifact] of [...context.inputs].sort(([a], [b]) => (a < b ? -1 : 1))) {
    state.hash = next(state.hash, `${id.split('-')[0]} ${readFileSync(join(artifact.dir, 'result.txt'), 'utf8')}`);
  }
  if (existsSync(checkpoint)) state = JSON.parse(readFileSync(checkpoint, 'utf8')) as State;
  appendFileSync(config.journal, `${context.node.name} ${context.seed} from ${state.step}\n`);
  const attempts = readFileSync(config.journal, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith(`${context.node.name} `)).length;
  if (config.trouble === 'data') throw new DataError('captions.json:7: the caption is missing; add it');
  if (config.trouble === 'crash' && attempts <= config.failures) process.kill(process.pid, 'SIGKILL');
  if (config.trouble === 'none' && attempts <= config.failures) throw new Error(`attempt ${attempts} went wrong`);
  const save = (): void => {
    context.checkLease();
    writeFileSync(`${checkpoint}.new`, JSON.stringify(state));
    renameSync(`${checkpoint}.new`, checkpoint);
    context.log.info({ step: state.step }, 'checkpoint');
  };
  while (state.step < config.steps) {
    if (context.signal.aborted) {
      save();
      throw new Cancelled('stopped after a checkpoint');
    }
    if (config.trouble === 'block') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, config.stepMs);
    else await new Promise((resolve) => setTimeout(resolve, config.stepMs));
    state = { step: state.step + 1, hash: next(state.hash, String(state.step)) };
    context.record({ step: state.step, loss: 1 / state.step });
    context.progress({ phase: 'count', done: state.step, total: config.steps, unit: 'steps', loss: 1 / state.step });
    if (state.step % config.checkpointEvery === 0) save();
  }
  writeFileSync(join(context.out, 'result.txt'), state.hash);
  return { metrics: { steps: state.step, first: parseInt(state.hash.slice(0, 4), 16) } };
}

const next = (hash: string, with_: string): string => createHash('sha256').update(`${hash} ${with_}`).digest('hex');

export const stages: StageKind[] = [
  { kind: 'count', version: 1, files: () => [], withoutTensors: true, run } as unknown as StageKind,
];
