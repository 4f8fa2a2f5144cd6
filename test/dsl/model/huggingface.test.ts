import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { languageSizes, readModelConfig, visionSizes } from '../../../dsl/model/huggingface.ts';
import { countParameters, parametersOf } from '../../../dsl/model/parameters.ts';
import type { LanguagePlan, ModelPlan, VisionPlan } from '../../../dsl/plan/types.ts';
import { clipLarge, clipText } from './models.ts';

const random = { kind: 'random' } as const;

/** The model of a config.json, as a plan would hold it. */
function planOf(json: unknown): ModelPlan {
  const { vision, contrast, projector, language } = readModelConfig(json);
  return {
    name: 'm',
    vision: vision && ({ source: random, ...vision } satisfies VisionPlan),
    contrast,
    projector,
    language:
      language && ({ source: random, template: null, tokenizer: { kind: 'hub' }, ...language } satisfies LanguagePlan),
  };
}

const total = (json: unknown) => countParameters(parametersOf(planOf(json)));

describe('config.json', () => {
  it('LlavaForConditionalGeneration with a text_config that says next to nothing is LLaMA 7B', () => {
    const config = readModelConfig({
      architectures: ['LlavaForConditionalGeneration'],
      model_type: 'llava',
      text_config: { model_type: 'llama', vocab_size: 32064, max_position_embeddings: 4096, rms_norm_eps: 1e-5 },
    });
    expect(config.language).toMatchObject({
      layers: 32,
      width: 4096,
      heads: 32,
      kvHeads: 32,
      headDim: 128,
      mlp: 11008,
    });
    expect(config.language).toMatchObject({ vocab: 32064, context: 4096, rmsNormEps: 1e-5, tieEmbeddings: false });
    expect(config.vision).toMatchObject({
      layers: 24,
      width: 1024,
      image: 336,
      patch: 14,
      featureLayer: -2,
      featureSelect: 'patches',
    });
    expect(config.projector).toEqual({ layers: 2, activation: 'gelu', bias: true });
  });

  it('takes the newer fields: rope_parameters, tied embeddings above, head_dim', () => {
    const language = languageSizes({
      model_type: 'llava',
      text_config: {
        hidden_size: 64,
        num_attention_heads: 8,
        num_key_value_heads: 2,
        head_dim: 16,
        rope_parameters: { rope_theta: 5e5, rope_type: 'default' },
      },
      tie_word_embeddings: true,
    });
    expect(language).toMatchObject({ ropeTheta: 5e5, tieEmbeddings: true, headDim: 16, kvHeads: 2 });
  });

  it("the authors' form names its vision tower and is read for the rest", () => {
    const json = {
      architectures: ['LlavaLlamaForCausalLM'],
      model_type: 'llava',
      hidden_size: 5120,
      intermediate_size: 13824,
      num_attention_heads: 40,
      num_hidden_layers: 40,
      mm_vision_tower: 'openai/clip-vit-large-patch14',
      mm_vision_select_layer: -2,
      mm_vision_select_feature: 'cls_patch',
    };
    const config = readModelConfig(json);
    expect(config.visionTower).toEqual({
      repo: 'openai/clip-vit-large-patch14',
      featureLayer: -2,
      featureSelect: 'patches_and_class',
    });
    expect(config.projector!.layers).toBe(1);
    expect(readModelConfig({ ...json, mm_projector_type: 'mlp2x_gelu' }).projector!.layers).toBe(2);
    expect(total(json)).toBe(13_015_864_320);
    expect(() => visionSizes(json)).toThrow('"openai/clip-vit-large-patch14"');
  });

  it('CLIP, whole or only its tower', () => {
    const tower = {
      hidden_size: 1024,
      intermediate_size: 4096,
      num_hidden_layers: 24,
      num_attention_heads: 16,
      patch_size: 14,
    };
    const text = { hidden_size: 768, intermediate_size: 3072, num_attention_heads: 12 };
    const { source: _, ...sizes } = clipLarge;
    expect(visionSizes({ model_type: 'clip_vision_model', ...tower })).toEqual({
      ...sizes,
      featureLayer: null,
      featureSelect: null,
    });
    const whole = readModelConfig({ model_type: 'clip', projection_dim: 768, vision_config: tower, text_config: text });
    expect(whole.contrast).toEqual(clipText);
    expect(whole.vision).toEqual(visionSizes({ architectures: ['CLIPVisionModel'], ...tower }));
  });

  it.each([
    [{ model_type: 'qwen2', architectures: ['Qwen2ForCausalLM'] }, 'config.json is of Qwen2ForCausalLM'],
    [{ hidden_size: 3 }, 'config.json is of no architecture'],
    [[], 'config.json must be a JSON object'],
    [{ model_type: 'llama', hidden_act: 'gelu' }, '`hidden_act` in config.json is "gelu"; supported: "silu"'],
    [{ model_type: 'llama', num_hidden_layers: '32' }, '`num_hidden_layers` in config.json is "32"'],
    [{ model_type: 'llama', num_hidden_layers: 0 }, 'a whole number of at least 1'],
    [{ model_type: 'llama', rope_scaling: { type: 'linear', factor: 2 } }, '`rope_scaling`'],
    [{ model_type: 'llama', attention_bias: true }, '`attention_bias` in config.json is true'],
    [
      { model_type: 'llama', num_attention_heads: 8, num_key_value_heads: 3 },
      '`num_key_value_heads` in config.json is 3',
    ],
    [
      { model_type: 'llava', text_config: { model_type: 'mistral' } },
      '`text_config.model_type` in config.json is "mistral"',
    ],
    [
      { model_type: 'llava', text_config: {}, vision_feature_layer: [-2, -5] },
      '`vision_feature_layer` in config.json is [-2,-5]',
    ],
    [
      { model_type: 'llava', mm_vision_tower: 'x', mm_projector_type: 'identity' },
      '`mm_projector_type` in config.json is "identity"',
    ],
  ])('refuses what it would get wrong: %j', (json, message) => {
    expect(() => readModelConfig(json)).toThrow(message);
  });

  it('says what kind it is where the part asked for is not in it', () => {
    expect(() => visionSizes({ model_type: 'llama' })).toThrow('of a LLaMA, which has no vision tower');
    expect(() => languageSizes({ model_type: 'clip_vision_model' })).toThrow('of a CLIP, which has no language model');
  });
});

