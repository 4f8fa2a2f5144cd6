import type { ContrastPlan, LanguagePlan, ModelPlan, ProjectorPlan, VisionPlan } from '../plan/types.ts';

/** One tensor of a model: its name in our canonical tree and its shape (a linear weight is [out, in], as in Hugging Face). */
export interface Parameter {
  name: string;
  shape: number[];
}

/** Numbers in a tensor of this shape; a scalar (`[]`) has one. */
export function sizeOf(parameter: Parameter): number {
  return parameter.shape.reduce((product, side) => product * side, 1);
}

export function countParameters(parameters: readonly Parameter[]): number {
  return parameters.reduce((sum, parameter) => sum + sizeOf(parameter), 0);
}

/** Every parameter of the parts that are not null, in the order in which data flows through them. */
export function parametersOf(model: ModelPlan): Parameter[] {
  return [
    ...(model.vision ? visionParameters(model.vision) : []),
    ...(model.contrast ? contrastParameters(model.contrast, model.vision) : []),
    ...(model.projector ? projectorParameters(model.projector, model.vision, model.language) : []),
    ...(model.language ? languageParameters(model.language) : []),
  ];
}

/** Patches of one picture, without the class token. */
export function patchesOf(vision: VisionPlan): number {
  return Math.floor(vision.image / vision.patch) ** 2;
}

/** CLIP's picture side; `pre_layrnorm` is misspelt in Hugging Face's checkpoints, and so here. */
function visionParameters(vision: VisionPlan): Parameter[] {
  const { width, patch } = vision;
  return [
    { name: 'vision.embeddings.class_embedding', shape: [width] },
    { name: 'vision.embeddings.patch_embedding.weight', shape: [width, 3, patch, patch] },
    { name: 'vision.embeddings.position_embedding.weight', shape: [patchesOf(vision) + 1, width] },
    ...layerNorm('vision.pre_layrnorm', width),
    ...clipLayers('vision.layers', vision),
    ...layerNorm('vision.post_layernorm', width),
  ];
}

/** CLIP's text side and the two projections into the shared space. Needs the vision tower for `visual_projection`. */
function contrastParameters(contrast: ContrastPlan, vision: VisionPlan | null): Parameter[] {
  const { width, embed } = contrast;
  return [
    { name: 'contrast.text.embeddings.token_embedding.weight', shape: [contrast.vocab, width] },
    { name: 'contrast.text.embeddings.position_embedding.weight', shape: [contrast.context, width] },
    ...clipLayers('contrast.text.layers', contrast),
    ...layerNorm('contrast.text.final_layer_norm', width),
    ...(vision ? [{ name: 'contrast.visual_projection.weight', shape: [embed, vision.width] }] : []),
    { name: 'contrast.text_projection.weight', shape: [embed, width] },
    { name: 'contrast.logit_scale', shape: [] },
  ];
}

/** The paper's W (one layer), or n layers: the first goes from the vision width to the language width, the others keep it. */
function projectorParameters(
  projector: ProjectorPlan,
  vision: VisionPlan | null,
  language: LanguagePlan | null,
): Parameter[] {
  if (!vision || !language) return [];
  return Array.from({ length: projector.layers }, (_, i) => {
    const name = `projector.linear_${i + 1}`;
    const weight = { name: `${name}.weight`, shape: [language.width, i === 0 ? vision.width : language.width] };
    return projector.bias ? [weight, { name: `${name}.bias`, shape: [language.width] }] : [weight];
  }).flat();
}

function languageParameters(language: LanguagePlan): Parameter[] {
  const { width, mlp, vocab } = language;
  const queries = language.heads * language.headDim;
  const keys = language.kvHeads * language.headDim;
  const layers = Array.from({ length: language.layers }, (_, i): Parameter[] => {
    const layer = `language.layers.${i}`;
    return [
      { name: `${layer}.input_layernorm.weight`, shape: [width] },
      { name: `${layer}.self_attn.q_proj.weight`, shape: [queries, width] },
      { name: `${layer}.self_attn.k_proj.weight`, shape: [keys, width] },
      { name: `${layer}.self_attn.v_proj.weight`, shape: [keys, width] },
      { name: `${layer}.self_attn.o_proj.weight`, shape: [width, queries] },
      { name: `${layer}.post_attention_layernorm.weight`, shape: [width] },
      { name: `${layer}.mlp.gate_proj.weight`, shape: [mlp, width] },
      { name: `${layer}.mlp.up_proj.weight`, shape: [mlp, width] },
      { name: `${layer}.mlp.down_proj.weight`, shape: [width, mlp] },
    ];
  });
  return [
    { name: 'language.embed_tokens.weight', shape: [vocab, width] },
    ...layers.flat(),
    { name: 'language.norm.weight', shape: [width] },
    ...(language.tieEmbeddings ? [] : [{ name: 'language.lm_head.weight', shape: [vocab, width] }]),
  ];
}

/** The pre-LN transformer layers that both of CLIP's towers have. */
function clipLayers(prefix: string, tower: { layers: number; width: number; mlp: number }): Parameter[] {
  const { width, mlp } = tower;
  return Array.from({ length: tower.layers }, (_, i) => {
    const layer = `${prefix}.${i}`;
    return [
      ...layerNorm(`${layer}.layer_norm1`, width),
      ...['q_proj', 'k_proj', 'v_proj', 'out_proj'].flatMap((name) =>
        linear(`${layer}.self_attn.${name}`, width, width),
      ),
      ...layerNorm(`${layer}.layer_norm2`, width),
      ...linear(`${layer}.mlp.fc1`, mlp, width),
      ...linear(`${layer}.mlp.fc2`, width, mlp),
    ];
  }).flat();
}

function linear(name: string, out: number, input: number): Parameter[] {
  return [
    { name: `${name}.weight`, shape: [out, input] },
    { name: `${name}.bias`, shape: [out] },
  ];
}

function layerNorm(name: string, width: number): Parameter[] {
  return [
    { name: `${name}.weight`, shape: [width] },
    { name: `${name}.bias`, shape: [width] },
  ];
}
