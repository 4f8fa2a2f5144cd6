import type { HostTensor } from '../../../ops/graph/index.ts';
import type { ModelConfig } from '../../../ops/models/config.ts';
import { initialise } from '../../../ops/models/initialise.ts';

/** A model with every part, small enough for a test: 4 picture features of 16, 48 words, 2 of 4 key heads. */
export const tinyModel: ModelConfig = {
  vision: {
    layers: 3,
    width: 16,
    heads: 2,
    mlp: 32,
    image: 8,
    patch: 4,
    layerNormEps: 1e-5,
    activation: 'quick_gelu',
    featureLayer: -2,
    featureSelect: 'patches',
  },
  contrast: { layers: 2, width: 12, heads: 3, mlp: 24, context: 10, embed: 8, vocab: 48 },
  projector: { layers: 2, activation: 'gelu', bias: true },
  language: {
    layers: 2,
    width: 24,
    heads: 4,
    kvHeads: 2,
    headDim: 6,
    mlp: 40,
    vocab: 48,
    context: 64,
    ropeTheta: 10000,
    rmsNormEps: 1e-5,
    tieEmbeddings: false,
  },
};

/** Random weights; linear maps `spread` times a layer-preserving size, so that answers differ and do not settle at once. */
export function tinyWeights(seed: number, spread = 1, config: ModelConfig = tinyModel): Map<string, HostTensor> {
  const weights = new Map<string, HostTensor>();
  for (const [name, tensor] of initialise(config, seed)) {
    const isMatrix = tensor.shape.length >= 2;
    const scale = isMatrix ? spread / Math.sqrt(tensor.shape.at(-1)!) / 0.05 : 1;
    weights.set(name, { ...tensor, data: tensor.data.map((x) => x * scale) });
  }
  return weights;
}
