import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { missingLr, parameterGroups, resolveRules, trainedNames } from '../../../dsl/model/freeze.ts';
import { countParameters, parametersOf } from '../../../dsl/model/parameters.ts';
import type { FreezeRule } from '../../../dsl/plan/types.ts';
import { freeze, llava13b, tiny, unfreeze } from './models.ts';

const trained = (rules: FreezeRule[]) => trainedNames(resolveRules(tiny, rules));
const state = (rules: FreezeRule[], name: string) => resolveRules(tiny, rules).get(name)!;
const named = (prefix: string) =>
  parametersOf(tiny)
    .map((p) => p.name)
    .filter((name) => name.startsWith(`${prefix}.`));

describe('freeze rules', () => {
  it('freeze what no rule names', () => expect(trained([])).toEqual([]));

  it('align as in the paper: only the projector is trained', () => {
    const states = resolveRules(llava13b, [freeze('vision', 'language'), unfreeze(['projector'], 2e-3)]);
    const parameters = parametersOf(llava13b).filter((p) => states.get(p.name)!.trained);
    expect(parameters.map((p) => p.name)).toEqual(['projector.linear_1.weight', 'projector.linear_1.bias']);
    expect(countParameters(parameters)).toBe(1024 * 5120 + 5120);
  });

  it('later ones win, in both directions', () => {
    expect(trained([unfreeze(['*'], 1), freeze('*')])).toEqual([]);
    expect(trained([freeze('*'), unfreeze(['projector'], 1)])).toEqual(named('projector'));
    expect(trained([unfreeze(['language'], 1), freeze('language.layers[..-2]')])).toEqual([
      'language.embed_tokens.weight',
      ...named('language.layers.4'),
      'language.norm.weight',
      'language.lm_head.weight',
    ]);
  });

  it('say which rule decided', () => {
    const rules = [
      unfreeze(['language'], 1e-3),
      freeze('language.layers[0]'),
      unfreeze(['language.layers[0].mlp'], 1e-4),
    ];
    expect(state(rules, 'language.layers.0.self_attn.q_proj.weight').rule).toBe(1);
    expect(state(rules, 'language.layers.0.mlp.up_proj.weight')).toMatchObject({ rule: 2, lr: 1e-4, trained: true });
    expect(state(rules, 'language.norm.weight').rule).toBe(0);
    expect(state(rules, 'vision.pre_layrnorm.bias').rule).toBe(-1);
  });

  it('an unfreeze without a rate keeps the one given before, and lacks one where none was', () => {
    const rules = [unfreeze(['projector'], 1e-3), unfreeze(['projector', 'language.norm'])];
    expect(state(rules, 'projector.linear_1.bias').lr).toBe(1e-3);
    expect(missingLr(resolveRules(tiny, rules))).toEqual(['language.norm.weight']);
  });

  it('freezing forgets the rate', () => {
    const rules = [unfreeze(['projector'], 1e-3), freeze('projector'), unfreeze(['projector'])];
    expect(state(rules, 'projector.linear_1.bias').lr).toBeNull();
  });

  it('pass over modules that the stage does not hold', () => {
    const rules = [freeze('vision', 'language'), unfreeze(['projector'], 1e-3)];
    const states = resolveRules({ ...tiny, vision: null, projector: null }, rules);
    expect(trainedNames(states)).toEqual([]);
    expect([...states.keys()].some((name) => name.startsWith('vision'))).toBe(false);
  });

  it('the last rule that names a parameter decides about it, whatever came before', () => {
    const modules = [
      '*',
      'vision',
      'projector',
      'language.layers[1..3]',
      'language.layers[-1].mlp',
      'vision.layers[0]',
    ];
    const rule = fc.tuple(fc.boolean(), fc.constantFrom(...modules), fc.integer({ min: 1, max: 9 }));
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 6 }), rule, (before, [frees, module, lr]) => {
        const make = ([isUnfreeze, pattern, rate]: [boolean, string, number]): FreezeRule =>
          isUnfreeze ? unfreeze([pattern], rate) : freeze(pattern);
        const states = resolveRules(tiny, [...before.map(make), make([frees, module, lr])]);
        const alone = resolveRules(tiny, [unfreeze([module], 1)]);
        const earlier = resolveRules(tiny, before.map(make));
        for (const [name, { trained: isNamed }] of alone) {
          const expected = isNamed
            ? { trained: frees, lr: frees ? lr : null }
            : { trained: earlier.get(name)!.trained, lr: earlier.get(name)!.lr };
          expect(states.get(name)).toMatchObject(expected);
        }
      }),
    );
  });
});

describe('decay per layer', () => {
  const rules = [unfreeze(['*'], 1, { decayPerLayer: 0.5 })];
  const lr = (name: string) => state(rules, name).lr;

  it('is measured from the last layer of the tower that the parameter is in', () => {
    expect(lr('language.layers.4.mlp.up_proj.weight')).toBe(1);
    expect(lr('language.layers.2.mlp.up_proj.weight')).toBe(0.25);
    expect(lr('vision.layers.2.mlp.fc1.bias')).toBe(1);
    expect(lr('vision.layers.0.mlp.fc1.bias')).toBe(0.25);
    expect(lr('contrast.text.layers.0.mlp.fc1.bias')).toBe(0.5);
  });

  it('leaves heads and the projector alone, and takes embeddings as one below the first layer', () => {
    expect(lr('language.lm_head.weight')).toBe(1);
    expect(lr('projector.linear_1.weight')).toBe(1);
    expect(lr('vision.post_layernorm.weight')).toBe(1);
    expect(lr('language.embed_tokens.weight')).toBe(1 / 32);
    expect(lr('vision.embeddings.class_embedding')).toBe(1 / 8);
    expect(lr('vision.pre_layrnorm.weight')).toBe(1 / 8);
  });
});

describe('groups for the optimizer', () => {
  it('join equal rates and decays, whichever rule gave them', () => {
    const rules = [
      unfreeze(['projector'], 1e-3),
      unfreeze(['language.norm'], 1e-4, { weightDecay: 0.1 }),
      unfreeze(['language.lm_head'], 1e-3),
    ];
    expect(parameterGroups(resolveRules(tiny, rules), { weightDecay: 0 })).toEqual([
      { lr: 1e-3, weightDecay: 0, parameters: [...named('projector'), 'language.lm_head.weight'] },
      { lr: 1e-4, weightDecay: 0.1, parameters: ['language.norm.weight'] },
    ]);
  });

  it('hold every trained parameter once', () => {
    const states = resolveRules(tiny, [unfreeze(['*'], 1e-3, { decayPerLayer: 0.9 }), freeze('contrast')]);
    const inGroups = parameterGroups(states, { weightDecay: 0.01 }).flatMap((group) => group.parameters);
    expect(inGroups.toSorted()).toEqual(trainedNames(states).toSorted());
  });

  it('refuse a trained parameter without a rate, by name', () => {
    const states = resolveRules(tiny, [unfreeze(['language.norm'])]);
    expect(() => parameterGroups(states, { weightDecay: 0 })).toThrow(
      'language.norm.weight is unfrozen without a learning rate',
    );
  });
});
