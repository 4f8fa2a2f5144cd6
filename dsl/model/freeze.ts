import type { FreezeRule, ModelPlan } from '../plan/types.ts';
import { parametersOf } from './parameters.ts';
import { matchPattern } from './pattern.ts';

/** What the rules in force say about one parameter. */
export interface ParameterState {
  trained: boolean;
  /** Peak learning rate; null where frozen, and where no rule gives one (which `missingLr` reports). */
  lr: number | null;
  /** null: the stage's own. */
  weightDecay: number | null;
  /** Index of the last rule that names the parameter; -1: none does, so it is frozen. */
  rule: number;
}

export type ParameterStates = Map<string, ParameterState>;

/** Parameters that the optimizer treats alike. */
export interface ParameterGroup {
  lr: number;
  weightDecay: number;
  parameters: string[];
}

/**
 * Frozen or trained, and how fast, for every parameter of the model, in the model's order.
 *
 * Rules are read in order and later ones win. What no rule names is frozen. An `unfreeze` without a learning rate of its own keeps
 * the rate that an earlier rule gave. A pattern that matches nothing here does nothing: the compiler has checked patterns on the
 * whole model, and a stage may hold only some of its parts.
 */
export function resolveRules(model: ModelPlan, rules: readonly FreezeRule[]): ParameterStates {
  const names = parametersOf(model).map((parameter) => parameter.name);
  const states: ParameterStates = new Map(
    names.map((name) => [name, { trained: false, lr: null, weightDecay: null, rule: -1 }]),
  );
  rules.forEach((rule, index) => {
    for (const name of namesOfRule(rule, names)) {
      const before = states.get(name)!;
      if (rule.verb === 'freeze') {
        states.set(name, { trained: false, lr: null, weightDecay: null, rule: index });
      } else {
        const lr = rule.lr === null ? before.lr : rule.lr * layerDecay(rule, name, model);
        states.set(name, { trained: true, lr, weightDecay: rule.weightDecay ?? before.weightDecay, rule: index });
      }
    }
  });
  return states;
}

/** Parameters that a rule's patterns name together, in the model's order, each once. */
export function namesOfRule(rule: FreezeRule, names: readonly string[]): string[] {
  const named = new Set(rule.patterns.flatMap((pattern) => matchPattern(pattern, names).parameters));
  return names.filter((name) => named.has(name));
}

/**
 * `decay 0.9 per layer`: the rate shrinks with the distance from the last layer of the parameter's own tower, so that early layers,
 * which hold the most general features, move least. What lies after the layers (norms, heads, the projector) has distance 0,
 * what lies before them (embeddings, CLIP's first norm) is one step below layer 0.
 */
function layerDecay(rule: FreezeRule, name: string, model: ModelPlan): number {
  if (rule.decayPerLayer === null) return 1;
  return rule.decayPerLayer ** distanceFromLast(name, model);
}

function distanceFromLast(name: string, model: ModelPlan): number {
  const tower = /^(vision|contrast\.text|language)\./.exec(name)?.[1];
  const layers = layersOf(tower, model);
  const layer = /\.layers\.(\d+)\./.exec(name)?.[1];
  if (layer !== undefined) return layers - 1 - Number(layer);
  return /\.(embeddings|embed_tokens|pre_layrnorm)\./.test(name) ? layers : 0;
}

function layersOf(tower: string | undefined, model: ModelPlan): number {
  if (tower === 'vision') return model.vision?.layers ?? 0;
  if (tower === 'contrast.text') return model.contrast?.layers ?? 0;
  return model.language?.layers ?? 0;
}

/**
 * Groups for the optimizer: one for each pair of rate and decay, in the order of first use.
 *
 * @throws Error when a trained parameter has no learning rate; the compiler refuses such a file before.
 */
export function parameterGroups(states: ParameterStates, stage: { weightDecay: number }): ParameterGroup[] {
  const groups = new Map<string, ParameterGroup>();
  for (const [name, state] of states) {
    if (!state.trained) continue;
    if (state.lr === null) throw new Error(`${name} is unfrozen without a learning rate: write \`lr\` in its rule`);
    const weightDecay = state.weightDecay ?? stage.weightDecay;
    const key = `${state.lr} ${weightDecay}`;
    const group = groups.get(key) ?? { lr: state.lr, weightDecay, parameters: [] };
    group.parameters.push(name);
    groups.set(key, group);
  }
  return [...groups.values()];
}

export function trainedNames(states: ParameterStates): string[] {
  return [...states].filter(([, state]) => state.trained).map(([name]) => name);
}

/** Trained parameters for which no rule gives a rate. */
export function missingLr(states: ParameterStates): string[] {
  return [...states].filter(([, state]) => state.trained && state.lr === null).map(([name]) => name);
}
