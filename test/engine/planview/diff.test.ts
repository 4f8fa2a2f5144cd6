import { describe, expect, it } from 'vitest';
import { diffPlans, diffText } from '../../../engine/planview/diff.ts';
import { MINI, plain, planOf } from './plans.ts';

const file = '/nowhere/mini.llava';
const base = planOf(MINI, file);
const diff = (...set: string[]) => diffPlans(base, planOf(MINI, file, set));
const lines = (...set: string[]) => diffText(diff(...set), plain).split('\n');

describe('the difference of two plans', () => {
  it('is none for the same text, whatever its comments and blanks', () => {
    const again = planOf(
      MINI.replace('experiment mini', '// a remark\nexperiment mini\n\n').replace('epochs = 2', 'epochs  =  2'),
      file,
    );
    expect(diffText(diffPlans(base, again), plain)).toBe('no difference: 28 of 28 stages of work are the same in both');
  });

  it('is the field that changed, and the stages that run anew because of it', () => {
    expect(lines('tune.batch=16')).toEqual([
      '~ tune: batch 32 → 16, microBatch 32 → 16',
      '  exam: the same settings on other inputs',
      '12 of 28 stages of work are the same in both',
    ]);
  });

  it('names the variants where it does not hold for all', () => {
    const found = diff('tune.order=answer_first').stages.filter(({ change }) => change === 'changed');
    expect(found.map(({ name, variants }) => [name, variants])).toEqual([
      ['tune', ['best', 'last_layer', 'wide']],
      ['exam', ['best', 'last_layer', 'wide']],
    ]);
  });

  it('tells variants and stages that came or went', () => {
    const fewer = planOf(MINI.replace(/ {2}variant wide.*\n/, '').replace('seeds = [1, 2]', 'seeds = [1]'), file);
    expect(diffPlans(base, fewer).variants.removed).toEqual([
      'best#2',
      'last_layer#2',
      'answer_first#2',
      'wide#1',
      'wide#2',
    ]);
    const longer = planOf(`${MINI}\nstage probe : evaluate { model = read   benchmark = text_probe(corpus) }\n`, file);
    const text = diffText(diffPlans(base, longer), plain);
    expect(text).toContain('+ probe');
    expect(diffText(diffPlans(longer, base), plain)).toContain('- probe');
  });
});
