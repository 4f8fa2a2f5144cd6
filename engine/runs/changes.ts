import type { Plan, StageNode, VariantPlan } from '../../dsl/plan/types.ts';

/**
 * What differs between two plans, in the words of the experiment file: `tune.batch: 32 → 16 (variant best#1)`. Ids of stages, which
 * change with everything before them, are left out; empty when the plans mean the same.
 */
export function changedFields(before: Plan, after: Plan): string[] {
  const found = new Map<string, string[]>();
  const add = (what: string, variant: string | null): void => {
    const at = found.get(what) ?? [];
    found.set(what, variant === null ? at : [...at, variant]);
  };
  if (before.experiment !== after.experiment) add(`experiment: ${before.experiment} → ${after.experiment}`, null);
  const old = new Map(before.variants.map((variant) => [variant.id, variant]));
  const now = new Map(after.variants.map((variant) => [variant.id, variant]));
  for (const id of old.keys()) if (!now.has(id)) add(`variant ${id} is gone`, null);
  for (const id of now.keys()) if (!old.has(id)) add(`variant ${id} is new`, null);
  for (const [id, variant] of old) {
    const other = now.get(id);
    if (other) for (const what of compareVariants(before, variant, after, other)) add(what, id);
  }
  for (const what of differences('ablation', before.ablations, after.ablations)) add(what, null);
  const all = before.variants.length;
  return [...found].map(([what, variants]) =>
    variants.length === 0 || variants.length === all ? what : `${what} (variant ${variants.join(', ')})`,
  );
}

function compareVariants(before: Plan, variant: VariantPlan, after: Plan, other: VariantPlan): string[] {
  const changes = differences(
    'variant',
    { ablation: variant.ablation, label: variant.label, seed: variant.seed },
    { ablation: other.ablation, label: other.label, seed: other.seed },
  );
  const names = new Set([...Object.keys(variant.stages), ...Object.keys(other.stages)]);
  for (const name of names) {
    const was = nodeOf(before, variant.stages[name]);
    const is = nodeOf(after, other.stages[name]);
    if (!was || !is) {
      if (was !== is) changes.push(`stage ${name} is ${was ? 'gone' : 'new'}`);
    } else changes.push(...differences(name, shown(before, was), shown(after, is)));
  }
  return changes;
}

function nodeOf(plan: Plan, id: string | undefined): StageNode | undefined {
  return plan.stages.find((node) => node.id === id);
}

/** The node with stages by name: an id differs as soon as anything before the stage does. */
function shown(plan: Plan, node: StageNode): unknown {
  const names = new Map(plan.stages.map(({ id, name }) => [id, name]));
  const rename = (value: unknown): unknown => {
    if (typeof value === 'string') return names.get(value) ?? value;
    if (Array.isArray(value)) return value.map(rename);
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, rename(item)]));
  };
  const { config, inputs, after, seed, retry, asserts, kind } = node;
  return { ...(rename(config) as object), kind, inputs: rename(inputs), after: rename(after), seed, retry, asserts };
}

/** `path: old → new` for each leaf that differs. */
function differences(path: string, before: unknown, after: unknown): string[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  const isTree = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
  if (!isTree(before) || !isTree(after) || Array.isArray(before) !== Array.isArray(after)) {
    return [`${path}: ${text(before)} → ${text(after)}`];
  }
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return keys.flatMap((key) =>
    differences(Array.isArray(before) ? `${path}[${key}]` : `${path}.${key}`, before[key], after[key]),
  );
}

function text(value: unknown): string {
  if (value === undefined) return '(absent)';
  const json = JSON.stringify(value);
  return json.length > 60 ? `${json.slice(0, 57)}…` : json;
}
