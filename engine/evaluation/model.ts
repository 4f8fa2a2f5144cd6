import type { EvaluateConfig } from '../../dsl/plan/types.ts';
import type { TensorData } from '../../ops/io/safetensors/format.ts';
import { loadTokenizer } from '../../ops/io/tokenizer/file.ts';
import type { Tokenizer } from '../../ops/io/tokenizer/tokenizer.ts';
import { parameters } from '../../ops/models/parameters.ts';
import { DataError, type Artifact, type StageContext } from '../stages/types.ts';
import { TOKENIZER } from '../training/layout.ts';
import { findFile, locateModules, readModules } from '../training/weights.ts';

/** The artifact of the stage that an evaluation judges. */
export function judged({ config, inputs }: StageContext<EvaluateConfig>): Artifact {
  return inputs.get(config.model)!;
}

/** Weights of the parts that the evaluation's model plan names. */
export async function judgedWeights(context: StageContext<EvaluateConfig>): Promise<Map<string, TensorData>> {
  const artifact = judged(context);
  const specs = parameters(context.config.modelPlan);
  const weights = await readModules(await locateModules([artifact]), specs);
  const missing = specs.find((spec) => !weights.has(spec.name));
  if (missing) {
    throw new DataError(
      `stage ${context.config.model} holds no weights for '${missing.name}': this benchmark needs a model that was trained with that part`,
    );
  }
  return weights;
}

/** The language model's tokenizer. */
export async function judgedTokenizer(context: StageContext<EvaluateConfig>): Promise<Tokenizer> {
  const file = await findFile([judged(context)], TOKENIZER);
  if (file === null) throw new DataError(`stage ${context.config.model} has no tokenizer: it trains no language model`);
  return loadTokenizer(file);
}
