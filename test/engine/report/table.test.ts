import { describe, expect, it } from 'vitest';
import type { Plan } from '../../../dsl/plan/types.ts';
import { ablationResults } from '../../../engine/report/ablation.ts';
import { directionOf, fractionError, summarise } from '../../../engine/report/statistics.ts';
import { renderMetrics, renderTables } from '../../../engine/report/table.ts';
import type { VariantResult } from '../../../workflows/types.ts';

const ROWS = [
  { name: 'best', label: 'Best variant', paper: 90.92 },
  { name: 'last_layer', label: 'Last-layer features', paper: 89.96 },
  { name: 'answer_first', label: 'Predict answer first', paper: 89.77 },
  { name: 'own', label: 'Our own, "new"', paper: null },
];

const plan = (seeds: number[]): Plan => ({
  version: 'llava-plan/1',
  experiment: 'e',
  stages: [],
  variants: ROWS.flatMap((row) =>
    seeds.map((seed) => ({
      id: `${row.name}#${seed}`,
      ablation: 'science_qa',
      name: row.name,
      label: row.label,
      seed,
      stages: { exam: 'exam-1' },
    })),
  ),
  ablations: [{ name: 'science_qa', measure: { stage: 'exam', metric: 'accuracy' }, seeds, rows: ROWS }],
});

const result = (id: string, metrics: Record<string, number>): VariantResult => ({
  id,
  stages: { exam: { key: 'k', metrics, cached: false } },
});

const TWO: VariantResult[] = [
  result('best#1', { accuracy: 0.9, NAT: 0.8, IMG: 0.7, Avg: 0.9 }),
  result('best#2', { accuracy: 0.8, NAT: 0.6, IMG: 0.5, Avg: 0.8 }),
  result('last_layer#1', { accuracy: 0.88, NAT: 0.7, Avg: 0.88 }),
  result('last_layer#2', { accuracy: 0.77, NAT: 0.7, Avg: 0.77 }),
  result('answer_first#1', { accuracy: 0.95, Avg: 0.95 }),
  result('own#1', { accuracy: 0.9 }),
  result('own#2', { accuracy: 0.8 }),
];

