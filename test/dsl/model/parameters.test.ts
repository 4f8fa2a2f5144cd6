import { describe, expect, it } from 'vitest';
import { countParameters, parametersOf } from '../../../dsl/model/parameters.ts';
import type { ModelPlan } from '../../../dsl/plan/types.ts';
import { clipLarge, clipText, llama13b, llama7b, llava13b, tiny } from './models.ts';

const empty: ModelPlan = { name: 'm', vision: null, contrast: null, projector: null, language: null };
const count = (parts: Partial<ModelPlan>) => countParameters(parametersOf({ ...empty, ...parts }));
const shapes = (model: ModelPlan) => new Map(parametersOf(model).map((p) => [p.name, p.shape]));

describe('parameter counts of published models', () => {
  it('CLIP ViT-L/14: 303,179,776 in the vision tower', () => expect(count({ vision: clipLarge })).toBe(303_179_776));

  it('CLIP ViT-L/14 whole: 427,616,513 with its text side, projections and temperature', () => {
    expect(count({ vision: clipLarge, contrast: clipText })).toBe(427_616_513);
  });

  it('LLaMA 7B: 6,738,415,616', () => expect(count({ language: llama7b })).toBe(6_738_415_616));

  it('LLaMA 13B: 13,015,864,320', () => expect(count({ language: llama13b })).toBe(13_015_864_320));

  it("the paper's projection at 13B: one matrix and its bias", () => {
    const projector = parametersOf(llava13b).filter((p) => p.name.startsWith('projector.'));
    expect(projector).toEqual([
      { name: 'projector.linear_1.weight', shape: [5120, 1024] },
      { name: 'projector.linear_1.bias', shape: [5120] },
    ]);
  });
});

describe('names and shapes', () => {
  it('are unique', () => {
    const names = parametersOf(tiny).map((p) => p.name);
    expect(new Set(names).size).toBe(names.length);
  });

  it('count patches and the class token as positions', () => {
    expect(shapes(llava13b).get('vision.embeddings.position_embedding.weight')).toEqual([257, 1024]);
  });

  it('keep keys and values smaller where key heads are shared', () => {
    const shape = shapes(tiny);
    expect(shape.get('language.layers.0.self_attn.q_proj.weight')).toEqual([4, 4]);
    expect(shape.get('language.layers.0.self_attn.k_proj.weight')).toEqual([2, 4]);
    expect(shape.get('language.layers.0.self_attn.o_proj.weight')).toEqual([4, 4]);
  });

  it('have no head of their own where embeddings are tied', () => {
    const tied = shapes({ ...tiny, language: { ...tiny.language!, tieEmbeddings: true } });
    expect(tied.has('language.lm_head.weight')).toBe(false);
    expect(tied.has('language.embed_tokens.weight')).toBe(true);
  });

  it('widen only in the first layer of an mlp projector', () => {
    const shape = shapes({ ...llava13b, projector: { layers: 3, activation: 'gelu', bias: false } });
    expect(shape.get('projector.linear_1.weight')).toEqual([5120, 1024]);
    expect(shape.get('projector.linear_3.weight')).toEqual([5120, 5120]);
    expect(shape.has('projector.linear_1.bias')).toBe(false);
  });

  it('leave out parts that a stage does not hold', () => {
    const names = parametersOf({ ...tiny, projector: null, language: null }).map((p) => p.name);
    expect(new Set(names.map((name) => name.split('.')[0]))).toEqual(new Set(['vision', 'contrast']));
  });
});
