import { sizeOf } from '../graph/index.ts';
import type { HostTensor } from '../graph/index.ts';
import { normal } from '../train/rng.ts';
import type { ModelConfig } from './config.ts';
import type { ParameterSpec } from './parameters.ts';
import { parameters } from './parameters.ts';

/**
 * Starting weights by name. Each tensor depends on (seed, its name) alone: adding a part, or training another one first, changes no other.
 * `only` picks parameters by name.
 */
export function initialise(
  config: ModelConfig,
  seed: number,
  { only = () => true }: { only?: (name: string) => boolean } = {},
): Map<string, HostTensor & { data: Float32Array }> {
  const wanted = parameters(config).filter(({ name }) => only(name));
  return new Map(wanted.map((spec) => [spec.name, initialTensor(spec, seed)]));
}

function initialTensor({ name, shape, init }: ParameterSpec, seed: number): HostTensor & { data: Float32Array } {
  const tensor =
    init.kind === 'normal'
      ? normal(seed, name, shape, init.std)
      : { dtype: 'f32' as const, shape, data: new Float32Array(sizeOf(shape)).fill(init.value) };
  return { ...tensor, data: tensor.data as Float32Array };
}
