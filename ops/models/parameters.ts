import type {
  ClipLayersConfig,
  ContrastConfig,
  LanguageConfig,
  ModelConfig,
  ProjectorConfig,
  VisionConfig,
} from './config.ts';
import { gridOf } from './config.ts';

/** How a tensor begins: normal with this standard deviation, or one number throughout. */
export type Init = { kind: 'normal'; std: number } | { kind: 'constant'; value: number };

export interface ParameterSpec {
  name: string;
  shape: number[];
  init: Init;
}

/** Hugging Face's `initializer_range` of LLaMA and of LLaVA's projector. */
const STD = 0.02;
/** CLIP starts its temperature at 1/0.07 (Radford et al. 2021, section 2.5); the parameter is its logarithm. */
const LOGIT_SCALE = Math.log(1 / 0.07);

/** Every parameter of a model under its canonical name, in the order in which data flows through them. */
export function parameters(config: ModelConfig): ParameterSpec[] {
  const { vision, contrast, projector, language } = config;
  return [
    ...(vision ? visionParameters(vision) : []),
    ...(contrast ? contrastParameters(contrast, vision) : []),
    ...(projector && vision && language ? projectorParameters(projector, vision.width, language.width) : []),
    ...(language ? languageParameters(language) : []),
  ];
}

function visionParameters(vision: VisionConfig): ParameterSpec[] {
  const { width, patch, initializerRange: std = STD } = vision;
  return [
    normal('vision.embeddings.class_embedding', [width], width ** -0.5),
    normal('vision.embeddings.patch_embedding.weight', [width, 3, patch, patch], std),
    normal('vision.embeddings.position_embedding.weight', [gridOf(vision) ** 2 + 1, width], std),
    ...layerNorm('vision.pre_layrnorm', width),
    ...clipLayers('vision.layers', vision),
    ...layerNorm('vision.post_layernorm', width),
  ];
}

function contrastParameters(contrast: ContrastConfig, vision: VisionConfig | null): ParameterSpec[] {
  const { width, embed } = contrast;
  const projections = vision
    ? [normal('contrast.visual_projection.weight', [embed, vision.width], vision.width ** -0.5)]
    : [];
  return [
    normal('contrast.text.embeddings.token_embedding.weight', [contrast.vocab, width], STD),
    normal('contrast.text.embeddings.position_embedding.weight', [contrast.context, width], STD),
    ...clipLayers('contrast.text.layers', contrast),
    ...layerNorm('contrast.text.final_layer_norm', width),
    ...projections,
    normal('contrast.text_projection.weight', [embed, width], width ** -0.5),
    { name: 'contrast.logit_scale', shape: [], init: { kind: 'constant', value: LOGIT_SCALE } },
  ];
}

/** Standard deviations of CLIP's transformer as in Hugging Face's `CLIPPreTrainedModel._init_weights` (initializer_factor 1). */
function clipLayers(prefix: string, { layers, width, mlp }: ClipLayersConfig): ParameterSpec[] {
  const inner = width ** -0.5 * (2 * layers) ** -0.5;
  return Array.from({ length: layers }, (_, i) => [
    ...layerNorm(`${prefix}.${i}.layer_norm1`, width),
    ...affine(`${prefix}.${i}.self_attn.q_proj`, [width, width], inner),
    ...affine(`${prefix}.${i}.self_attn.k_proj`, [width, width], inner),
    ...affine(`${prefix}.${i}.self_attn.v_proj`, [width, width], inner),
    ...affine(`${prefix}.${i}.self_attn.out_proj`, [width, width], width ** -0.5),
    ...layerNorm(`${prefix}.${i}.layer_norm2`, width),
    ...affine(`${prefix}.${i}.mlp.fc1`, [mlp, width], (2 * width) ** -0.5),
    ...affine(`${prefix}.${i}.mlp.fc2`, [width, mlp], inner),
  ]).flat();
}

function projectorParameters(projector: ProjectorConfig, vision: number, language: number): ParameterSpec[] {
  return Array.from({ length: projector.layers }, (_, i) => {
    const shape: [number, number] = [language, i === 0 ? vision : language];
    const all = affine(`projector.linear_${i + 1}`, shape, STD);
    return projector.bias ? all : all.slice(0, 1);
  }).flat();
}

function languageParameters(language: LanguageConfig): ParameterSpec[] {
  const { width, mlp, vocab, tieEmbeddings, initializerRange: std = STD } = language;
  const queries = language.heads * language.headDim;
  const keys = language.kvHeads * language.headDim;
  const layer = (i: number) => {
    const at = `language.layers.${i}`;
    return [
      ones(`${at}.input_layernorm.weight`, width),
      normal(`${at}.self_attn.q_proj.weight`, [queries, width], std),
      normal(`${at}.self_attn.k_proj.weight`, [keys, width], std),
      normal(`${at}.self_attn.v_proj.weight`, [keys, width], std),
      normal(`${at}.self_attn.o_proj.weight`, [width, queries], std),
      ones(`${at}.post_attention_layernorm.weight`, width),
      normal(`${at}.mlp.gate_proj.weight`, [mlp, width], std),
      normal(`${at}.mlp.up_proj.weight`, [mlp, width], std),
      normal(`${at}.mlp.down_proj.weight`, [width, mlp], std),
    ];
  };
  return [
    normal('language.embed_tokens.weight', [vocab, width], std),
    ...Array.from({ length: language.layers }, (_, i) => layer(i)).flat(),
    ones('language.norm.weight', width),
    ...(tieEmbeddings ? [] : [normal('language.lm_head.weight', [vocab, width], std)]),
  ];
}

function normal(name: string, shape: number[], std: number): ParameterSpec {
  return { name, shape, init: { kind: 'normal', std } };
}

function ones(name: string, width: number): ParameterSpec {
  return { name, shape: [width], init: { kind: 'constant', value: 1 } };
}

function affine(name: string, shape: [number, number], std: number): ParameterSpec[] {
  const bias: ParameterSpec = { name: `${name}.bias`, shape: [shape[0]], init: { kind: 'constant', value: 0 } };
  return [normal(`${name}.weight`, shape, std), bias];
}

function layerNorm(name: string, width: number): ParameterSpec[] {
  return [
    ones(`${name}.weight`, width),
    { name: `${name}.bias`, shape: [width], init: { kind: 'constant', value: 0 } },
  ];
}
