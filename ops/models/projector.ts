import type { Value } from '../graph/index.ts';
import { gelu } from '../nn/activations.ts';
import { linear } from '../nn/linear.ts';
import type { ProjectorConfig } from './config.ts';
import type { Weights } from './weights.ts';

/**
 * Picture features in the language model's word space: H_v = W · Z_v (Liu et al. 2023, equation 1), or n such maps with GELU between them
 * (LLaVA-1.5). [B, N, Wv] → [B, N, Wl]
 */
export function project(w: Weights, projector: ProjectorConfig, features: Value): Value {
  let hidden = features;
  for (let i = 1; i <= projector.layers; i++) {
    const input = i === 1 ? hidden : gelu(hidden);
    const bias = projector.bias ? w(`projector.linear_${i}.bias`) : undefined;
    hidden = linear(input, w(`projector.linear_${i}.weight`), bias);
  }
  return hidden;
}
