import type { Plan, StageNode, VariantPlan } from '../../dsl/plan/types.ts';
import type { createColors } from 'picocolors';
import { differencesBetween } from './groups.ts';
import { differencesText } from './text.ts';
import type { Difference } from './types.ts';

/** How one plan differs from another. Two plans of the same text have none of all this. */
export interface PlanDiff {
  variants: { added: string[]; removed: string[] };
  stages: StageDiff[];
  /** Pieces of work that both plans have: what one did, the other need not do. */
  shared: number;
  total: number;
}

export interface StageDiff {
  name: string;
  change: 'added' | 'removed' | 'changed' | 'other inputs';
  /** Variants in which it is so; null: in all that both plans have. */
  variants: string[] | null;
  differences: Difference[];
}

/**
 * Compares plans variant by variant and stage by stage. A stage whose own settings are the same but which reads other work has
 * the change `other inputs`: it runs anew all the same.
 */
export function diffPlans(before: Plan, now: Plan): PlanDiff {
  const old = new Map(before.variants.map((variant) => [keyOf(variant), variant]));
  const pairs = now.variants.flatMap((variant) => {
    const match = old.get(keyOf(variant));
    return match ? [[match, variant] as const] : [];
  });
  const found = new Map<string, StageDiff & { variants: string[] }>();
  for (const [a, b] of pairs) {
    for (const diff of variantDiffs(before, a, now, b)) {
      const key = JSON.stringify(diff);
      const known = found.get(key) ?? { ...diff, variants: [] };
      if (!known.variants.includes(b.name)) known.variants.push(b.name);
      found.set(key, known);
    }
  }
  const both = new Set(pairs.map(([, variant]) => variant.name)).size;
  const stages = [...found.values()].map((diff) => ({
    ...diff,
    variants: diff.variants.length === both ? null : diff.variants,
  }));
  const ids = new Set(before.stages.map((node) => node.id));
  return {
    variants: { added: missing(now.variants, before.variants), removed: missing(before.variants, now.variants) },
    stages,
    shared: now.stages.filter((node) => ids.has(node.id)).length,
    total: now.stages.length,
  };
}

function variantDiffs(before: Plan, a: VariantPlan, now: Plan, b: VariantPlan): Omit<StageDiff, 'variants'>[] {
  const names = [...new Set([...Object.keys(b.stages), ...Object.keys(a.stages)])];
  return names.flatMap((name): Omit<StageDiff, 'variants'>[] => {
    const old = nodeOf(before, a.stages[name]);
    const node = nodeOf(now, b.stages[name]);
    if (!old) return [{ name, change: 'added', differences: [] }];
    if (!node) return [{ name, change: 'removed', differences: [] }];
    const own = differencesBetween(old, node, before, now);
    if (own.length > 0) return [{ name, change: 'changed', differences: own }];
    return old.id === node.id ? [] : [{ name, change: 'other inputs', differences: [] }];
  });
}

function nodeOf(plan: Plan, id: string | undefined): StageNode | undefined {
  return plan.stages.find((node) => node.id === id);
}

function keyOf(variant: VariantPlan): string {
  return JSON.stringify([variant.name, variant.seed]);
}

function missing(from: VariantPlan[], other: VariantPlan[]): string[] {
  const known = new Set(other.map(keyOf));
  return from.filter((variant) => !known.has(keyOf(variant))).map((variant) => variant.id);
}

/** The diff for people; a line per stage. */
export function diffText(diff: PlanDiff, colors: ReturnType<typeof createColors>): string {
  const lines: string[] = [];
  for (const id of diff.variants.added) lines.push(`${colors.green('+')} variant ${id}`);
  for (const id of diff.variants.removed) lines.push(`${colors.red('-')} variant ${id}`);
  for (const { name, change, variants, differences } of diff.stages) {
    const where = variants === null ? '' : ` (${variants.join(', ')})`;
    if (change === 'added') lines.push(`${colors.green('+')} ${name}${where}`);
    else if (change === 'removed') lines.push(`${colors.red('-')} ${name}${where}`);
    else if (change === 'other inputs') lines.push(`  ${name}${where}: the same settings on other inputs`);
    else lines.push(`${colors.yellow('~')} ${name}${where}: ${differencesText(differences)}`);
  }
  const same = `${diff.shared} of ${diff.total} stages of work are the same in both`;
  return lines.length === 0 ? `no difference: ${same}` : [...lines, same].join('\n');
}
