import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { ModelPlan } from '../../dsl/plan/types.ts';
import { loadTokenizer, tokenizerToJson } from '../../ops/io/tokenizer/file.ts';
import { writeSafetensors, type TensorData } from '../../ops/io/safetensors/write.ts';
import { toHuggingFace } from '../../ops/models/huggingface.ts';
import { parameters } from '../../ops/models/parameters.ts';
import { DataError, type Artifact } from '../stages/types.ts';
import { asideName } from '../store/files.ts';
import { MODEL, TOKENIZER } from '../training/layout.ts';
import { IMAGE_TOKEN } from '../training/objectives/instruct.ts';
import { locateModules, readModules } from '../training/weights.ts';
import { llamaConfig, llavaConfig, type SpecialIds } from './config.ts';

export interface Exported {
  architecture: string;
  /** Numbers in the weights file. */
  parameters: number;
  files: string[];
}

/**
 * Writes a trained stage as a Hugging Face model folder: `config.json`, `model.safetensors`, `generation_config.json`, `tokenizer.json`.
 * A stage with vision, projector and language becomes a LlavaForConditionalGeneration, one with language alone a LlamaForCausalLM.
 * The same artifact always gives the same bytes. The folder appears whole or not at all.
 *
 * @throws DataError when the folder exists already, or the stage's model has no form that transformers knows.
 */
export async function exportModel(artifact: Artifact, folder: string): Promise<Exported> {
  const target = resolve(folder);
  if (existsSync(target)) throw new DataError(`${target} exists already: name a new folder, or remove it`);
  const modelFile = join(artifact.dir, MODEL);
  if (!existsSync(modelFile)) throw new DataError(`${artifact.key} holds no model: only train stages can be exported`);
  const model = JSON.parse(await readFile(modelFile, 'utf8')) as ModelPlan;
  const weights = await readModules(await locateModules([artifact]), parameters(model));
  const tokenizer = await loadTokenizer(join(artifact.dir, TOKENIZER));
  const ids: SpecialIds = {
    pad: tokenizer.id('<pad>'),
    bos: tokenizer.id('<s>'),
    eos: tokenizer.id('</s>'),
    image: tokenizer.id(IMAGE_TOKEN),
  };
  const { config, tensors } = describe(model, weights, ids);
  const files: Record<string, unknown> = {
    'config.json': config,
    'generation_config.json': { bos_token_id: ids.bos, eos_token_id: ids.eos, pad_token_id: ids.pad, do_sample: false },
  };

  await mkdir(dirname(target), { recursive: true });
  const aside = asideName(target);
  try {
    await mkdir(aside);
    await writeSafetensors(join(aside, 'model.safetensors'), tensors, { metadata: { format: 'pt' }, fsync: true });
    for (const [name, json] of Object.entries(files)) {
      await writeFile(join(aside, name), JSON.stringify(json, null, 2) + '\n');
    }
    await writeFile(join(aside, TOKENIZER), tokenizerToJson(tokenizer));
    await rename(aside, target);
  } catch (error) {
    await rm(aside, { recursive: true, force: true });
    throw error;
  }
  return {
    architecture: (config['architectures'] as string[])[0]!,
    parameters: tensors.reduce((sum, [, tensor]) => sum + tensor.data.length, 0),
    files: [...Object.keys(files), 'model.safetensors', TOKENIZER].sort(),
  };
}

function describe(
  model: ModelPlan,
  weights: ReadonlyMap<string, TensorData>,
  ids: SpecialIds,
): { config: Record<string, unknown>; tensors: [string, TensorData][] } {
  if (model.vision && model.projector && model.language) {
    return {
      config: llavaConfig(model, ids),
      tensors: [...renamed(weights, 'llava'), ...identityLayer(model, weights)],
    };
  }
  if (model.language && !model.vision) {
    return { config: llamaConfig(model.language, ids), tensors: renamed(weights, 'llama') };
  }
  throw new DataError(
    'this stage trained neither a whole LLaVA (vision, projector, language) nor a language model; a contrastive stage cannot be exported by itself',
  );
}

function renamed(weights: ReadonlyMap<string, TensorData>, checkpoint: 'llava' | 'llama'): [string, TensorData][] {
  return [...weights].flatMap(([name, tensor]): [string, TensorData][] => {
    const stored = toHuggingFace(name, checkpoint);
    return stored === null ? [] : [[stored, tensor]];
  });
}

/**
 * transformers' LLaVA always has two linear maps in its projector. The paper's single one is written as itself, no activation, and the identity.
 */
function identityLayer(model: ModelPlan, weights: ReadonlyMap<string, TensorData>): [string, TensorData][] {
  const { layers, bias } = model.projector!;
  if (layers > 2) throw new DataError(`transformers' LLaVA has a projector of two layers; this one has ${layers}`);
  if (layers === 2) return [];
  const width = weights.get('projector.linear_1.weight')!.shape[0]!;
  const identity = new Float32Array(width * width);
  for (let i = 0; i < width; i++) identity[i * width + i] = 1;
  return [
    ['multi_modal_projector.linear_2.weight', { shape: [width, width], data: identity }],
    ...(bias
      ? [
          ['multi_modal_projector.linear_2.bias', { shape: [width], data: new Float32Array(width) }] as [
            string,
            TensorData,
          ],
        ]
      : []),
  ];
}
