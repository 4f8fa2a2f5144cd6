import type { AblationPlan, Plan } from '../../dsl/plan/types.ts';
import type { VariantResult } from '../../workflows/types.ts';
import type { Metrics } from '../stages/types.ts';
import { COLUMNS } from '../benchmarks/science-qa.ts';
import type { Direction, Summary } from './statistics.ts';
import { directionOf, fractionError, summarise } from './statistics.ts';

/** One variant: what was measured, and what the paper printed. Units are those of `AblationResult.unit`. */
export interface AblationRow {
  name: string;
  label: string;
  /** Over the seeds that have been measured. */
  measured: Summary;
  /** Seeds of the plan, measured or not. */
  seeds: number;
  /** Against the base row, seed by seed; null for the base row and where no seed has both. */
  difference: Summary | null;
  paper: number | null;
  /** The paper's figure less its figure for the base row. */
  paperDifference: number | null;
  /** Whether the measured difference has the direction of the paper's; null where one of them is absent. */
  reproduced: Direction | null;
  /** Means of the benchmark's columns over the seeds; empty where the benchmark has none. */
  columns: Record<string, number>;
}

export interface AblationResult {
  name: string;
  /** `exam.accuracy`. */
  measure: string;
  /** `percent`: a fraction times 100. */
  unit: 'percent' | 'plain';
  rows: AblationRow[];
  /** Names of the benchmark's columns that were measured, in the benchmark's order. */
  columns: string[];
}

/** What a run has measured so far of each ablation of its plan. Seeds or variants that are absent are simply not counted. */
export function ablationResults(plan: Plan, results: readonly VariantResult[]): AblationResult[] {
  const byId = new Map(results.map((result) => [result.id, result]));
  return plan.ablations.map((ablation) => ablationResult(plan, ablation, byId));
}

function ablationResult(
  plan: Plan,
  ablation: AblationPlan,
  results: ReadonlyMap<string, VariantResult>,
): AblationResult {
  const { stage, metric } = ablation.measure;
  const metricsOf = (row: string): Map<number, Metrics> => {
    const found = new Map<number, Metrics>();
    for (const variant of plan.variants) {
      if (variant.ablation !== ablation.name || variant.name !== row) continue;
      const metrics = results.get(variant.id)?.stages[stage]?.metrics;
      if (metrics !== undefined) found.set(variant.seed, metrics);
    }
    return found;
  };
  const measured = ablation.rows.map((row) => metricsOf(row.name));
  const percent = isFraction(
    metric,
    measured.flatMap((seeds) => [...seeds.values()].flatMap((m) => m[metric] ?? [])),
  );
  const scale = percent ? 100 : 1;
  const valuesOf = (seeds: Map<number, Metrics>, name: string): Map<number, number> =>
    new Map(
      [...seeds].flatMap(([seed, metrics]) =>
        metrics[name] === undefined ? [] : [[seed, metrics[name] * scale] as const],
      ),
    );
  const columns = COLUMNS.filter((column) =>
    measured.some((seeds) => [...seeds.values()].some((m) => m[column] !== undefined)),
  );
  const base = valuesOf(measured[0] ?? new Map(), metric);
  const basePaper = ablation.rows[0]?.paper ?? null;

  const rows = ablation.rows.map((row, i): AblationRow => {
    const values = valuesOf(measured[i]!, metric);
    const pairs = [...values].flatMap(([seed, value]) => (base.has(seed) ? [value - base.get(seed)!] : []));
    const difference = i === 0 || pairs.length === 0 ? null : summarise(pairs);
    const paperDifference = i === 0 || row.paper === null || basePaper === null ? null : row.paper - basePaper;
    return {
      name: row.name,
      label: row.label,
      measured: summarise([...values.values()]),
      seeds: ablation.seeds.length,
      difference,
      paper: row.paper,
      paperDifference,
      reproduced:
        difference === null || paperDifference === null
          ? null
          : directionOf(
              difference,
              paperDifference,
              percent ? questionError(measured[0]!, measured[i]!, metric) : null,
            ),
      columns: Object.fromEntries(
        columns.flatMap((column) => {
          const means = [...valuesOf(measured[i]!, column).values()];
          return means.length === 0 ? [] : [[column, summarise(means).mean]];
        }),
      ),
    };
  });
  return { name: ablation.name, measure: `${stage}.${metric}`, unit: percent ? 'percent' : 'plain', rows, columns };
}

/** Standard error in percent that the number of questions leaves in one seed's difference; null where the exam does not tell its `count`. */
function questionError(
  base: ReadonlyMap<number, Metrics>,
  row: ReadonlyMap<number, Metrics>,
  metric: string,
): number | null {
  for (const [seed, metrics] of row) {
    const [p, q, count] = [base.get(seed)?.[metric], metrics[metric], metrics['count']];
    if (p !== undefined && q !== undefined && count !== undefined) return 100 * fractionError(p, q, count);
  }
  return null;
}

/** Accuracies and rates are fractions by their name; others only when the name is a benchmark's column. */
function isFraction(metric: string, values: readonly number[]): boolean {
  const named =
    /(^|_)(accuracy|rate|recall|precision|f1)$/.test(metric) || (COLUMNS as readonly string[]).includes(metric);
  return named && values.every((value) => value >= 0 && value <= 1);
}