describe('the ablation table', () => {
  it('as text', () => {
    expect(renderTables(plan([1, 2]), TWO)).toMatchInlineSnapshot(`
      "science_qa: exam.accuracy in %

      variant               measured in %       n    difference  paper  paper's difference  direction reproduced
      ────────────────────  ─────────────  ──────  ────────────  ─────  ──────────────────  ────────────────────
      Best variant           85.00 ± 7.07       2                90.92
      Last-layer features    82.50 ± 7.78       2  −2.50 ± 0.71  89.96               −0.96  yes
      Predict answer first          95.00  1 of 2         +5.00  89.77               −1.15  no
      Our own, "new"         85.00 ± 7.07       2   0.00 ± 0.00      –                   –  –

      measured: mean ± standard deviation over n seeds. difference: from "Best variant", paired by seed.
      paper, paper's difference: published figures (Liu et al., 2023), not measured here.
      direction reproduced: the sign of the difference is that of the paper; unclear: within one standard error of zero (over seeds; of the questions where n is 1).

      science_qa: ScienceQA's columns in % (mean over seeds)

      variant                 NAT    IMG    Avg
      ────────────────────  ─────  ─────  ─────
      Best variant          70.00  60.00  85.00
      Last-layer features   70.00      –  82.50
      Predict answer first      –      –  95.00
      Our own, "new"            –      –      –"
    `);
  });

  it('as Markdown', () => {
    expect(renderTables(plan([1, 2]), TWO, 'markdown')).toMatchInlineSnapshot(`
      "### science_qa: exam.accuracy in %

      | variant | measured in % | n | difference | paper | paper's difference | direction reproduced |
      | --- | ---: | ---: | ---: | ---: | ---: | --- |
      | Best variant | 85.00 ± 7.07 | 2 |  | 90.92 |  |  |
      | Last-layer features | 82.50 ± 7.78 | 2 | −2.50 ± 0.71 | 89.96 | −0.96 | yes |
      | Predict answer first | 95.00 | 1 of 2 | +5.00 | 89.77 | −1.15 | no |
      | Our own, "new" | 85.00 ± 7.07 | 2 | 0.00 ± 0.00 | – | – | – |

      measured: mean ± standard deviation over n seeds. difference: from "Best variant", paired by seed.
      paper, paper's difference: published figures (Liu et al., 2023), not measured here.
      direction reproduced: the sign of the difference is that of the paper; unclear: within one standard error of zero (over seeds; of the questions where n is 1).

      ### science_qa: ScienceQA's columns in % (mean over seeds)

      | variant | NAT | IMG | Avg |
      | --- | ---: | ---: | ---: |
      | Best variant | 70.00 | 60.00 | 85.00 |
      | Last-layer features | 70.00 | – | 82.50 |
      | Predict answer first | – | – | 95.00 |
      | Our own, "new" | – | – | – |"
    `);
  });

  it('as CSV', () => {
    expect(renderTables(plan([1, 2]), TWO, 'csv')).toMatchInlineSnapshot(`
      "ablation,measure,unit,variant,label,n,mean,sd,difference,difference_sd,paper,paper_difference,reproduced,NAT,IMG,Avg
      science_qa,exam.accuracy,percent,best,Best variant,2,85,7.0710678118654755,,,90.92,,,70,60,85
      science_qa,exam.accuracy,percent,last_layer,Last-layer features,2,82.5,7.7781745930520225,-2.5,0.7071067811865476,89.96,-0.96,yes,70,,82.5
      science_qa,exam.accuracy,percent,answer_first,Predict answer first,1,95,,5,,89.77,-1.15,no,,,95
      science_qa,exam.accuracy,percent,own,"Our own, ""new""",2,85,7.0710678118654755,0,0,,,,,,"
    `);
  });

  it('as JSON: differences are paired by seed', () => {
    const [table] = JSON.parse(renderTables(plan([1, 2]), TWO, 'json')) as {
      unit: string;
      rows: Record<string, unknown>[];
    }[];
    expect(table!.unit).toBe('percent');
    expect(table!.rows[0]).toMatchObject({
      variant: 'best',
      n: 2,
      difference: null,
      paper: 90.92,
      paperDifference: null,
      reproduced: null,
    });
    const last = table!.rows[1] as { difference: { mean: number; sd: number } };
    expect(last).toMatchObject({ paperDifference: -0.96, reproduced: 'yes' });
    expect(last.difference.mean).toBeCloseTo(-2.5, 9);
    expect(last.difference.sd).toBeCloseTo(Math.SQRT1_2, 9);
    // Only seed 1 has been measured, and it is compared with seed 1 of the base row, not with its mean.
    expect(table!.rows[2]).toMatchObject({
      n: 1,
      seeds: 2,
      sd: null,
      reproduced: 'no',
      difference: { n: 1, sd: null },
    });
    expect((table!.rows[2] as typeof last).difference.mean).toBeCloseTo(5, 9);
    expect(table!.rows[3]).toMatchObject({ paper: null, paperDifference: null, reproduced: null });
  });

  it('shows what has not been measured as absent', () => {
    const text = renderTables(plan([1]), []);
    expect(text).toContain('Best variant');
    expect(text).toMatch(/Last-layer features +– +0 of 1 +– +89.96 +−0.96 +–/);
    expect(text).not.toMatch(/NaN|undefined/);
    expect(JSON.parse(renderTables(plan([1]), [], 'json'))).toMatchObject([
      { rows: [{ n: 0, mean: null }, {}, {}, {}] },
    ]);
  });

  it('leaves numbers that are no fractions as they are', () => {
    const losses = plan([1]);
    losses.ablations[0]!.measure.metric = 'loss';
    const [table] = ablationResults(losses, [result('best#1', { loss: 0.5 })]);
    expect(table).toMatchObject({ unit: 'plain' });
    expect(table!.rows[0]!.measured.mean).toBe(0.5);
  });

  it('of a plan without an ablation is empty; its exams are listed instead', () => {
    const single: Plan = {
      ...plan([1]),
      ablations: [],
      stages: [{ id: 'exam-1', name: 'exam', kind: 'evaluate' }] as unknown as Plan['stages'],
    };
    expect(renderTables(single, TWO)).toBe('');
    expect(renderMetrics(single, [result('main#0', { accuracy: 0.5 })])).toMatch(/main#0 +exam +accuracy +0\.5/);
    expect(renderMetrics({ ...single, stages: [] }, TWO)).toBe('');
  });
});

describe('whether a direction was reproduced', () => {
  const of = (...values: number[]): ReturnType<typeof summarise> => summarise(values);
  it.each([
    [of(-3), -1, 'yes'],
    [of(3), -1, 'no'],
    [of(0), -1, 'unclear'],
    [of(-3), 0, 'unclear'],
    [of(-3, -2, -4), -1, 'yes'],
    [of(3, 2, 4), -1, 'no'],
    // −1 ± 2 standard errors
    [of(-5, 3, -1), -1, 'unclear'],
    [of(), -1, 'unclear'],
  ])('%j against %d: %s', (difference, published, verdict) => {
    expect(directionOf(difference, published)).toBe(verdict);
  });

  it('of one seed is unclear within the standard error of its questions', () => {
    // 73.67 % and 73.27 % of 1,500 questions: 1.6 points.
    const error = 100 * fractionError(0.7367, 0.7327, 1500);
    expect(error).toBeCloseTo(1.61, 2);
    expect(directionOf(of(-0.4), -0.96, error)).toBe('unclear');
    expect(directionOf(of(2.9), -1.08, error)).toBe('no');
    const exam = (accuracy: number): Record<string, number> => ({ accuracy, count: 1500 });
    const one = [
      result('best#1', exam(0.7367)),
      result('last_layer#1', exam(0.7327)),
      result('answer_first#1', exam(0.5307)),
    ];
    const lines = renderTables(plan([1]), one).split('\n');
    expect(lines.find((line) => line.startsWith('Last-layer'))).toMatch(/unclear$/);
    expect(lines.find((line) => line.startsWith('Predict'))).toMatch(/yes$/);
  });

  it('rests on the sample standard deviation', () => {
    expect(summarise([2, 4, 4, 4, 5, 5, 7, 9])).toMatchObject({ n: 8, mean: 5 });
    expect(summarise([2, 4, 4, 4, 5, 5, 7, 9]).sd).toBeCloseTo(Math.sqrt(32 / 7), 12);
    expect(summarise([1]).sd).toBeNull();
  });
});
