import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { TrainConfig } from '../../dsl/plan/types.ts';
import { parameterGroups, resolveRules, trainedNames, type ParameterGroup } from '../../dsl/model/freeze.ts';
import { phasesOf, type Phase } from '../../dsl/model/phases.ts';
import { totalSteps } from '../../dsl/model/steps.ts';
import type { TensorData } from '../../ops/io/safetensors/format.ts';
import { parameters } from '../../ops/models/parameters.ts';
import {
  createTrainer,
  initialState,
  scheduleFactor,
  warmupSteps,
  type Schedule,
  type Trainer,
  type TrainerState,
} from '../../ops/train/index.ts';
import { Cancelled, DataError, type StageContext, type StageResult } from '../stages/types.ts';
import { readLatestCheckpoint, writeCheckpoint } from './checkpoint.ts';
import { recentLoss, type HistoryRow } from './history.ts';
import { HISTORY, MODEL } from './layout.ts';
import type { Prepared } from './objective.ts';
import { OBJECTIVES } from './objectives/index.ts';
import { openTensorFlow } from './session.ts';
import { startingWeights } from './start.ts';
import { Throughput } from './throughput.ts';
import { keepTokenizers, openTokenizer } from './vocabulary.ts';
import { writeModules } from './weights.ts';

/** The loss that a stage reports is the mean over its last steps, as single steps are noisy. */
const LOSS_WINDOW = 20;

/**
 * Trains a model as the plan says: from its starting weights through phases of freeze rules to the artifact, with a checkpoint
 * every so many steps. An attempt that finds a checkpoint goes on from it, and ends in the same bits.
 */
export async function runTraining(context: StageContext<TrainConfig>): Promise<StageResult> {
  const { config, inputs, out, log } = context;
  const binding = await openTensorFlow();
  const objective = OBJECTIVES[config.objective];
  const sources = config.from.map((id) => inputs.get(id)!);
  const { weights, files } = await startingWeights(context, sources);
  const tokenizer = await openTokenizer(context, objective, sources);
  const everTrained = namesEverTrained(config);
  const prepared = await objective.prepare({ context, binding, weights, tokenizer, everTrained });

  const { state, history } = await trainPhases(context, binding, prepared, weights);

  await writeModules(out, state.weights, everTrained, files);
  await keepTokenizers(out, objective, tokenizer, sources);
  await writeFile(join(out, MODEL), JSON.stringify(config.model, null, 1) + '\n');
  await writeFile(join(out, HISTORY), JSON.stringify(history) + '\n');
  const metrics = { loss: recentLoss(history, LOSS_WINDOW), steps: history.length, samples: prepared.samples };
  log.info(metrics, 'trained');
  return { metrics };
}

interface Trained {
  state: TrainerState;
  history: HistoryRow[];
}

async function trainPhases(
  context: StageContext<TrainConfig>,
  binding: Awaited<ReturnType<typeof openTensorFlow>>,
  prepared: Prepared,
  weights: ReadonlyMap<string, TensorData>,
): Promise<Trained> {
  const { config, work, log } = context;
  const total = totalSteps(config, prepared.samples);
  const schedule = scheduleOf(config, total);
  const found = await readLatestCheckpoint(work, (message) => {
    log.warn(message);
  });
  let state = found?.state ?? initialState(weights);
  const history = found?.history ?? [];
  let step = found?.step ?? 0;
  if (found) log.info({ step, total }, 'going on from a checkpoint');

  const phases = phasesOf(config, prepared.samples);
  while (step < total) {
    const index = phases.findLastIndex((phase) => phase.fromStep <= step);
    const until = Math.min(total, phases[index + 1]?.fromStep ?? total);
    const groups = groupsOf(config, phases[index]!);
    const trainer = createTrainer({
      binding,
      parameters: parameters(config.model),
      groups: groups.map((group) => ({ names: group.parameters, weightDecay: group.weightDecay })),
      buckets: prepared.buckets,
      optimizer: {
        beta1: config.optimizer.beta1,
        beta2: config.optimizer.beta2,
        epsilon: config.optimizer.epsilon,
      },
      clip: config.clip,
      state,
    });
    try {
      log.info({ from: step, until, trained: trainer.trained.length }, 'phase');
      step = await trainSteps(context, { trainer, groups, schedule, prepared, history, step, until });
      checkFrozen(trainer, state);
      state = trainer.state();
    } finally {
      trainer.dispose();
    }
  }
  return { state, history };
}

