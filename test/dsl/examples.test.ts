import { describe, expect, it } from 'vitest';
import { planProblems, readPlan } from '../../dsl/plan/validate.ts';
import { ABLATION, compileExample, errors, examples, planOf, SMALL } from './helpers.ts';

describe('the experiments of the repository', () => {
  it.each(examples)('%s compiles, and its plan holds by the published schema', (file) => {
    const compiled = compileExample(file);
    expect(errors(compiled)).toEqual([]);
    expect(planProblems(compiled.plan)).toEqual([]);
    expect(JSON.stringify(compileExample(file).plan)).toBe(JSON.stringify(compiled.plan));
  });

  it.each(examples.filter((file) => file.includes('/mini/')))('%s has no warnings either', (file) => {
    expect(compileExample(file).diagnostics).toEqual([]);
  });
});

describe('the schema of plans', () => {
  const plan = planOf(SMALL + ABLATION);

  it('refuses what is no plan, and says where', () => {
    expect(planProblems({ ...plan, version: 'llava-plan/0' }).join()).toContain('/version');
    const [first, ...rest] = plan.stages;
    expect(planProblems({ ...plan, stages: [{ ...first, seed: -1 }, ...rest] }).join()).toContain('/stages/0/seed');
    expect(planProblems({ ...plan, extra: 1 })).not.toEqual([]);
    expect(() => readPlan({ nothing: true })).toThrow('this is no plan');
  });

  it('takes a plan back as it was written', () => {
    expect(readPlan(JSON.parse(JSON.stringify(plan)))).toEqual(plan);
  });
});
