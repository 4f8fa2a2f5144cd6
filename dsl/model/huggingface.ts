import type { ContrastPlan, LanguagePlan, ProjectorPlan, VisionPlan } from '../plan/types.ts';
import { ConfigFields } from './config-fields.ts';

/** All of a vision tower but where its weights come from. */
export type VisionSizes = Omit<VisionPlan, 'source'>;

/** All of a language model but where its weights come from and how it is talked to. */
export type LanguageSizes = Omit<LanguagePlan, 'source' | 'template' | 'tokenizer'>;

/** The parts that a Hugging Face `config.json` describes. */
export interface ModelConfig {
  kind: 'llava' | 'llama' | 'clip';
  vision: VisionSizes | null;
  /** CLIP's text side, where the file is a whole CLIP. */
  contrast: ContrastPlan | null;
  projector: ProjectorPlan | null;
  language: LanguageSizes | null;
  /** LLaVA as its authors save it: the tower is in a folder of its own and only named here, with what is read of it. */
  visionTower: { repo: string; featureLayer: number; featureSelect: 'patches' | 'patches_and_class' } | null;
}

/**
 * Reads the `config.json` of a LLaVA (llava-hf's form or the authors' own), a LLaMA or a CLIP.
 *
 * Fields that the file leaves out have the defaults of Hugging Face's configuration classes, which is what the weights beside it were
 * saved with. Whatever would make it another model than ours (other activations, scaled rotary embeddings, biases) is refused.
 *
 * @throws Error with one sentence that names the field, or the architecture when it is another kind of model.
 */
export function readModelConfig(json: unknown): ModelConfig {
  const config = new ConfigFields(json);
  const type = config.text('model_type') ?? '';
  const architecture = config.architecture() ?? '';
  if (config.has('mm_vision_tower')) return readAuthorsLlava(config);
  if (architecture === 'LlavaForConditionalGeneration' || (type === 'llava' && config.has('text_config'))) {
    return readLlava(config);
  }
  if (type === 'llama' || architecture === 'LlamaForCausalLM') {
    return { ...nothing, kind: 'llama', language: readLlama(config, false) };
  }
  if (type === 'clip_vision_model' || architecture === 'CLIPVisionModel') {
    return { ...nothing, kind: 'clip', vision: readClipVision(config) };
  }
  if (type === 'clip' || architecture === 'CLIPModel') {
    return {
      ...nothing,
      kind: 'clip',
      vision: readClipVision(config.inner('vision_config')),
      contrast: readClipText(config),
    };
  }
  const what = architecture || type || 'no architecture';
  throw new Error(
    `config.json is of ${what}; supported: LLaVA (LlavaForConditionalGeneration, LlavaLlamaForCausalLM), LLaMA (LlamaForCausalLM), CLIP (CLIPModel, CLIPVisionModel)`,
  );
}

/** The vision tower of a LLaVA's or CLIP's config.json. @throws Error when there is none in it. */
export function visionSizes(json: unknown): VisionSizes {
  const { vision, visionTower, kind } = readModelConfig(json);
  if (vision) return vision;
  if (visionTower) throw new Error(`config.json keeps its vision tower elsewhere: name "${visionTower.repo}" instead`);
  throw new Error(`config.json is of a ${names[kind]}, which has no vision tower; a CLIP or a LLaVA has one`);
}

/** The language model of a LLaVA's or LLaMA's config.json. @throws Error when there is none in it. */
export function languageSizes(json: unknown): LanguageSizes {
  const { language, kind } = readModelConfig(json);
  if (language) return language;
  throw new Error(`config.json is of a ${names[kind]}, which has no language model; a LLaMA or a LLaVA has one`);
}

const names = { llava: 'LLaVA', llama: 'LLaMA', clip: 'CLIP' };

const nothing = { vision: null, contrast: null, projector: null, language: null, visionTower: null };

/** `LlavaConfig`: its own defaults for an absent vision tower are those of CLIP ViT-L/14 at 336 pixels. */
function readLlava(config: ConfigFields): ModelConfig {
  const text = config.inner('text_config');
  text.choice('model_type', ['llama'], 'llama');
  const featureSelect = { default: 'patches', full: 'patches_and_class' } as const;
  const strategy = config.choice('vision_feature_select_strategy', ['default', 'full'], 'default');
  const tower = config.has('vision_config')
    ? readClipVision(config.inner('vision_config'))
    : { ...clipDefaults, layers: 24, width: 1024, heads: 16, mlp: 4096, image: 336, patch: 14 };
  return {
    ...nothing,
    kind: 'llava',
    vision: {
      ...tower,
      featureLayer: config.number('vision_feature_layer', -2),
      featureSelect: featureSelect[strategy],
    },
    projector: {
      layers: 2,
      activation: config.choice('projector_hidden_act', ['gelu'], 'gelu'),
      bias: config.flag('multimodal_projector_bias', true),
    },
    language: readLlama(text, config.flag('tie_word_embeddings', false)),
  };
}

