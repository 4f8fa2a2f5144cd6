import { existsSync } from 'node:fs';
import type { DatasetPlan, FileOnDisk, FileRef, StageId, StageNode } from '../../dsl/plan/types.ts';
import type { DataUse } from '../data/formats/format.ts';
import { countSamples, filesOf, isMadeByStage } from '../data/formats/index.ts';
import { DataError } from '../stages/types.ts';
import type { SampleCount } from './types.ts';

/** What counting needs to know of the world around the plan. */
export interface CountIo {
  /** Absolute path of a file that the plan names. */
  resolve(ref: FileOnDisk): string;
  /** Folder of what a stage made; null while it has not run. */
  artifactDir(stage: StageId): string | null;
  node(stage: StageId): StageNode;
}

/**
 * How many samples a dataset gives, and how we know: counted in its files where they are there, as declared in the experiment where
 * they are not.
 *
 * @throws DataError when its files are absent and nothing is declared, or when they cannot be read
 */
export async function countDataset(dataset: DatasetPlan, use: DataUse, io: CountIo): Promise<SampleCount> {
  return isMadeByStage(dataset) ? countMade(dataset, use, io) : countOnDisk(dataset, use, io);
}

async function countOnDisk(dataset: DatasetPlan, use: DataUse, io: CountIo): Promise<SampleCount> {
  const files = filesOf(dataset).filter((ref): ref is FileOnDisk => 'file' in ref && !isPictureFolder(ref, dataset));
  const absent = files.find((ref) => !existsSync(io.resolve(ref)));
  if (!absent) {
    const samples = await countSamples(dataset, (ref) => pathOf(ref, io), use);
    const declared = dataset.samples;
    const other =
      declared !== null && declared !== samples ? `; the file declares ${declared.toLocaleString('en-US')}` : '';
    return { samples, source: `counted in ${mainFile(files, dataset)}${other}` };
  }
  if (dataset.samples !== null)
    return { samples: dataset.samples, source: `declared in the file; ${absent.file} is absent` };
  throw new DataError(
    `dataset \`${dataset.name}\`: ${io.resolve(absent)} does not exist; put it there, or declare \`samples = …\` to plan without it`,
  );
}

async function countMade(dataset: DatasetPlan, use: DataUse, io: CountIo): Promise<SampleCount> {
  const makers = filesOf(dataset).flatMap((ref) => ('stage' in ref ? [io.node(ref.stage)] : []));
  const maker = makers[0]!;
  if (makers.every((node) => io.artifactDir(node.id) !== null)) {
    const samples = await countSamples(dataset, (ref) => pathOf(ref, io), use);
    return { samples, source: `counted in what ${maker.name} made` };
  }
  const samples = toBeMade(maker, dataset, use);
  if (samples !== null) return { samples, source: `as ${maker.name} is told to make` };
  if (dataset.samples !== null) return { samples: dataset.samples, source: 'declared in the file' };
  return { samples, source: `known when ${maker.name} has run` };
}

/** What a stage will make, where its settings tell; how many captions a picture gets, they do not. */
function toBeMade(maker: StageNode, dataset: DatasetPlan, use: DataUse): number | null {
  const { config } = maker;
  if (config.kind === 'generate') return config.conversation + config.detail + config.reasoning;
  if (config.kind !== 'synthesize') return null;
  if (dataset.format === 'science_qa') return dataset.split === null ? null : config.questions[dataset.split];
  if (dataset.format === 'coco' && use !== 'instruct') {
    return namesValidation(dataset.captions) ? config.validationImages : config.images;
  }
  return null;
}

function namesValidation(captions: FileRef): boolean {
  return 'path' in captions && /val/.test(captions.path);
}

function isPictureFolder(ref: FileRef, dataset: DatasetPlan): boolean {
  return 'images' in dataset && ref === dataset.images;
}

function mainFile(files: FileOnDisk[], dataset: DatasetPlan): string {
  if (dataset.format === 'science_qa' && 'file' in dataset.splits) return dataset.splits.file;
  return files[0]?.file ?? dataset.name;
}

function pathOf(ref: FileRef, io: CountIo): string {
  if ('file' in ref) return io.resolve(ref);
  return `${io.artifactDir(ref.stage)!}/${ref.path}`;
}
