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
    lines.push(...stage.details.phases.map((phase) => phaseText(phase, stage)));
    lines.push(...stage.details.notes.map((note) => `  ${colors.yellow('note')}  ${note}`));
  }
  const others = view.stages.filter((other) => other.name === stage.name && other !== stage);
  const changes = others.map(otherText).filter((text) => text !== null);
  if (changes.length > 0) lines.push('  otherwise in', ...changes);
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

function phaseText(phase: PhaseView, stage: StageView): string {
  const changes = stage.details.kind === 'train' && stage.details.phases.length > 1;
  const title = changes ? `  from step ${whole(phase.fromStep)}` : '';
  const rows = [['  module', 'parameters', '', 'lr', 'weight decay'], ...phase.modules.map(moduleText)];
  rows.push(['  in all', whole(phase.trained + phase.frozen), `${whole(phase.trained)} trained`, '', '']);
  // Nothing decays in most experiments: then the column says nothing.
  const decays = phase.modules.some((row) => (row.weightDecay ?? 0) > 0);
  const table = columns(
    rows.map((row) => (decays ? row : row.slice(0, 4))),
    [1],
  );
  return title === '' ? table : `${title}\n${table}`;
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

/** `last_layer: model.vision.featureLayer -2 → -1`; a stage that differs only in what it reads is not worth a line. */
function otherText(stage: StageView): string | null {
  if (stage.differences.length === 0) return null;
  return `    ${stage.variants?.join(', ') ?? 'all'}: ${stage.differences.map(differenceText).join('; ')}`;
}

export function differenceText({ path, before, now }: Difference): string {
  return `${path} ${valueText(before)} → ${valueText(now)}`;
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
    const own = (row: string): string => {
      const names = view.stages.filter((stage) => stage.variants?.includes(row)).map((stage) => stage.name);
      return names.length === 0 ? 'all its stages are shared' : `own or partly shared: ${names.join(', ')}`;
    };
    const lines = rows.map((row) => [
      `  ${row.name}`,
      row.label,
      row.paper === null ? '' : `paper ${row.paper}`,
      own(row.name),
    ]);
    return `${head}\n${columns(lines)}`;
  });
}
