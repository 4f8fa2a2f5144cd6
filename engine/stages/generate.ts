import type { GenerateConfig } from '../../dsl/plan/types.ts';
import type { StageKind } from './types.ts';

/** `stage instruct : generate`: instruction data from captions and boxes (Liu et al. 2023, section 3). */
export const stage: StageKind<GenerateConfig> = {
  kind: 'generate',
  version: 1,
  files: ({ from }) => (from.format === 'coco' ? [from.captions, from.instances, from.images] : []),
  run: async (context) => (await import('../data/teachers/generate.ts')).generate(context),
};
