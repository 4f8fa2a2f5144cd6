import { textOf } from '../diagnostics/source.ts';
import { edgesOf, orderStages } from '../resolve/graph.ts';
import type { Edge } from '../resolve/graph.ts';
import type { Decl } from '../resolve/scope.ts';
import { Broken } from '../resolve/values.ts';
import type { Assertion } from '../syntax/ast.ts';
import { contentId } from './canonical.ts';
import type { Context } from './context.ts';
import { lowerModel } from './lower-model.ts';
import { lowerEvaluate, lowerGenerate, lowerSynthesize } from './lower-stage.ts';
import { lowerTrain } from './lower-train.ts';
import type { AssertPlan, ModelPlan, StageConfig, StageId, StageNode } from './types.ts';

/** The stages of one variant, sorted; lowered once for each seed. */
export class VariantLowering {
  readonly #context: Context;
  readonly #edges: Map<string, Edge[]>;
  readonly #order: Decl[];
  readonly #models = new Map<string, ModelPlan | null>();

  constructor(context: Context) {
    this.#context = context;
    const { decls, removed } = context.scope;
    const stages = [...decls.values()].filter((decl) => decl.kind === 'stage' && decl.spec !== null);
    const raw = new Map(stages.map((decl) => [decl.name.text, edgesOf(decl, (d) => context.settings(d))]));
    orderStages(stages, raw, context.reporter);
    const kept = stages.filter((decl) => !removed.has(decl.name.text));
    this.#edges = new Map(kept.map((decl) => [decl.name.text, this.#bridge(decl.name.text, raw)]));
    this.#order = orderStages(kept, this.#edges, context.reporter);
  }

  /** Stage name → node. Stages with problems are left out. */
  lower(seed: number): Map<string, StageNode> {
    const nodes = new Map<string, StageNode>();
    for (const decl of this.#order) {
      try {
        nodes.set(decl.name.text, this.#node(decl, seed, nodes));
      } catch (error) {
        if (!(error instanceof Broken)) throw error;
      }
    }
    return nodes;
  }

  #node(decl: Decl, variantSeed: number, nodes: ReadonlyMap<string, StageNode>): StageNode {
    const name = decl.name.text;
    const settings = this.#context.settings(decl);
    // A stage whose input has problems is lowered all the same, so that its own are found too; the plan is dropped then.
    const idOf = (stage: string): StageId => nodes.get(stage)?.id ?? `${stage}-${'0'.repeat(8)}`;
    const edges = this.#edges.get(name) ?? [];
    const config = this.#config(decl, edges, nodes, idOf);
    const inputs = [...new Set(edges.filter((e) => e.via !== 'after').map((e) => idOf(e.to)))];
    const after = [...new Set(edges.filter((e) => e.via === 'after').map((e) => idOf(e.to)))].filter(
      (id) => !inputs.includes(id),
    );
    const seed = settings.numberOr('seed', variantSeed);
    const retry = settings.get('retry', 'choice');
    return {
      id: contentId(name, { kind: config.kind, config, inputs, seed }),
      name,
      kind: config.kind,
      config,
      inputs,
      after,
      seed,
      retry: { times: retry.number ?? 0, backoffSeconds: retry.settings?.number('backoff') ?? 0 },
      asserts: this.#asserts(decl),
    };
  }

  #config(
    decl: Decl,
    edges: Edge[],
    nodes: ReadonlyMap<string, StageNode>,
    idOf: (stage: string) => StageId,
  ): StageConfig {
    const context = this.#context;
    switch (decl.stageKind) {
      case 'synthesize':
        return lowerSynthesize(context, decl);
      case 'generate':
        return lowerGenerate(context, decl, idOf);
      case 'train': {
        const from = [...new Set(edges.filter((e) => e.via === 'from').map((e) => e.to))];
        return lowerTrain(context, decl, from, this.#model(decl), idOf);
      }
      default: {
        const model = context.settings(decl).get('model', 'ref').decl;
        const trained = nodes.get(model.name.text)?.config;
        if (trained?.kind !== 'train') throw new Broken();
        return lowerEvaluate(context, decl, trained, this.#model(model), idOf);
      }
    }
  }

  /** The stage's own model, else that of the first stage in `from`, else the file's only one. Throws `Broken`. */
  #model(stage: Decl, asked: readonly Decl[] = []): ModelPlan {
    // Stages in a circle, which has been reported.
    if (asked.includes(stage)) throw new Broken();
    const settings = this.#context.settings(stage);
    const from = settings.maybe('from', 'list')?.items ?? [];
    const models = [...this.#context.scope.decls.values()].filter((decl) => decl.kind === 'model');
    const only = from.length === 0 && models.length === 1 ? models[0] : undefined;
    const own = settings.maybe('model', 'ref')?.decl ?? only;
    if (own !== undefined) {
      const known = this.#models.get(own.name.text);
      if (known === null) throw new Broken();
      if (known !== undefined) return known;
      this.#models.set(own.name.text, null);
      const made = lowerModel(this.#context, own);
      this.#models.set(own.name.text, made);
      return made;
    }
    for (const item of from) {
      if (item.is === 'ref') return this.#model(item.decl, [...asked, stage]);
    }
    if (settings.damaged) throw new Broken();
    const help = 'add `model = NAME`, or `from = STAGE`';
    this.#context.reporter.report('LLV0507', stage.name.span, { stage: stage.name.text }, { help });
    throw new Broken();
  }

  /** A stage's references, those to removed stages replaced by the removed stage's own `from`. */
  #bridge(stage: string, raw: ReadonlyMap<string, Edge[]>): Edge[] {
    const { removed } = this.#context.scope;
    return (raw.get(stage) ?? []).flatMap((edge): Edge[] => {
      const place = removed.get(edge.to);
      if (place === undefined) return [edge];
      if (edge.via === 'after') return [];
      if (edge.via === 'from') {
        const inner = this.#bridge(edge.to, raw).filter((e) => e.via === 'from');
        return inner.map((e) => ({ ...e, span: edge.span }));
      }
      const related = [{ span: edge.span, message: `\`${stage}\` reads it here` }];
      const problem = `stage \`${stage}\` needs what it makes`;
      const help = `take \`${stage}\` out too, or give it something else to read`;
      this.#context.reporter.report('LLV0603', place, { name: edge.to, problem }, { help, related });
      return [];
    });
  }

  #asserts(decl: Decl): AssertPlan[] {
    const own = decl.asserts.map((a) => this.#assert(a, a.path.segments.at(-1)?.name ?? ''));
    const top = this.#context.scope.asserts
      .filter((a) => a.path.segments[0]?.name === decl.name.text && a.path.segments.length === 2)
      .map((a) => this.#assert(a, a.path.segments[1]?.name ?? ''));
    return [...own, ...top];
  }

  #assert(assertion: Assertion, metric: string): AssertPlan {
    const value = this.#context.evaluator.value(assertion.value, { is: 'number', units: 'fraction' }, 'assert');
    if (value?.is !== 'number') throw new Broken();
    const text = textOf(assertion.span).replace(/\s+/g, ' ');
    return { metric, op: assertion.op as AssertPlan['op'], value: value.value, text };
  }
}
