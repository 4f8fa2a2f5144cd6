import type { LanguagePlan, ModelPlan, ProjectorPlan, VisionPlan } from '../../dsl/plan/types.ts';
import { featureCount } from '../../ops/models/clip.ts';

/** Ids that a configuration names. */
export interface SpecialIds {
  pad: number;
  bos: number;
  eos: number;
  image: number;
}

type Json = Record<string, unknown>;

/** CLIPVisionConfig. */
export function visionConfig(vision: VisionPlan): Json {
  return {
    model_type: 'clip_vision_model',
    hidden_size: vision.width,
    intermediate_size: vision.mlp,
    num_hidden_layers: vision.layers,
    num_attention_heads: vision.heads,
    num_channels: 3,
    image_size: vision.image,
    patch_size: vision.patch,
    layer_norm_eps: vision.layerNormEps,
    initializer_range: vision.initializerRange,
    hidden_act: vision.activation,
    projection_dim: vision.width,
  };
}

/** LlamaConfig. The base of the rotary positions stands under its old and its new key, for transformers 4 and 5. */
export function languageConfig(language: LanguagePlan, ids: SpecialIds): Json {
  return {
    model_type: 'llama',
    vocab_size: language.vocab,
    hidden_size: language.width,
    intermediate_size: language.mlp,
    num_hidden_layers: language.layers,
    num_attention_heads: language.heads,
    num_key_value_heads: language.kvHeads,
    head_dim: language.headDim,
    max_position_embeddings: language.context,
    rms_norm_eps: language.rmsNormEps,
    rope_theta: language.ropeTheta,
    rope_parameters: { rope_type: 'default', rope_theta: language.ropeTheta },
    initializer_range: language.initializerRange,
    hidden_act: 'silu',
    attention_bias: false,
    mlp_bias: false,
    tie_word_embeddings: language.tieEmbeddings,
    bos_token_id: ids.bos,
    eos_token_id: ids.eos,
    pad_token_id: ids.pad,
  };
}

/** LlavaConfig. */
export function llavaConfig(model: ModelPlan, ids: SpecialIds): Json {
  const vision = model.vision!;
  const language = model.language!;
  return {
    architectures: ['LlavaForConditionalGeneration'],
    model_type: 'llava',
    dtype: 'float32',
    torch_dtype: 'float32',
    image_token_index: ids.image,
    image_token_id: ids.image,
    image_seq_length: featureCount(vision),
    ignore_index: -100,
    pad_token_id: ids.pad,
    projector_hidden_act: projectorActivation(model.projector!),
    multimodal_projector_bias: model.projector!.bias,
    vision_feature_layer: vision.featureLayer,
    vision_feature_select_strategy: vision.featureSelect === 'patches_and_class' ? 'full' : 'default',
    tie_word_embeddings: language.tieEmbeddings,
    vision_config: visionConfig(vision),
    text_config: languageConfig(language, ids),
  };
}

/** LlamaForCausalLM's own. */
export function llamaConfig(language: LanguagePlan, ids: SpecialIds): Json {
  return {
    architectures: ['LlamaForCausalLM'],
    dtype: 'float32',
    torch_dtype: 'float32',
    ...languageConfig(language, ids),
  };
}

/** Transformers' name of the identity is `linear`: with it, two linear maps of which the second is the identity are the paper's W. */
function projectorActivation(projector: ProjectorPlan): string {
  return projector.layers === 1 ? 'linear' : projector.activation;
}