/** The authors' checkpoints: a LLaMA's configuration with `mm_…` fields for the rest. */
function readAuthorsLlava(config: ConfigFields): ModelConfig {
  const type = config.text('mm_projector_type') ?? 'linear';
  const depth = type === 'linear' ? 1 : Number(/^mlp(\d+)x_gelu$/.exec(type)?.[1] ?? 0);
  if (depth < 1) throw config.wrong('mm_projector_type', '"linear" or "mlp2x_gelu" (any depth)');
  if (config.has('mm_resampler_type')) throw config.wrong('mm_resampler_type', 'null');
  const select = config.choice('mm_vision_select_feature', ['patch', 'cls_patch'], 'patch');
  return {
    ...nothing,
    kind: 'llava',
    projector: { layers: depth, activation: 'gelu', bias: true },
    language: readLlama(config, false),
    visionTower: {
      repo: config.text('mm_vision_tower')!,
      featureLayer: config.number('mm_vision_select_layer', -2),
      featureSelect: select === 'patch' ? 'patches' : 'patches_and_class',
    },
  };
}

/** Sizes of `LlamaConfig`'s defaults: LLaMA 7B. */
function readLlama(config: ConfigFields, tied: boolean): LanguageSizes {
  const width = config.size('hidden_size', 4096);
  const heads = config.size('num_attention_heads', 32);
  const kvHeads = config.size('num_key_value_heads', heads);
  if (heads % kvHeads !== 0) throw config.wrong('num_key_value_heads', `a divisor of the ${heads} attention heads`);
  config.choice('hidden_act', ['silu'], 'silu');
  for (const bias of ['attention_bias', 'mlp_bias']) {
    if (config.flag(bias, false)) throw config.wrong(bias, 'false');
  }
  return {
    layers: config.size('num_hidden_layers', 32),
    width,
    heads,
    kvHeads,
    headDim: config.size('head_dim', width / heads),
    mlp: config.size('intermediate_size', 11008),
    vocab: config.size('vocab_size', 32000),
    context: config.size('max_position_embeddings', 2048),
    ropeTheta: ropeTheta(config),
    rmsNormEps: config.number('rms_norm_eps', 1e-6),
    initializerRange: config.number('initializer_range', 0.02),
    tieEmbeddings: config.flag('tie_word_embeddings', tied),
  };
}

/** `rope_theta` of the older files, `rope_parameters` of the newer ones. */
function ropeTheta(config: ConfigFields): number {
  if (config.has('rope_scaling')) throw config.wrong('rope_scaling', 'null (plain rotary embeddings)');
  const rope = config.inner('rope_parameters');
  rope.choice('rope_type', ['default'], 'default');
  return rope.number('rope_theta', config.number('rope_theta', 10000));
}

const clipDefaults = {
  layers: 12,
  width: 768,
  heads: 12,
  mlp: 3072,
  image: 224,
  patch: 32,
  layerNormEps: 1e-5,
  initializerRange: 0.02,
  activation: 'quick_gelu',
  featureLayer: null,
  featureSelect: null,
} satisfies VisionSizes;

function readClipVision(config: ConfigFields): VisionSizes {
  config.choice('model_type', ['clip_vision_model', 'clip'], 'clip_vision_model');
  if (config.number('num_channels', 3) !== 3) throw config.wrong('num_channels', '3');
  return {
    layers: config.size('num_hidden_layers', clipDefaults.layers),
    width: config.size('hidden_size', clipDefaults.width),
    heads: config.size('num_attention_heads', clipDefaults.heads),
    mlp: config.size('intermediate_size', clipDefaults.mlp),
    image: config.size('image_size', clipDefaults.image),
    patch: config.size('patch_size', clipDefaults.patch),
    layerNormEps: config.number('layer_norm_eps', clipDefaults.layerNormEps),
    initializerRange: config.number('initializer_range', clipDefaults.initializerRange),
    activation: config.choice('hidden_act', ['quick_gelu', 'gelu'], 'quick_gelu'),
    featureLayer: null,
    featureSelect: null,
  };
}

function readClipText(config: ConfigFields): ContrastPlan {
  const text = config.inner('text_config');
  return {
    layers: text.size('num_hidden_layers', 12),
    width: text.size('hidden_size', 512),
    heads: text.size('num_attention_heads', 8),
    mlp: text.size('intermediate_size', 2048),
    context: text.size('max_position_embeddings', 77),
    embed: config.size('projection_dim', 512),
    vocab: text.size('vocab_size', 49408),
  };
}
