import type { ContrastPlan, LanguagePlan, ProjectorPlan, VisionPlan } from '../plan/types.ts';
import { patchesOf } from './parameters.ts';

/**
 * One step of a forward pass over one sample, in the order in which data flows, with what it costs.
 *
 * A product of [m, k] and [k, n] is 2·m·k·n FLOPs. Element-wise work (norms, activations, softmax) is left out: it is below two
 * per cent at the sizes of the paper.
 */
export interface Operation {
  /** Parameters that act here, whether or not they are factors of a product. */
  parameters: string[];
  /** Products with a weight. */
  matmuls: { weight: string; flops: number }[];
  /** FLOPs of products of two activations (attention). */
  products: number;
  /** Numbers that a backward pass through here needs, and so keeps. */
  kept: number;
}

/**
 * A CLIP tower over `tokens` positions: per layer 2·T·(4·W² + 2·W·M) for the projections and the MLP, 4·T²·W for attention.
 *
 * @param prefix `vision` or `contrast.text`, as in the parameter names
 */
function clipLayers(
  prefix: string,
  tower: { width: number; heads: number; mlp: number },
  layers: number,
  tokens: number,
) {
  const { width, heads, mlp } = tower;
  const square = 2 * tokens * width * width;
  return Array.from({ length: layers }, (_, i): Operation[] => {
    const layer = `${prefix}.layers.${i}`;
    const attention = `${layer}.self_attn`;
    return [
      affine([`${layer}.layer_norm1.weight`, `${layer}.layer_norm1.bias`], tokens * width),
      projections(
        ['q_proj', 'k_proj', 'v_proj'].map((name) => ({ weight: `${attention}.${name}.weight`, flops: square })),
        tokens * width,
      ),
      {
        parameters: [],
        matmuls: [],
        products: 4 * tokens * tokens * width,
        kept: tokens * (3 * width + heads * tokens),
      },
      projections([{ weight: `${attention}.out_proj.weight`, flops: square }], tokens * width),
      affine([`${layer}.layer_norm2.weight`, `${layer}.layer_norm2.bias`], tokens * width),
      projections([{ weight: `${layer}.mlp.fc1.weight`, flops: 2 * tokens * width * mlp }], tokens * width),
      projections([{ weight: `${layer}.mlp.fc2.weight`, flops: 2 * tokens * width * mlp }], 2 * tokens * mlp),
    ];
  }).flat();
}

/** Layers of the vision tower that a stage computes: all of them for the contrastive loss, else up to the one that is read. */
export function layersRead(vision: VisionPlan): number {
  const { featureLayer, layers } = vision;
  if (featureLayer === null) return layers;
  return featureLayer < 0 ? layers + featureLayer + 1 : featureLayer;
}

/** Pictures to patch features: 2·N·3·P²·W for the patch embedding, then the layers that are read. `whole` adds the last norm. */
export function visionOperations(vision: VisionPlan, whole: boolean): Operation[] {
  const patches = patchesOf(vision);
  const { width, patch } = vision;
  const patchWeight = 'vision.embeddings.patch_embedding.weight';
  const embed = { weight: patchWeight, flops: 2 * patches * 3 * patch * patch * width };
  const read = whole ? vision.layers : layersRead(vision);
  return [
    projections([embed], patches * 3 * patch * patch),
    affine(['vision.embeddings.class_embedding', 'vision.embeddings.position_embedding.weight'], 0),
    affine(['vision.pre_layrnorm.weight', 'vision.pre_layrnorm.bias'], (patches + 1) * width),
    ...clipLayers('vision', vision, read, patches + 1),
    ...(whole ? [affine(['vision.post_layernorm.weight', 'vision.post_layernorm.bias'], width)] : []),
  ];
}

/** Visual tokens that the projector hands to the language model. */
export function visualTokens(vision: VisionPlan): number {
  return patchesOf(vision) + (vision.featureSelect === 'patches_and_class' ? 1 : 0);
}

/** H_v = W·Z_v: 2·N·Wv·Wl for the first layer, 2·N·Wl² for each further one. */
export function projectorOperations(projector: ProjectorPlan, vision: VisionPlan, language: LanguagePlan): Operation[] {
  const tokens = visualTokens(vision);
  return Array.from({ length: projector.layers }, (_, i) => {
    const input = i === 0 ? vision.width : language.width;
    const weight = `projector.linear_${i + 1}.weight`;
    return projections([{ weight, flops: 2 * tokens * input * language.width }], tokens * input);
  });
}

