import type { EvaluateConfig } from '../../dsl/plan/types.ts';
import { filesOf } from '../data/formats/index.ts';
import type { StageKind } from './types.ts';

/** `stage x : evaluate`. */
export const stage: StageKind<EvaluateConfig> = {
  kind: 'evaluate',
  version: 1,
  files: ({ benchmark }) => filesOf(benchmark.data),
  run: async (context) => (await import('../evaluation/run.ts')).runEvaluation(context),
};