interface Stretch {
  trainer: Trainer;
  groups: readonly ParameterGroup[];
  schedule: Schedule;
  prepared: Prepared;
  history: HistoryRow[];
  step: number;
  until: number;
}

/** Optimizer steps `step … until − 1`; returns `until`. */
async function trainSteps(context: StageContext<TrainConfig>, stretch: Stretch): Promise<number> {
  const { config, work, signal, progress, record, checkLease } = context;
  const { trainer, groups, schedule, prepared, history, until } = stretch;
  const total = schedule.totalSteps;
  const throughput = new Throughput();
  const save = (): Promise<void> =>
    writeCheckpoint(
      work,
      { step: history.length, state: trainer.state(), history },
      config.checkpoint.keep,
      checkLease,
    );

  let batch = ahead(prepared, stretch.step);
  for (let step = stretch.step; step < until; step++) {
    const micro = await batch;
    // The next batch is read while this one is trained on.
    if (step + 1 < until) batch = ahead(prepared, step + 1);
    const factor = scheduleFactor(schedule, step);
    const lrs = groups.map((group) => group.lr * factor);
    const { loss, gradNorm, weight } = trainer.step(micro, lrs);
    if (!Number.isFinite(loss) || !Number.isFinite(gradNorm)) {
      throw new DataError(
        `step ${step}: the loss is ${loss} and the gradient norm ${gradNorm}. Lower the learning rate, lengthen the warmup, or clip gradients (\`clip = 1.0\`)`,
      );
    }
    const row: HistoryRow = { step, loss, gradNorm, lr: lrs[0] ?? 0 };
    history.push(row);
    record({ ...row });
    progress({
      phase: 'train',
      done: step + 1,
      total,
      unit: 'steps',
      loss,
      lr: row.lr,
      tokensPerSecond: throughput.add(weight),
    });
    // Lets messages in: cancellation, and the end of the parent process.
    await setImmediate();
    if (signal.aborted) {
      await save();
      throw new Cancelled(`stopped after step ${step + 1} of ${total}; a checkpoint is kept`);
    }
    if ((step + 1) % config.checkpoint.everySteps === 0 && step + 1 < total) await save();
  }
  return until;
}

/** A batch that is being read. Its failure is told where it is awaited, and not before. */
function ahead(prepared: Prepared, step: number): ReturnType<Prepared['batch']> {
  const batch = prepared.batch(step);
  batch.catch(() => undefined);
  return batch;
}

function groupsOf(config: TrainConfig, phase: Phase): ParameterGroup[] {
  return parameterGroups(resolveRules(config.model, phase.rules), config.optimizer);
}

/** Parameters that some phase trains. Whether a change comes before the end does not matter here. */
function namesEverTrained(config: TrainConfig): Set<string> {
  const stretches = config.changes.map((_, i) => config.changes.slice(0, i + 1).flatMap((change) => change.rules));
  return new Set(
    [[], ...stretches].flatMap((rules) => trainedNames(resolveRules(config.model, [...config.rules, ...rules]))),
  );
}

function scheduleOf({ schedule }: TrainConfig, totalSteps: number): Schedule {
  const { kind, warmup } = schedule;
  const steps = 'steps' in warmup ? warmup.steps : warmupSteps(warmup.fraction, totalSteps);
  return { kind, warmupSteps: steps, totalSteps };
}

/** Hashes what TensorFlow holds of the frozen weights against what it was given at the phase's start. */
function checkFrozen(trainer: Trainer, before: TrainerState): void {
  for (const [name, { data }] of trainer.frozen()) {
    if (digest(data) !== digest(before.weights.get(name)!.data)) {
      throw new Error(
        `the frozen parameter ${name} has moved; this is a fault of llava, and nothing of the stage was kept`,
      );
    }
  }
}

function digest(data: TensorData['data']): string {
  return createHash('sha256')
    .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    .digest('hex');
}
