import { trainCost, unusedParameters } from '../../dsl/model/cost.ts';
import { resolveRules, trainedNames } from '../../dsl/model/freeze.ts';
import { phasesOf } from '../../dsl/model/phases.ts';
import type { DatasetPlan, EvaluateConfig, GenerateConfig, StageConfig, TrainConfig } from '../../dsl/plan/types.ts';
import { phaseViews } from './freeze-table.ts';
import { countDataset } from './samples.ts';
import type { CountIo } from './samples.ts';
import type { DataView, EvaluateDetails, GenerateDetails, SampleCount, StageDetails, TrainDetails } from './types.ts';

/** Data and costs of a stage. @throws DataError when its data can neither be counted nor is declared */
export async function describeStage(
  config: StageConfig,
  io: CountIo,
): Promise<{ data: DataView[]; details: StageDetails }> {
  switch (config.kind) {
    case 'synthesize': {
      const pictures = { train: config.images, val: config.validationImages, size: config.imageSize };
      return {
        data: [],
        details: { kind: 'synthesize', pictures, documents: config.documents, questions: config.questions },
      };
    }
    case 'generate': {
      const count = await countDataset(config.from, 'generate', io);
      return { data: [{ name: nameOf(config.from), count }], details: generation(config) };
    }
    case 'train':
      return training(config, io);
    case 'evaluate':
      return evaluation(config, io);
  }
}

function generation(config: GenerateConfig): GenerateDetails {
  const { conversation, detail, reasoning, teacher } = config;
  const total = conversation + detail + reasoning;
  const samples = { conversation, detail, reasoning, total };
  if (teacher.kind === 'offline') return { kind: 'generate', teacher: 'offline', samples, requests: null };
  const atLeastMinutes = teacher.perMinute === null ? null : total / teacher.perMinute;
  // One request makes one sample; a picture may be asked about in all three ways.
  const requests = { count: total, budgetUsd: teacher.budgetUsd, atLeastMinutes };
  return { kind: 'generate', teacher: teacher.model, samples, requests };
}

async function training(config: TrainConfig, io: CountIo): Promise<{ data: DataView[]; details: TrainDetails }> {
  const data: DataView[] = [];
  for (const { dataset, limit } of config.data) {
    const count = await countDataset(dataset, config.objective, io);
    data.push({ name: nameOf(dataset), count: limited(count, limit) });
  }
  const samples = together(data);
  // Documents are packed into sequences; how many there will be, only the tokenizer knows.
  const perEpoch = config.objective === 'text' ? null : samples.samples;
  const countsEpochs = config.steps === null || config.changes.some((change) => 'epoch' in change.at);
  const known = !countsEpochs || perEpoch !== null;
  const seesScience = config.data.some(({ dataset }) => dataset.format === 'science_qa');
  const details: TrainDetails = {
    kind: 'train',
    objective: config.objective,
    order: seesScience ? config.order : null,
    phases: phaseViews(config, perEpoch),
    samples,
    epochs: config.epochs,
    batch: config.batch,
    microBatch: config.microBatch,
    length: config.objective === 'contrastive' ? (config.model.contrast?.context ?? config.length) : config.length,
    schedule: scheduleText(config),
    cost: known ? trainCost(config, perEpoch ?? 0) : null,
    notes: notesOf(config, perEpoch),
  };
  return { data, details };
}

async function evaluation(
  config: EvaluateConfig,
  io: CountIo,
): Promise<{ data: DataView[]; details: EvaluateDetails }> {
  const { benchmark } = config;
  const use = { science_qa: 'instruct', linear_probe: 'contrastive', text_probe: 'text' } as const;
  const count = limited(await countDataset(benchmark.data, use[benchmark.kind], io), benchmark.limit);
  const text = benchmark.kind === 'linear_probe' ? `${benchmark.kind} of ${benchmark.attribute}` : benchmark.kind;
  const maxNewTokens = benchmark.kind === 'science_qa' ? benchmark.maxNewTokens : null;
  return {
    data: [{ name: nameOf(benchmark.data), count }],
    details: { kind: 'evaluate', benchmark: text, questions: count, maxNewTokens },
  };
}

/** The dataset's name with its split, where it has one. */
function nameOf(dataset: DatasetPlan): string {
  const split = dataset.format === 'science_qa' ? dataset.split : null;
  return split === null || dataset.name.endsWith(`.${split}`) ? dataset.name : `${dataset.name}.${split}`;
}

function limited(count: SampleCount, limit: number | null): SampleCount {
  if (limit === null || count.samples === null || count.samples <= limit) return count;
  return { samples: limit, source: `the first of ${count.samples.toLocaleString('en-US')}, ${count.source}` };
}

function together(data: DataView[]): SampleCount {
  if (data.length === 1) return data[0]!.count;
  const unknown = data.find((view) => view.count.samples === null);
  if (unknown) return unknown.count;
  const samples = data.reduce((sum, view) => sum + view.count.samples!, 0);
  return { samples, source: data.map((view) => view.name).join(' + ') };
}

function scheduleText({ schedule, clip, optimizer }: TrainConfig): string {
  const { warmup } = schedule;
  const rise = 'steps' in warmup ? `${warmup.steps} steps` : `${Number((warmup.fraction * 100).toPrecision(6))} %`;
  const parts = [schedule.kind, `warmup ${rise}`];
  parts.push(optimizer.weightDecay === 0 ? 'no weight decay' : `weight decay ${optimizer.weightDecay}`);
  if (clip !== null) parts.push(`gradients clipped at ${clip}`);
  return parts.join(', ');
}

function notesOf(config: TrainConfig, samples: number | null): string[] {
  const unused = new Set(unusedParameters(config));
  const trained = new Set(
    phasesOf(config, samples ?? 0).flatMap((phase) => trainedNames(resolveRules(config.model, phase.rules))),
  );
  const idle = [...new Set([...trained].filter((name) => unused.has(name)).map(moduleOf))];
  if (idle.length === 0) return [];
  return [
    `${idle.join(', ')}: unfrozen, but nothing that the loss sees is computed with ${idle.length === 1 ? 'it' : 'them'}`,
  ];
}

/** `vision.layers.23.mlp.fc1.weight` → `vision.layers[23]`; elsewhere the module that holds the parameter. */
function moduleOf(name: string): string {
  const layer = /^(.*\.layers)\.(\d+)\./.exec(name);
  return layer ? `${layer[1]}[${layer[2]}]` : name.replace(/\.(weight|bias)$/, '');
}
