import type { Graph, Value } from '../graph/index.ts';
import type { ModelConfig } from './config.ts';
import { parameters } from './parameters.ts';

/** A parameter of the model, read from its variable: `w('language.norm.weight')`. */
export type Weights = (name: string) => Value;

/** Parameters of a model as variables of `g`, under their canonical names. Only those that are asked for are declared. */
export function weightsOf(g: Graph, config: ModelConfig): Weights {
  const shapes = new Map(parameters(config).map(({ name, shape }) => [name, shape]));
  return (name) => {
    const shape = shapes.get(name);
    if (!shape) throw new Error(`this model has no parameter "${name}"`);
    return g.variable(name, shape);
  };
}

/** The same parameters under a prefix: `within(w, 'language.layers.0')('mlp.up_proj.weight')`. */
export function within(weights: Weights, prefix: string): Weights {
  return (name) => weights(`${prefix}.${name}`);
}
