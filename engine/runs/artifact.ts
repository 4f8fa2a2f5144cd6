import { UsageError } from '../cli/ui/exit.ts';
import { DataError, type Artifact } from '../stages/types.ts';
import { Store } from '../store/store.ts';
import { findRun } from './find.ts';
import { readRun } from './record.ts';

/**
 * The artifact that `RUN:STAGE` names, of one variant: `best`, `best#2`, or the plan's first.
 *
 * @throws UsageError for another form, DataError when there is no such run, variant or stage, or the stage has not ended.
 */
export function stageArtifact(source: string, options: { variant?: string; home?: string }): Artifact {
  const [id, stage, ...rest] = source.split(':');
  if (!id || !stage || rest.length > 0) {
    throw new UsageError(`'${source}' does not name a stage of a run; write RUN:STAGE, e.g. quick-20261124-1:tune`);
  }
  const home = findRun(id, options.home);
  const { plan, results } = readRun(home, id);
  const wanted = options.variant;
  const variant = plan.variants.find(
    (each) => wanted === undefined || each.id === wanted || each.id.startsWith(`${wanted}#`),
  );
  if (!variant) {
    throw new DataError(
      `run ${id} has no variant '${wanted}'; it has: ${plan.variants.map((each) => each.id).join(', ')}`,
    );
  }
  if (!(stage in variant.stages)) {
    throw new DataError(
      `run ${id} has no stage '${stage}' in variant ${variant.id}; it has: ${Object.keys(variant.stages).join(', ')}`,
    );
  }
  const made = results.find((result) => result.id === variant.id)?.stages[stage];
  const artifact = made ? new Store(home).get(made.key) : null;
  if (!artifact) {
    throw new DataError(`stage ${stage} of run ${id} (${variant.id}) has not ended; go on with: llava resume ${id}`);
  }
  return artifact;
}
