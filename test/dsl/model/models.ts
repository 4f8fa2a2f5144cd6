import type { ContrastPlan, FreezeRule, LanguagePlan, ModelPlan, VisionPlan } from '../../../dsl/plan/types.ts';

/** CLIP ViT-L/14 at 224 pixels, as in the paper. */
export const clipLarge: VisionPlan = {
  source: { kind: 'random' },
  layers: 24,
  width: 1024,
  heads: 16,
  mlp: 4096,
  image: 224,
  patch: 14,
  layerNormEps: 1e-5,
  initializerRange: 0.02,
  activation: 'quick_gelu',
  featureLayer: -2,
  featureSelect: 'patches',
};

export const llama7b: LanguagePlan = {
  source: { kind: 'random' },
  layers: 32,
  width: 4096,
  heads: 32,
  kvHeads: 32,
  headDim: 128,
  mlp: 11008,
  vocab: 32000,
  context: 2048,
  ropeTheta: 10000,
  rmsNormEps: 1e-6,
  initializerRange: 0.02,
  tieEmbeddings: false,
  template: 'vicuna_v1',
  tokenizer: { kind: 'hub' },
};

export const llama13b: LanguagePlan = { ...llama7b, layers: 40, width: 5120, heads: 40, kvHeads: 40, mlp: 13824 };

export const clipText: ContrastPlan = {
  layers: 12,
  width: 768,
  heads: 12,
  mlp: 3072,
  context: 77,
  embed: 768,
  vocab: 49408,
};

export const llava13b: ModelPlan = {
  name: 'llava',
  vision: clipLarge,
  contrast: null,
  projector: { layers: 1, activation: 'gelu', bias: true },
  language: llama13b,
};

/** A model of a few hundred parameters, for properties over many patterns and rules. */
export const tiny: ModelPlan = {
  name: 'tiny',
  vision: { ...clipLarge, layers: 3, width: 4, heads: 2, mlp: 8, image: 4, patch: 2 },
  contrast: { ...clipText, layers: 2, width: 4, heads: 2, mlp: 8, context: 6, embed: 4, vocab: 9 },
  projector: { layers: 2, activation: 'gelu', bias: true },
  language: { ...llama7b, layers: 5, width: 4, heads: 2, kvHeads: 1, headDim: 2, mlp: 6, vocab: 9, context: 8 },
};

export function unfreeze(patterns: string[], lr: number | null = null, more: Partial<FreezeRule> = {}): FreezeRule {
  return { verb: 'unfreeze', patterns, lr, weightDecay: null, decayPerLayer: null, ...more };
}

export function freeze(...patterns: string[]): FreezeRule {
  return { verb: 'freeze', patterns, lr: null, weightDecay: null, decayPerLayer: null };
}