const folder = resolve(import.meta.dirname, '../../../../shared/data/hf_configs');
const present = existsSync(folder);
const json = (path: string): unknown => JSON.parse(readFileSync(resolve(folder, path), 'utf8'));
const bytesOf = (index: string): number => (json(index) as { metadata: { total_size: number } }).metadata.total_size;

describe.skipIf(!present)(`real checkpoints${present ? '' : ' (skipped: ../shared/data/hf_configs is absent)'}`, () => {
  it('llava-hf 7B: our parameters are the bytes of its weight files, two each', () => {
    expect(2 * total(json('llava-1.5-7b-hf/config.json'))).toBe(
      bytesOf('llava-1.5-7b-hf/model.safetensors.index.json'),
    );
  });

  it("the authors' 7B: likewise, without the tower and with 32 tables of 64 rotary frequencies in single precision", () => {
    const config = json('llava-v1.5-7b/config.json');
    const { projector } = planOf(config);
    const model = { ...planOf(config), projector, vision: { ...clipLarge, image: 336 } };
    const saved = parametersOf(model).filter((parameter) => !parameter.name.startsWith('vision.'));
    expect(2 * countParameters(saved) + 32 * 64 * 4).toBe(bytesOf('llava-v1.5-7b/pytorch_model.bin.index.json'));
  });

  it("the authors' 13B projector checkpoint: LLaMA 13B with the paper's one matrix", () => {
    const config = readModelConfig(json('llava-336px-pretrain-vicuna-13b-v1.3/config.json'));
    expect(config.projector!.layers).toBe(1);
    expect(
      countParameters(
        parametersOf({ ...planOf(json('llava-336px-pretrain-vicuna-13b-v1.3/config.json')), projector: null }),
      ),
    ).toBe(13_015_864_320);
  });
});
