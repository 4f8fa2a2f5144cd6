import type { FileRef, TrainConfig } from '../../dsl/plan/types.ts';
import { filesOf } from '../data/formats/index.ts';
import type { StageKind } from './types.ts';

/** `stage x : train`. */
export const stage: StageKind<TrainConfig> = {
  kind: 'train',
  version: 1,
  files: (config): FileRef[] => config.data.flatMap(({ dataset }) => filesOf(dataset)),
  run: async (context) => (await import('../training/run.ts')).runTraining(context),
};
