import type { ModelPlan, TrainConfig } from '../../dsl/plan/types.ts';
import { openSafetensors } from '../../ops/io/safetensors/read.ts';
import type { TensorData } from '../../ops/io/safetensors/format.ts';
import { fromHuggingFace } from '../../ops/models/huggingface.ts';
import { initialise } from '../../ops/models/initialise.ts';
import { parameters } from '../../ops/models/parameters.ts';
import { DataError, type Artifact, type StageContext } from '../stages/types.ts';
import { hubFolder } from './hub.ts';
import { moduleOf, type Module } from './layout.ts';
import { locateModules, readModules } from './weights.ts';

export interface StartingWeights {
  /** Every parameter of the stage's model. */
  weights: Map<string, TensorData>;
  /** Files that modules come from, in stages before this one. */
  files: Map<Module, string>;
}

/**
 * The weights that a stage begins with, module by module: those of the stages in `from`, else those of the model's Hugging Face folder,
 * else random ones that depend only on the seed and the parameter's name.
 */
export async function startingWeights(
  context: StageContext<TrainConfig>,
  sources: readonly Artifact[],
): Promise<StartingWeights> {
  const { model } = context.config;
  const specs = parameters(model);
  const files = await locateModules(sources);
  const weights = await readModules(files, specs);
  for (const [module, repo] of hubModules(model)) {
    if (files.has(module)) continue;
    await readHub(repo, module, specs, weights);
  }
  const missing = new Set(specs.map((spec) => spec.name).filter((name) => !weights.has(name)));
  for (const [name, tensor] of initialise(model, context.seed, { only: (name) => missing.has(name) })) {
    weights.set(name, tensor);
  }
  return { weights, files };
}

function hubModules(model: ModelPlan): [Module, string][] {
  const parts: [Module, ModelPlan['vision'] | ModelPlan['language']][] = [
    ['vision', model.vision],
    ['language', model.language],
  ];
  return parts.flatMap(([module, part]): [Module, string][] =>
    part?.source.kind === 'hub' ? [[module, part.source.repo]] : [],
  );
}

async function readHub(
  repo: string,
  module: Module,
  specs: readonly { name: string; shape: readonly number[] }[],
  weights: Map<string, TensorData>,
): Promise<void> {
  const folder = await hubFolder(repo);
  const reader = await openSafetensors(folder);
  try {
    const stored = new Map(reader.names.map((name) => [fromHuggingFace(name), name]));
    for (const { name, shape } of specs) {
      if (moduleOf(name) !== module) continue;
      const key = stored.get(name);
      if (key === undefined) throw new DataError(`${folder}: has no tensor for '${name}'; it is another kind of model`);
      const tensor = await reader.read(key);
      if (tensor.shape.join() !== shape.join()) {
        throw new DataError(
          `${folder}: '${key}' has shape [${tensor.shape.join(', ')}], the experiment's model wants [${shape.join(', ')}]`,
        );
      }
      weights.set(name, tensor);
    }
  } finally {
    await reader.close();
  }
}
