import pc from 'picocolors';
import type { Plan } from '../../dsl/plan/types.ts';
import type { VariantResult } from '../../workflows/types.ts';
import type { AblationResult, AblationRow } from './ablation.ts';
import { ablationResults } from './ablation.ts';
import type { Table } from './layout.ts';
import { csv, layOutMarkdown, layOutText } from './layout.ts';
import type { Summary } from './statistics.ts';

export const TABLE_FORMATS = ['text', 'markdown', 'csv', 'json'] as const;

export type TableFormat = (typeof TABLE_FORMATS)[number];

const NONE = '–';

/**
 * The tables of a run's ablations: measured mean ± sd (n) of every variant, its paired difference from the base row, the paper's figure
 * and difference, and whether the direction was reproduced; below it the benchmark's columns where it has some.
 * '' where the plan has no ablation. What has not been measured is `–`, never a number.
 */
export function renderTables(
  plan: Plan,
  results: readonly VariantResult[],
  format: TableFormat = 'text',
  options: { color?: boolean } = {},
): string {
  const ablations = ablationResults(plan, results);
  if (format === 'json') return JSON.stringify(ablations.map(jsonOf), null, 2);
  if (format === 'csv') return ablations.length === 0 ? '' : csv(csvRows(ablations));
  const tables = ablations.flatMap((result) => [
    mainTable(result),
    ...(result.columns.length > 0 ? [columnsTable(result)] : []),
  ]);
  const { bold } = pc.createColors(options.color ?? false);
  return tables.map((table) => (format === 'markdown' ? layOutMarkdown(table) : layOutText(table, bold))).join('\n\n');
}

/** Metrics of the evaluate stages, for a run without an ablation; '' where it has none. */
export function renderMetrics(plan: Plan, results: readonly VariantResult[], format: TableFormat = 'text'): string {
  const exams = new Set(plan.stages.filter((stage) => stage.kind === 'evaluate').map((stage) => stage.name));
  const rows = results.flatMap((result) =>
    Object.entries(result.stages)
      .filter(([name]) => exams.has(name))
      .flatMap(([stage, { metrics }]) =>
        Object.entries(metrics).map(([metric, value]) => ({ variant: result.id, stage, metric, value })),
      ),
  );
  if (format === 'json') return JSON.stringify(rows, null, 2);
  if (rows.length === 0) return '';
  const head = ['variant', 'stage', 'metric', 'value'];
  const cells = rows.map((row) => [row.variant, row.stage, row.metric, String(Number(row.value.toPrecision(6)))]);
  if (format === 'csv') return csv([head, ...rows.map((row) => [row.variant, row.stage, row.metric, row.value])]);
  const table: Table = { title: 'Measured', head, rows: cells, words: [0, 1, 2], notes: [] };
  return format === 'markdown' ? layOutMarkdown(table) : layOutText(table);
}

function mainTable(result: AblationResult): Table {
  const base = result.rows[0]?.label ?? 'the base row';
  const hasPaper = result.rows.some((row) => row.paper !== null);
  const unit = result.unit === 'percent' ? ' in %' : '';
  const head = ['variant', `measured${unit}`, 'n', 'difference'];
  if (hasPaper) head.push('paper', "paper's difference", 'direction reproduced');
  return {
    title: `${result.name}: ${result.measure}${unit}`,
    head,
    rows: result.rows.map((row, i) => [
      row.label,
      showSummary(row.measured, false),
      row.measured.n === row.seeds ? String(row.measured.n) : `${row.measured.n} of ${row.seeds}`,
      i === 0 ? '' : row.difference === null ? NONE : showSummary(row.difference, true),
      ...(hasPaper ? paperCells(row, i === 0) : []),
    ]),
    words: hasPaper ? [0, 6] : [0],
    notes: [
      `measured: mean ± standard deviation over n seeds. difference: from "${base}", paired by seed.`,
      ...(hasPaper
        ? [
            "paper, paper's difference: published figures (Liu et al., 2023), not measured here.",
            'direction reproduced: the sign of the difference is that of the paper; unclear: within one standard error of zero (over seeds; of the questions where n is 1).',
          ]
        : []),
    ],
  };
}

function paperCells(row: AblationRow, base: boolean): string[] {
  return [
    row.paper === null ? NONE : row.paper.toFixed(2),
    base ? '' : row.paperDifference === null ? NONE : signed(row.paperDifference, 2),
    base ? '' : (row.reproduced ?? NONE),
  ];
}

function columnsTable(result: AblationResult): Table {
  return {
    title: `${result.name}: ScienceQA's columns${result.unit === 'percent' ? ' in %' : ''} (mean over seeds)`,
    head: ['variant', ...result.columns],
    rows: result.rows.map((row) => [
      row.label,
      ...result.columns.map((column) => row.columns[column]?.toFixed(2) ?? NONE),
    ]),
    words: [0],
    notes: [],
  };
}

function showSummary({ n, mean, sd }: Summary, difference: boolean): string {
  if (n === 0) return NONE;
  const value = difference ? signed(mean, 2) : mean.toFixed(2);
  return sd === null ? value : `${value} ± ${sd.toFixed(2)}`;
}

/** With a sign, the minus as long as the plus; no sign for what rounds to zero. */
function signed(value: number, digits: number): string {
  const text = Math.abs(value).toFixed(digits);
  if (Number(text) === 0) return text;
  return (value < 0 ? '−' : '+') + text;
}

function csvRows(ablations: readonly AblationResult[]): (string | number | null)[][] {
  const columns = [...new Set(ablations.flatMap((result) => result.columns))];
  const head = [
    'ablation',
    'measure',
    'unit',
    'variant',
    'label',
    'n',
    'mean',
    'sd',
    'difference',
    'difference_sd',
    'paper',
    'paper_difference',
    'reproduced',
  ];
  const rows = ablations.flatMap((result) =>
    result.rows.map((row) => [
      result.name,
      result.measure,
      result.unit,
      row.name,
      row.label,
      row.measured.n,
      row.measured.n === 0 ? null : row.measured.mean,
      row.measured.sd,
      row.difference?.mean ?? null,
      row.difference?.sd ?? null,
      row.paper,
      row.paperDifference === null ? null : rounded(row.paperDifference),
      row.reproduced,
      ...columns.map((column) => row.columns[column] ?? null),
    ]),
  );
  return [[...head, ...columns], ...rows];
}

function jsonOf(result: AblationResult): unknown {
  return {
    ablation: result.name,
    measure: result.measure,
    unit: result.unit,
    rows: result.rows.map((row) => ({
      variant: row.name,
      label: row.label,
      n: row.measured.n,
      seeds: row.seeds,
      mean: row.measured.n === 0 ? null : row.measured.mean,
      sd: row.measured.sd,
      difference:
        row.difference === null ? null : { n: row.difference.n, mean: row.difference.mean, sd: row.difference.sd },
      paper: row.paper,
      paperDifference: row.paperDifference === null ? null : rounded(row.paperDifference),
      reproduced: row.reproduced,
      columns: row.columns,
    })),
  };
}

/** Differences of two-decimal figures without the noise of binary fractions. */
function rounded(value: number): number {
  return Number(value.toFixed(6));
}