/**
 * LLaMA over `tokens` positions: per layer 2·T·(2·W·Q + 2·W·K + 3·W·M), with Q and K the widths of all query and all key heads, and 4·T²·Q
 * for attention (the whole square: masked places are computed too), then 2·T·W·V for the head.
 */
export function languageOperations(language: LanguagePlan, tokens: number): Operation[] {
  const { width, mlp, vocab, heads } = language;
  const queries = heads * language.headDim;
  const keys = language.kvHeads * language.headDim;
  const layers = Array.from({ length: language.layers }, (_, i): Operation[] => {
    const layer = `language.layers.${i}`;
    const attention = `${layer}.self_attn`;
    const key = 2 * tokens * width * keys;
    return [
      affine([`${layer}.input_layernorm.weight`], tokens * width),
      projections(
        [
          { weight: `${attention}.q_proj.weight`, flops: 2 * tokens * width * queries },
          { weight: `${attention}.k_proj.weight`, flops: key },
          { weight: `${attention}.v_proj.weight`, flops: key },
        ],
        tokens * width,
      ),
      {
        parameters: [],
        matmuls: [],
        products: 4 * tokens * tokens * queries,
        kept: tokens * (queries + 2 * keys + heads * tokens),
      },
      projections([{ weight: `${attention}.o_proj.weight`, flops: 2 * tokens * width * queries }], tokens * queries),
      affine([`${layer}.post_attention_layernorm.weight`], tokens * width),
      projections(
        ['gate_proj', 'up_proj'].map((name) => ({
          weight: `${layer}.mlp.${name}.weight`,
          flops: 2 * tokens * width * mlp,
        })),
        tokens * width,
      ),
      projections([{ weight: `${layer}.mlp.down_proj.weight`, flops: 2 * tokens * width * mlp }], 3 * tokens * mlp),
    ];
  });
  const head = language.tieEmbeddings ? 'language.embed_tokens.weight' : 'language.lm_head.weight';
  return [
    affine(['language.embed_tokens.weight'], 0),
    ...layers.flat(),
    affine(['language.norm.weight'], tokens * width),
    // Logits, their softmax and its gradient are alive together where the loss is taken.
    projections([{ weight: head, flops: 2 * tokens * width * vocab }], tokens * (width + 3 * vocab)),
  ];
}

/** CLIP's text tower over its whole context, and its projection into the shared space. */
export function textTowerOperations(contrast: ContrastPlan): Operation[] {
  const { width, context, embed } = contrast;
  const embeddings = ['token_embedding', 'position_embedding'].map((name) => `contrast.text.embeddings.${name}.weight`);
  return [
    affine(embeddings, 0),
    ...clipLayers('contrast.text', contrast, contrast.layers, context),
    affine(['contrast.text.final_layer_norm.weight', 'contrast.text.final_layer_norm.bias'], width),
    projections([{ weight: 'contrast.text_projection.weight', flops: 2 * width * embed }], width),
  ];
}

/** Similarities of one picture with all captions of its batch: 2·E·B; the temperature acts on them. */
export function similarityOperations(contrast: ContrastPlan, vision: VisionPlan, batch: number): Operation[] {
  const { embed } = contrast;
  return [
    projections([{ weight: 'contrast.visual_projection.weight', flops: 2 * vision.width * embed }], vision.width),
    { parameters: [], matmuls: [], products: 2 * embed * batch, kept: 2 * embed + 3 * batch },
    affine(['contrast.logit_scale'], batch),
  ];
}

/** Linear layers that read the same input; a bias goes with its weight. */
function projections(matmuls: { weight: string; flops: number }[], kept: number): Operation {
  const parameters = matmuls.flatMap(({ weight }) => [weight, weight.replace(/weight$/, 'bias')]);
  return { parameters, matmuls, products: 0, kept };
}

/** Gains, shifts and embeddings: they cost nothing here, but training them sends a gradient through all that follows. */
function affine(parameters: string[], kept: number): Operation {
  return { parameters, matmuls: [], products: 0, kept };
}
