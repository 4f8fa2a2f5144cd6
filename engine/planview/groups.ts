import type { Plan, StageId, StageNode } from '../../dsl/plan/types.ts';
import { differences } from './differences.ts';
import type { Difference } from './types.ts';

/** Nodes that do the same work but for the seed, their own or that of what they read. */
export interface StageGroup {
  name: string;
  nodes: StageNode[];
  /** Names of the variants that use it; null: all of them. */
  variants: string[] | null;
  differences: Difference[];
}

/**
 * Groups the nodes of a plan in its order. Two nodes are alike when they have the same name and their configs agree once every stage
 * that they name is replaced by its group.
 */
export function groupStages(plan: Plan): StageGroup[] {
  const groups = new Map<string, StageGroup>();
  const labels = new Map<StageId, string>();
  const perName = new Map<string, number>();
  for (const node of plan.stages) {
    const { name, kind, retry, asserts, after } = node;
    const signature = JSON.stringify(renamed({ name, kind, config: node.config, retry, asserts, after }, labels));
    let group = groups.get(signature);
    if (!group) {
      const number = (perName.get(name) ?? 0) + 1;
      perName.set(name, number);
      group = { name, nodes: [], variants: null, differences: [] };
      groups.set(signature, group);
    }
    group.nodes.push(node);
    labels.set(node.id, `${name} (${[...groups.keys()].indexOf(signature)})`);
  }
  const all = [...groups.values()];
  const everyVariant = new Set(plan.variants.map((variant) => variant.name));
  for (const group of all) {
    const used = variantsOf(group, plan);
    group.variants = used.length === everyVariant.size ? null : used;
    const base = all.find((other) => other.name === group.name)!;
    if (base !== group) group.differences = differencesBetween(base.nodes[0]!, group.nodes[0]!, plan);
  }
  return all;
}

/** Fields in which two stages of the same plan differ; a stage that they name appears by name, with the variants that use it. */
export function differencesBetween(before: StageNode, now: StageNode, plan: Plan, nowPlan: Plan = plan): Difference[] {
  const content = ({ config, retry, asserts }: StageNode): unknown => ({
    ...config,
    retry,
    asserts: asserts.map((a) => a.text),
  });
  return differences(content(before), content(now)).flatMap(({ path, before: a, now: b }) => {
    const first = renamed(a, namesIn(plan));
    const second = renamed(b, namesIn(nowPlan));
    // Another node of the same name: the difference lies in that stage, where it is told.
    return JSON.stringify(first) === JSON.stringify(second) ? [] : [{ path, before: first, now: second }];
  });
}

function namesIn(plan: Plan): Map<StageId, string> {
  return new Map(plan.stages.map((node) => [node.id, node.name]));
}

function variantsOf(group: StageGroup, plan: Plan): string[] {
  const ids = new Set(group.nodes.map((node) => node.id));
  const used = plan.variants.filter((variant) => Object.values(variant.stages).some((id) => ids.has(id)));
  return [...new Set(used.map((variant) => variant.name))];
}

/** The value with every stage id in it replaced. */
function renamed(value: unknown, names: ReadonlyMap<StageId, string>): unknown {
  if (typeof value === 'string') return names.get(value) ?? value;
  if (Array.isArray(value)) return value.map((item) => renamed(item, names));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, renamed(item, names)]));
}
