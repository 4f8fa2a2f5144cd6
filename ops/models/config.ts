import type { Activation } from '../nn/activations.ts';

/**
 * Sizes of a model's parts, with the meanings of Hugging Face's configs. A part that is null is not there.
 * Structurally a subset of the plan's model, which can be handed over as it is.
 */
export interface ModelConfig {
  vision: VisionConfig | null;
  contrast: ContrastConfig | null;
  projector: ProjectorConfig | null;
  language: LanguageConfig | null;
}

/** CLIP's transformer, common to its picture and text sides. */
export interface ClipLayersConfig {
  layers: number;
  width: number;
  heads: number;
  mlp: number;
}

/** CLIPVisionConfig, and which of its hidden states are the picture's features. */
export interface VisionConfig extends ClipLayersConfig {
  /** Pixels of a side. */
  image: number;
  /** Pixels of a patch's side. */
  patch: number;
  layerNormEps: number;
  /** Standard deviation of random patch and position embeddings; absent is 0.02. */
  initializerRange?: number;
  activation: Activation;
  /** Index into the hidden states (0: the embeddings, −1: after the last layer, −2: before it); null: no features are read. */
  featureLayer: number | null;
  /** Whether the class token belongs to the features; null: no features are read. */
  featureSelect: 'patches' | 'patches_and_class' | null;
}

/** CLIPTextConfig and the shared embedding. Epsilon and activation are CLIP's own: 1e-5 and quick-GELU. */
export interface ContrastConfig extends ClipLayersConfig {
  /** Longest text in tokens. */
  context: number;
  /** Size of the shared embedding. */
  embed: number;
  vocab: number;
}

/** `layers` linear maps with the activation between them. */
export interface ProjectorConfig {
  layers: number;
  activation: 'gelu';
  bias: boolean;
}

/** LlamaConfig. */
export interface LanguageConfig {
  layers: number;
  width: number;
  heads: number;
  kvHeads: number;
  headDim: number;
  mlp: number;
  vocab: number;
  /** Longest sequence in tokens. */
  context: number;
  ropeTheta: number;
  rmsNormEps: number;
  /** Standard deviation of random starting weights; absent is 0.02. */
  initializerRange?: number;
  tieEmbeddings: boolean;
}

export const CLIP_TEXT_EPS = 1e-5;

/** The part that a computation needs. Throws when the model lacks it. */
export function required<K extends keyof ModelConfig>(config: ModelConfig, part: K): NonNullable<ModelConfig[K]> {
  const found = config[part];
  if (!found) throw new Error(`this model has no ${part} part`);
  return found;
}

/** Patches along one side of a picture. */
export function gridOf(vision: VisionConfig): number {
  return Math.floor(vision.image / vision.patch);
}
