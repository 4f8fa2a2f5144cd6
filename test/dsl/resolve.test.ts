import { describe, expect, it } from 'vitest';
import { ABLATION, compileText, edited, errors, nodeOf, planOf, SMALL, trainOf } from './helpers.ts';

describe('--set', () => {
  it('changes attributes, settings, nested sizes, params and seeds', () => {
    expect(trainOf(planOf(SMALL, ['tune.batch=16']), 'tune').batch).toBe(16);
    expect(trainOf(planOf(SMALL, ['tune.schedule.warmup=5%']), 'tune').schedule.warmup).toEqual({ fraction: 0.05 });
    expect(trainOf(planOf(SMALL, ['tune.schedule.warmup=100 steps']), 'tune').schedule.warmup).toEqual({ steps: 100 });
    expect(trainOf(planOf(SMALL, ['small.language.width=64']), 'tune').model.language).toMatchObject({
      width: 64,
      mlp: 176,
    });
    expect(trainOf(planOf(SMALL, ['small.projector=mlp(2, gelu)']), 'tune').model.projector?.layers).toBe(2);
    expect(nodeOf(planOf(SMALL, ['world.questions.train=9']), 'main#0', 'world').config).toMatchObject({
      questions: { train: 9, val: 500, test: 1500 },
    });
    expect(planOf(SMALL, ['seed=5']).variants.map((v) => v.id)).toEqual(['main#5']);
    expect(planOf(SMALL + ABLATION, ['rows.seeds=[1,2,3]']).variants).toHaveLength(15);
  });

  it('lets the last of several win', () => {
    expect(trainOf(planOf(SMALL, ['tune.batch=16', 'tune.batch=8']), 'tune').batch).toBe(8);
  });

  it.each([
    ['tune.bacth=16', 'LLV0702', 'did you mean `batch`?'],
    ['tnue.batch=16', 'LLV0702', 'did you mean `tune`?'],
    ['small.language.widht=64', 'LLV0702', 'did you mean `width`?'],
    ['tune.batch=16s', 'LLV0202', 'allowed: K, M or B (a count)'],
    ['tune.batch=many', 'LLV0205', null],
    ['tune.order=reason_frist', 'LLV0201', 'did you mean `reason_first`?'],
    ['tune.batch', 'LLV0701', null],
  ])('%s is one error in the argument itself', (argument, code, help) => {
    const { diagnostics } = compileText(SMALL, [argument]);
    expect(diagnostics.map((d) => [d.code, d.span.source.file, d.help])).toEqual([[code, '--set', help]]);
  });

  it('takes bare text for a param of text, and checks its list', () => {
    const text = edited('param dir = "data"', 'param scale = "13b" in ["7b", "13b"]');
    expect(errors(compileText(text, ['scale=7b']))).toEqual([]);
    expect(errors(compileText(text, ['scale=70b']))).toEqual(['LLV0209 the param `scale` cannot be `70b`']);
  });
});

describe('a variant', () => {
  it.each([
    ['{ m.nothing = 3 }', 'LLV0702'],
    ['{ small.vision.patches = 3 }', 'LLV0702'],
    ['{ tune.batch = 0 }', 'LLV0203'],
    ['{ small.language.width = 65 }', 'LLV0301'],
    ['{ without aling }', 'LLV0603'],
    ['{ without instruct }', 'LLV0603'],
  ])('with %s is one error', (body, code) => {
    const text = `${SMALL}\nablation a {\n  measure = exam.accuracy\n  variant base "Base" { }\n  variant odd "Odd" ${body}\n}\n`;
    expect(errors(compileText(text)).map((e) => e.slice(0, 7))).toEqual([code]);
  });

  it('changes a param', () => {
    const text = edited('param dir = "data"', 'param rate = 1e-3').replace('language lr 1e-3', 'language lr rate');
    const plan = planOf(
      `${text}\nablation a { measure = exam.accuracy\n variant b "B" { }\n variant c "C" { rate = 2e-3 } }`,
    );
    expect(trainOf(plan, 'tune', 'b#0').rules.at(-1)?.lr).toBe(1e-3);
    expect(trainOf(plan, 'tune', 'c#0').rules.at(-1)?.lr).toBe(2e-3);
  });
});
