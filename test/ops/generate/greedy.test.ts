import { describe, expect, it } from 'vitest';
import { Generator, type Prompt } from '../../../ops/generate/greedy.ts';
import type { ExecutorKind } from '../../../ops/backend/index.ts';
import { normal } from '../../../ops/train/rng.ts';
import { imageSlots } from '../../../ops/models/slots.ts';
import { openTensorFlow } from '../tensorflow.ts';
import { tinyModel, tinyWeights } from '../models/tiny.ts';
import { decodeUncached } from './uncached.ts';

const binding = openTensorFlow();
const IMAGE = 3;
const features = (seed: number) => normal(seed, 'picture', [4, 16], 5).data as Float32Array;
const prompts: Prompt[] = [
  { ids: [1, 3, 3, 3, 3, 20, 21], features: features(1) },
  { ids: [1, 30] },
  { ids: [1, 12, 13, 3, 3, 3, 3, 14, 15, 16], features: features(2) },
  { ids: [1, 40, 41, 42, 43] },
  { ids: [1, 3, 3, 3, 3, 20, 21], features: features(3) },
];

describe.skipIf(!binding)('greedy decoding', () => {
  const weights = tinyWeights(6, 2);
  const wanted = (prompt: Prompt, eos: number, maxNewTokens: number) =>
    decodeUncached(
      binding!,
      tinyModel,
      weights,
      prompt.features
        ? {
            ids: prompt.ids,
            slots: imageSlots(Int32Array.from(prompt.ids), prompt.ids.length, IMAGE, 4, [0]),
            features: { dtype: 'f32', shape: [1, 4, 16], data: prompt.features },
          }
        : { ids: prompt.ids },
      { maxNewTokens, eos, kind: 'eager' },
    );
  const decode = async (options: { batch: number; eos: number; max: number; kind?: ExecutorKind; steps?: number }) => {
    const generator = new Generator(binding!, tinyModel, weights, {
      batch: options.batch,
      buckets: [16, 8],
      maxNewTokens: options.max,
      eos: options.eos,
      pad: 0,
      imageToken: IMAGE,
      ...(options.kind && { executor: options.kind }),
      ...(options.steps && { stepsPerCall: options.steps }),
    });
    const done: number[] = [];
    const answers = await generator.generate(prompts, { onProgress: (count) => done.push(count) });
    generator.dispose();
    return { answers, done };
  };

  it.each(['graph', 'eager'] as const)(
    'gives the tokens of decoding without a cache, with pictures and without (%s)',
    async (kind) => {
      const { answers, done } = await decode({ batch: 2, eos: -1, max: 12, kind, steps: 3 });
      expect(answers).toEqual(prompts.map((prompt) => wanted(prompt, -1, 12)));
      expect(new Set(answers.map(String)).size).toBe(prompts.length);
      expect(done).toEqual([2, 4, 5]);
    },
  );

  it('stops each row at the end token and leaves it out', async () => {
    const { answers: endless } = await decode({ batch: 5, eos: -1, max: 12, kind: 'eager' });
    const eos = endless[0]![4]!;
    const { answers } = await decode({ batch: 5, eos, max: 12, kind: 'eager' });
    expect(answers).toEqual(endless.map((ids) => (ids.includes(eos) ? ids.slice(0, ids.indexOf(eos)) : ids)));
    expect(answers[0]!.length).toBeLessThan(12);
  });

  it('makes no more tokens than asked for, whatever a call makes', async () => {
    for (const max of [1, 2, 9]) {
      const { answers } = await decode({ batch: 5, eos: -1, max, steps: 4, kind: 'eager' });
      expect(answers.map((ids) => ids.length)).toEqual([max, max, max, max, max]);
    }
  });

  it('refuses what cannot be decoded', async () => {
    const options = {
      batch: 1,
      buckets: [4],
      maxNewTokens: 2,
      eos: 2,
      pad: 0,
      imageToken: IMAGE,
      executor: 'eager' as const,
    };
    const generator = new Generator(binding!, tinyModel, weights, options);
    await expect(generator.generate([{ ids: [1, 2, 3, 4, 5] }])).rejects.toThrow('prompt of 5 tokens does not fit');
    await expect(generator.generate([{ ids: [] }])).rejects.toThrow('at least one token');
    await expect(generator.generate([{ ids: [1, 3, 3, 3] }])).rejects.toThrow(
      'row 0 holds 3 image tokens, 0 are needed',
    );
    await expect(generator.generate([{ ids: [1, 3], features: features(1) }])).rejects.toThrow(
      '1 image tokens, 4 are needed',
    );
    generator.dispose();
    const without = new Map([...weights].filter(([name]) => name !== 'language.norm.weight'));
    expect(() => new Generator(binding!, tinyModel, without, options)).toThrow('"language.norm.weight" is missing');
  });
});
