import type { Reporter } from '../diagnostics/diagnostic.ts';
import type { Span } from '../diagnostics/source.ts';
import type { Decl } from './scope.ts';
import { Broken } from './values.ts';
import type { DataUse, Settings } from './values.ts';

/** One reference from a stage to another. */
export interface Edge {
  to: string;
  span: Span;
  /** Through which attribute: `from` hands weights on, `after` only orders. */
  via: 'from' | 'data' | 'model' | 'after';
}

type SettingsOf = (decl: Decl) => Settings;

/** The stages that a stage names, directly or through a dataset that one of them makes. Attributes with problems are passed over. */
export function edgesOf(decl: Decl, settingsOf: SettingsOf): Edge[] {
  const settings = settingsOf(decl);
  const edges: Edge[] = [];
  const attempt = (read: () => void): void => {
    try {
      read();
    } catch (error) {
      if (!(error instanceof Broken)) throw error;
    }
  };
  const data = (uses: DataUse[]): void => {
    for (const use of uses) {
      if (use.decl.kind === 'stage') edges.push({ to: use.decl.name.text, span: use.span, via: 'data' });
      else {
        const from = settingsOf(use.decl).maybe('from', 'ref');
        if (from !== null) edges.push({ to: from.decl.name.text, span: use.span, via: 'data' });
      }
    }
  };
  const list = (name: 'from' | 'after'): void => {
    for (const item of settings.maybe(name, 'list')?.items ?? []) {
      if (item.is === 'ref') edges.push({ to: item.decl.name.text, span: item.span, via: name });
    }
  };
  if (decl.stageKind === 'train') {
    attempt(() => list('from'));
    attempt(() => data(settings.maybe('data', 'data')?.uses ?? []));
  }
  if (decl.stageKind === 'generate') attempt(() => data(settings.maybe('from', 'data')?.uses ?? []));
  if (decl.stageKind === 'evaluate') {
    attempt(() => {
      const model = settings.maybe('model', 'ref');
      if (model !== null) edges.push({ to: model.decl.name.text, span: model.span, via: 'model' });
    });
    attempt(() => {
      const [first] = settings.maybe('benchmark', 'choice')?.args ?? [];
      if (first?.is === 'data') data(first.uses);
    });
  }
  attempt(() => list('after'));
  return edges;
}

/**
 * Stages in an order in which each follows what it names; the order of the text where that leaves a choice.
 * A circle is reported once, with every step of it.
 */
export function orderStages(stages: readonly Decl[], edges: ReadonlyMap<string, Edge[]>, reporter: Reporter): Decl[] {
  const byName = new Map(stages.map((decl) => [decl.name.text, decl]));
  const done = new Set<string>();
  const open: { decl: Decl; edge: Edge | null }[] = [];
  const order: Decl[] = [];
  const visit = (decl: Decl, edge: Edge | null): void => {
    const name = decl.name.text;
    if (done.has(name)) return;
    const first = open.findIndex((o) => o.decl === decl);
    if (first >= 0) {
      const loop = [...open.slice(first + 1).map((o) => o.edge), edge].filter((e) => e !== null);
      const names = [name, ...loop.map((e) => e.to)];
      const related = loop.map((e, i) => ({
        span: e.span,
        message: `\`${names[i] ?? ''}\` needs \`${e.to}\` (${e.via})`,
      }));
      const help = 'take one of these references out';
      reporter.report('LLV0112', decl.name.span, { loop: names.join(' → ') }, { help, related });
      return;
    }
    open.push({ decl, edge });
    for (const next of edges.get(name) ?? []) {
      const target = byName.get(next.to);
      if (target !== undefined) visit(target, next);
    }
    open.pop();
    done.add(name);
    order.push(decl);
  };
  for (const decl of stages) visit(decl, null);
  return order;
}
