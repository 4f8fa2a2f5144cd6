import { resolveRules } from '../../dsl/model/freeze.ts';
import type { ParameterStates } from '../../dsl/model/freeze.ts';
import { parametersOf, sizeOf } from '../../dsl/model/parameters.ts';
import { phasesOf } from '../../dsl/model/phases.ts';
import type { TrainConfig } from '../../dsl/plan/types.ts';
import type { ModuleRow, PhaseView } from './types.ts';

interface Leaf {
  size: number;
  trained: boolean;
  lr: number | null;
  weightDecay: number | null;
}

interface Module {
  children: Map<string, Module>;
  leaf: Leaf | null;
}

/** Where a list of layers takes more rows than this, layers that differ only in their rates share a row. */
const MOST_ROWS = 8;

/** The freeze table of every phase of a train stage. Without a number of samples, changes at an epoch cannot be placed and are left out. */
export function phaseViews(config: TrainConfig, samples: number | null): PhaseView[] {
  const placed = config.changes.filter((change) => 'step' in change.at || samples !== null);
  return phasesOf({ ...config, changes: placed }, samples ?? 0).map(({ fromStep, rules }) => {
    const states = resolveRules(config.model, rules);
    const modules = moduleRows(config, states);
    const sum = (trained: boolean): number =>
      modules.filter((row) => row.trained === trained).reduce((total, row) => total + row.parameters, 0);
    return { fromStep, trained: sum(true), frozen: sum(false), modules };
  });
}

/** As few rows as tell all: a module whose parameters agree is one, and so are neighbouring layers that agree. */
function moduleRows(config: TrainConfig, states: ParameterStates): ModuleRow[] {
  const root: Module = { children: new Map(), leaf: null };
  for (const parameter of parametersOf(config.model)) {
    let module = root;
    for (const part of parameter.name.split('.')) {
      let child = module.children.get(part);
      if (!child) module.children.set(part, (child = { children: new Map(), leaf: null }));
      module = child;
    }
    const { trained, lr, weightDecay } = states.get(parameter.name)!;
    const decay = trained ? (weightDecay ?? config.optimizer.weightDecay) : null;
    module.leaf = { size: sizeOf(parameter), trained, lr, weightDecay: decay };
  }
  return [...root.children].flatMap(([name, module]) => rowsOf(name, [module]));
}

/** Rows of modules that are alike (`layers.3` and `layers.4` where their parameters agree one by one). */
function rowsOf(path: string, alike: Module[], loosely = false): ModuleRow[] {
  const leaves = alike.flatMap(leavesOf);
  const first = leaves[0]!;
  if (leaves.every((leaf) => stateOf(leaf, loosely) === stateOf(first, loosely))) return [rowOf(path, leaves)];
  const { children } = alike[0]!;
  const below = (name: string): Module[] => alike.map((module) => module.children.get(name)!);
  if (!isList(children)) {
    return [...children.keys()].flatMap((name) => rowsOf(`${path}.${name}`, below(name), loosely));
  }
  const rows = (loose: boolean): ModuleRow[] =>
    runs([...children.values()], loose).flatMap(({ from, to }) => {
      const index = from === 0 && to === children.size - 1 ? '*' : from === to ? `${from}` : `${from}..${to}`;
      const layers = Array.from({ length: to - from + 1 }, (_, i) => below(String(from + i))).flat();
      return rowsOf(`${path}[${index}]`, layers, loose);
    });
  const exact = rows(loosely);
  return exact.length > MOST_ROWS && !loosely ? rows(true) : exact;
}

function runs(items: Module[], loosely: boolean): { from: number; to: number }[] {
  const found: { from: number; to: number; state: string }[] = [];
  items.forEach((item, i) => {
    const state = leavesOf(item)
      .map((leaf) => stateOf(leaf, loosely))
      .join('|');
    const last = found[found.length - 1];
    if (last?.state === state) last.to = i;
    else found.push({ from: i, to: i, state });
  });
  return found;
}

function stateOf(leaf: Leaf, loosely: boolean): string {
  if (!leaf.trained) return 'frozen';
  return loosely ? 'trained' : `${leaf.lr} ${leaf.weightDecay}`;
}

function rowOf(module: string, leaves: Leaf[]): ModuleRow {
  const parameters = leaves.reduce((sum, leaf) => sum + leaf.size, 0);
  const { trained, weightDecay } = leaves[0]!;
  const rates = leaves.map((leaf) => leaf.lr ?? 0);
  const lr = trained ? { least: Math.min(...rates), most: Math.max(...rates) } : null;
  return { module, parameters, trained, lr, weightDecay };
}

function leavesOf(module: Module): Leaf[] {
  return module.leaf ? [module.leaf] : [...module.children.values()].flatMap(leavesOf);
}

function isList(children: Map<string, Module>): boolean {
  return [...children.keys()].every((key) => /^\d+$/.test(key));
}
