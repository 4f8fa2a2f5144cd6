import { resolve } from 'node:path';
import type { DatasetPlan, FileRef, Plan, StageConfig } from '../../dsl/plan/types.ts';
import { checkDataset, isMadeByStage } from '../data/formats/index.ts';

/**
 * Reads every data set on disk that the plan names, before anything runs: a file that is missing, cut off or no JSON must not show
 * after hours of training. `DataError` with path and place. Data sets that stages make are not there yet.
 */
export async function checkData(
  plan: Pick<Plan, 'stages'>,
  base: string,
  onWarning: (text: string) => void,
): Promise<void> {
  const seen = new Set<string>();
  const find = (ref: FileRef): string => {
    if ('file' in ref) return resolve(base, ref.file);
    throw new Error(`stage ${ref.stage} has not made ${ref.path} yet`);
  };
  for (const { config } of plan.stages) {
    for (const dataset of datasetsOf(config)) {
      const text = JSON.stringify(dataset);
      if (seen.has(text) || isMadeByStage(dataset)) continue;
      seen.add(text);
      await checkDataset(dataset, find, { onWarning });
    }
  }
}

function datasetsOf(config: StageConfig): DatasetPlan[] {
  switch (config.kind) {
    case 'generate':
      return [config.from];
    case 'train':
      return config.data.map(({ dataset }) => dataset);
    case 'evaluate':
      return [config.benchmark.data];
    default:
      return [];
  }
}
