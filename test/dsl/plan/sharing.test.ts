import { describe, expect, it } from 'vitest';
import { ABLATION, edited, nodeOf, planOf, SMALL } from '../helpers.ts';

const plan = planOf(SMALL + ABLATION);
const id = (variant: string, stage: string): string => nodeOf(plan, variant, stage).id;
const shared = (variant: string, stage: string): boolean => id(variant, stage) === id('base#1', stage);

describe('stages that variants share', () => {
  it('are those that do not read what the variant changes', () => {
    const same = (variant: string) => Object.keys(plan.variants[0]!.stages).filter((stage) => shared(variant, stage));
    expect(same('last_layer#1')).toEqual(['world', 'see', 'read', 'instruct']);
    expect(same('answer_first#1')).toEqual(['world', 'see', 'read', 'instruct', 'align']);
    expect(same('smaller#1')).toEqual(['world', 'see', 'instruct']);
  });

  it('are not shared between seeds, except those with a seed of their own and no seeded input', () => {
    const across = Object.keys(plan.variants[0]!.stages).filter((s) => id('base#1', s) === id('base#2', s));
    expect(across).toEqual(['world']);
    expect(nodeOf(plan, 'base#2', 'world').seed).toBe(7);
    expect(nodeOf(plan, 'base#2', 'tune').seed).toBe(2);
  });

  it('stand once in the plan, each after its inputs', () => {
    const ids = plan.stages.map((stage) => stage.id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [index, stage] of plan.stages.entries()) {
      for (const input of [...stage.inputs, ...stage.after]) expect(ids.slice(0, index)).toContain(input);
    }
  });

  it('keep their ids when comments, blanks and the order of attributes change', () => {
    const changed = edited('  steps    = 400\n  batch    = 32', '  // note\n\n  batch = 32,   steps = 400') + ABLATION;
    expect(planOf(changed).stages).toEqual(plan.stages);
  });

  it('get another id when a number that they read changes', () => {
    const changed = planOf(edited('steps    = 400', 'steps    = 401') + ABLATION);
    expect(nodeOf(changed, 'base#1', 'align').id).not.toBe(id('base#1', 'align'));
    expect(nodeOf(changed, 'base#1', 'tune').id).not.toBe(id('base#1', 'tune'));
    expect(nodeOf(changed, 'base#1', 'see').id).toBe(id('base#1', 'see'));
  });
});

describe('without', () => {
  it('takes the stage out and goes on from what it went on from', () => {
    expect(plan.variants.find((v) => v.id === 'from_scratch#1')?.stages).not.toHaveProperty('align');
    const tune = nodeOf(plan, 'from_scratch#1', 'tune');
    expect(tune.config).toMatchObject({ from: [id('base#1', 'see'), id('base#1', 'read')] });
    expect(tune.config).toMatchObject({ model: { name: 'small', language: { width: 96 } } });
  });
});

describe('an ablation', () => {
  it('lists its rows in the order of the text, with the published figures', () => {
    const [ablation] = plan.ablations;
    expect(ablation?.measure).toEqual({ stage: 'exam', metric: 'accuracy' });
    expect(ablation?.rows.map((row) => [row.name, row.paper])).toEqual([
      ['base', 90.92],
      ['last_layer', 89.96],
      ['answer_first', 89.77],
      ['from_scratch', null],
      ['smaller', null],
    ]);
    expect(plan.variants.map((v) => v.id)).toHaveLength(10);
  });
});
