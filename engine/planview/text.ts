import type { createColors } from 'picocolors';
import { columns } from '../cli/ui/format.ts';
import { rate, whole } from './numbers.ts';
import { factsOf } from './facts.ts';
import type { Difference, ModuleRow, PhaseView, PlanView, StageView } from './types.ts';

type Colors = ReturnType<typeof createColors>;

/** The view for people: what is shared is told once, then how each variant differs from it. Ends without a line break. */
export function planText(view: PlanView, colors: Colors): string {
  const told = view.stages.filter((stage) => stage.differences.length === 0 && isFirst(stage, view));
  const blocks = [heading(view, colors), ...told.map((stage) => stageText(stage, view, colors)), ...ablations(view)];
  return blocks.join('\n\n');
}

function isFirst(stage: StageView, view: PlanView): boolean {
  return view.stages.find((other) => other.name === stage.name) === stage;
}

function heading(view: PlanView, colors: Colors): string {
  const { total, cached } = view.work;
  const work = `${total} ${total === 1 ? 'stage' : 'stages'} of work, ${cached} of them cached`;
  const names = [...new Set(view.stages.map((stage) => stage.name))];
  const graph = names.map((name) => {
    const reads = view.edges.filter((edge) => edge.to === name && edge.kind === 'data').map((edge) => edge.from);
    const waits = view.edges.filter((edge) => edge.to === name && edge.kind === 'order').map((edge) => edge.from);
    const sources = [reads.join(', '), waits.length > 0 ? `(after ${waits.join(', ')})` : ''].filter(
      (part) => part !== '',
    );
    return [`  ${name}`, sources.length > 0 ? `← ${sources.join(' ')}` : ''];
  });
  return `${colors.bold(view.experiment)}: ${work}\n${columns(graph)}`;
}

function stageText(stage: StageView, view: PlanView, colors: Colors): string {
  const facts = factsOf(stage).map(([label, text]) => [`  ${label}`, text]);
  const lines = [`${colors.bold(stage.name)} · ${kindText(stage)}${usedBy(stage)} · ${standingText(stage)}`];
  if (facts.length > 0) lines.push(columns(facts));
  if (stage.details.kind === 'train') {
    lines.push(...stage.details.phases.map((phase, i, all) => phaseText(phase, all[i - 1] ?? null, all.length)));
    lines.push(...stage.details.notes.map((note) => `  ${colors.yellow('note')}  ${note}`));
  }
  lines.push(...changesText(stage, view));
  return lines.join('\n');
}

function kindText(stage: StageView): string {
  return stage.details.kind === 'train' ? `train (${stage.details.objective})` : stage.kind;
}

function usedBy(stage: StageView): string {
  const seeds = new Set(stage.nodes.map((node) => node.seed));
  return seeds.size > 1 ? ` · seeds ${[...seeds].join(', ')}` : '';
}

/** One standing for all nodes where they agree, else how many are cached. */
function standingText(stage: StageView): string {
  const standings = stage.nodes.map((node) => node.standing);
  const first = standings[0]!;
  if (standings.every(({ state }) => state === first.state)) {
    return first.state === 'cached' ? 'cached' : `${first.state}: ${first.reason}`;
  }
  const cached = standings.filter(({ state }) => state === 'cached').length;
  const rest = standings.find(({ state }) => state !== 'cached')!;
  return `${cached} of ${standings.length} cached, the others ${rest.state}: ${rest.reason}`;
}

/** The first phase in full, of a later one the rows that are not as before. */
function phaseText(phase: PhaseView, before: PhaseView | null, phases: number): string {
  const known = new Set(before?.modules.map((row) => JSON.stringify(row)));
  const told = phase.modules.filter((row) => !known.has(JSON.stringify(row)));
  const title = phases === 1 ? '' : `  from step ${whole(phase.fromStep)}${before ? ', otherwise as before' : ''}`;
  const rows = [['  module', 'parameters', '', 'lr', 'weight decay'], ...told.map(moduleText)];
  // Nothing decays in most experiments: then the column says nothing.
  const decays = phase.modules.some((row) => (row.weightDecay ?? 0) > 0);
  const table = columns(
    rows.map((row) => (decays ? row : row.slice(0, 4))),
    [1],
  );
  const sum = `  ${whole(phase.trained)} of ${whole(phase.trained + phase.frozen)} parameters are trained`;
  return [...(title === '' ? [] : [title]), table, sum].join('\n');
}

function moduleText(row: ModuleRow): string[] {
  const { lr } = row;
  const rates = lr === null ? '' : lr.least === lr.most ? rate(lr.most) : `${rate(lr.least)} to ${rate(lr.most)}`;
  return [
    `  ${row.module}`,
    whole(row.parameters),
    row.trained ? 'trained' : 'frozen',
    rates,
    row.weightDecay === null ? '' : String(row.weightDecay),
  ];
}

/** How variants differ in this stage; what was told of an earlier stage already is only named. */
function changesText(stage: StageView, view: PlanView): string[] {
  const position = view.stages.indexOf(stage);
  const others = view.stages.filter((other) => other.name === stage.name && other.differences.length > 0);
  const lines = others.map((other) => {
    const who = other.variants?.join(', ') ?? 'all';
    const text = differencesText(other.differences);
    const earlier = view.stages.find(
      (before) => before.variants?.join(', ') === who && differencesText(before.differences) === text,
    );
    const told = earlier && view.stages.findIndex((first) => first.name === earlier.name) < position;
    return `    ${who}: ${told ? `as in ${earlier.name}` : text}`;
  });
  return lines.length > 0 ? ['  otherwise in', ...lines] : [];
}

/** `model.language: layers 40 → 32, width 5,120 → 4,096`; what they have in common is said once. */
export function differencesText(differences: readonly Difference[]): string {
  const groups = new Map<string, string[]>();
  for (const difference of differences) {
    // An evaluation describes the model that it reads under another name.
    const path = difference.path.replace(/^modelPlan\b/, 'model');
    const owner = /^model\.\w+(?=\.)/.exec(path)?.[0] ?? '';
    const field = owner === '' ? path : path.slice(owner.length + 1);
    groups.set(owner, [
      ...(groups.get(owner) ?? []),
      `${field} ${valueText(difference.before)} → ${valueText(difference.now)}`,
    ]);
  }
  return [...groups].map(([owner, fields]) => (owner === '' ? '' : `${owner}: `) + fields.join(', ')).join('; ');
}

function valueText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return Number.isInteger(value) ? whole(value) : String(value);
  if (value === undefined) return 'absent';
  if (Array.isArray(value) && value.every((item) => typeof item !== 'object'))
    return `[${value.map(valueText).join(', ')}]`;
  return JSON.stringify(value);
}

function ablations(view: PlanView): string[] {
  return view.ablations.map(({ name, measure, seeds, rows }) => {
    const head = `ablation ${name}: ${measure} of ${rows.length} variants, ${seeds.length === 1 ? 'seed' : 'seeds'} ${seeds.join(', ')}`;
    const lines = rows.map((row, i) => [
      `  ${row.name}`,
      row.label,
      row.paper === null ? '' : `paper ${row.paper}`,
      i === 0 ? '' : row.own.length === 0 ? `shares all work with ${rows[0]!.name}` : `its own ${row.own.join(', ')}`,
    ]);
    return `${head}\n${columns(lines)}`;
  });
}
