import { verbOf } from '../resolve/attributes.ts';
import type { Reporter } from '../diagnostics/diagnostic.ts';
import { didYouMean } from '../diagnostics/suggest.ts';
import { applyOverride } from '../resolve/override.ts';
import type { Decl, Scope } from '../resolve/scope.ts';
import { Broken } from '../resolve/values.ts';
import type { Variant } from '../syntax/ast.ts';
import { Context } from './context.ts';
import type { Place } from './context.ts';
import { lowerModel } from './lower-model.ts';
import { VariantLowering } from './lower-variant.ts';
import { PLAN_VERSION } from './types.ts';
import type { AblationPlan, Plan, StageNode, VariantPlan } from './types.ts';

/** Resolved scope → plan: every variant of every ablation with every seed, equal work once. Null when anything is wrong. */
export function lower(scope: Scope, reporter: Reporter, place: Place): Plan | null {
  const base = new Context(scope, reporter, place);
  const nodes = new Map<string, StageNode>();
  const variants: VariantPlan[] = [];
  const ablations: AblationPlan[] = [];
  const seed = attempt(() => base.fileSettings().number('seed')) ?? 0;

  checkDecls(base);
  const add = (context: Context, ablation: string | null, name: string, label: string, seeds: number[]): void => {
    const lowering = new VariantLowering(context);
    for (const each of seeds) {
      const made = lowering.lower(each);
      for (const node of made.values()) if (!nodes.has(node.id)) nodes.set(node.id, node);
      const taken = variants.some((v) => v.id === `${name}#${each}`);
      variants.push({
        id: taken ? `${ablation ?? ''}.${name}#${each}` : `${name}#${each}`,
        ablation,
        name,
        label,
        seed: each,
        stages: Object.fromEntries([...made].map(([stage, node]) => [stage, node.id])),
      });
    }
  };

  const declared = [...scope.decls.values()].filter((decl) => decl.kind === 'ablation');
  if (declared.length === 0) add(base, null, 'main', 'main', [seed]);
  for (const decl of declared) {
    const rows: AblationPlan['rows'] = [];
    const settings = base.settings(decl);
    const measure = attempt(() => settings.get('measure', 'metric'));
    const listed = attempt(() => settings.maybe('seeds', 'list'));
    const seeds = listed?.items.flatMap((item) => (item.is === 'number' ? [item.value] : [])) ?? [seed];
    if (decl.variants.length === 0 && !decl.damaged) {
      const help = 'add a base row: `variant base "Base" { }`';
      reporter.report('LLV0601', decl.name.span, { name: decl.name.text }, { help });
    }
    checkVariantNames(decl, reporter);
    for (const variant of decl.variants) {
      const changed = variantScope(scope, variant, measure?.stage.name.text ?? null, reporter);
      const context = changed === scope ? base : new Context(changed, reporter, place);
      const label = variant.label ?? variant.name.text;
      rows.push({ name: variant.name.text, label, paper: variant.paper?.value ?? null });
      add(context, decl.name.text, variant.name.text, label, [...new Set(seeds)]);
    }
    if (measure === null) continue;
    const stage = measure.stage.name.text;
    ablations.push({
      name: decl.name.text,
      measure: { stage, metric: measure.metric },
      seeds: [...new Set(seeds)],
      rows,
    });
  }
  if (reporter.hasErrors) return null;
  return {
    version: PLAN_VERSION,
    experiment: scope.experiment,
    stages: sorted([...nodes.values()]),
    variants,
    ablations,
  };
}

/** The experiment with a variant's changes. */
function variantScope(base: Scope, variant: Variant, measured: string | null, reporter: Reporter): Scope {
  let scope = base;
  for (const entry of variant.body.entries) {
    if (entry.kind === 'attribute') {
      scope = applyOverride(scope, { path: entry.path, value: entry.value }, reporter);
    } else if (entry.kind === 'without') {
      for (const path of entry.names) {
        const decl = base.decls.get(path.text);
        if (scope.lost.has(path.text)) continue;
        if (decl?.kind !== 'stage') {
          const stages = [...base.decls.values()].filter((d) => d.kind === 'stage').map((d) => d.name.text);
          const help = didYouMean(path.text, stages, 'stages');
          reporter.report('LLV0603', path.span, { name: path.text, problem: 'there is no such stage' }, { help });
        } else if (path.text === measured) {
          reporter.report('LLV0604', path.span, { stage: path.text }, {});
        } else {
          scope = { ...scope, removed: new Map(scope.removed).set(path.text, path.span) };
        }
      }
    } else {
      const verb = verbOf(entry);
      const help = 'a variant changes values by their paths (`tune.batch = 16`) and takes stages out (`without align`)';
      reporter.report('LLV0602', entry.span, { verb }, { help });
    }
  }
  return scope;
}

/** Problems of blocks that no stage uses would stay unseen: evaluate every block once. */
function checkDecls(context: Context): void {
  for (const decl of context.scope.decls.values()) {
    context.settings(decl);
    if (decl.kind === 'model') attempt(() => lowerModel(context, decl));
  }
  for (const assertion of context.scope.asserts) {
    const [stage] = assertion.path.segments;
    if (stage === undefined) continue;
    const isStage = (decl: Decl): boolean => decl.kind === 'stage';
    const decl = context.evaluator.lookup(stage.name, stage.span, 'stage', isStage);
    if (decl !== null && !isStage(decl)) context.evaluator.wrongKind(decl, stage.span, 'assert', 'stage', isStage);
  }
}

function checkVariantNames(decl: Decl, reporter: Reporter): void {
  const seen = new Map<string, Variant>();
  for (const variant of decl.variants) {
    const first = seen.get(variant.name.text);
    if (first !== undefined) {
      const related = [{ span: first.name.span, message: 'first here' }];
      reporter.report('LLV0101', variant.name.span, { name: variant.name.text }, { related });
    }
    seen.set(variant.name.text, variant);
  }
}

/** Each stage after its inputs and what it waits for; otherwise as they came. */
function sorted(nodes: StageNode[]): StageNode[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const order = new Set<StageNode>();
  const visit = (node: StageNode): void => {
    if (order.has(node)) return;
    for (const id of [...node.inputs, ...node.after]) {
      const input = byId.get(id);
      if (input !== undefined) visit(input);
    }
    order.add(node);
  };
  nodes.forEach(visit);
  return [...order];
}

function attempt<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof Broken) return null;
    throw error;
  }
}
