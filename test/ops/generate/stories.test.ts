import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Generator } from '../../../ops/generate/greedy.ts';
import type { ModelConfig } from '../../../ops/models/config.ts';
import { openTensorFlow } from '../tensorflow.ts';
import { readLlama2c, readPieces } from './llama2c.ts';
import { decodeUncached } from './uncached.ts';

const folder = join(import.meta.dirname, '../../../../shared/data/stories260K');
const present = existsSync(join(folder, 'stories260K.bin'));
if (!present) console.warn('skipped: the trained LLaMA of ../shared/data/stories260K is not here');
const binding = openTensorFlow();

/** The model, its tokenizer's pieces and texts with their ids; a skipped suite's body is still evaluated, so this stands outside. */
function load() {
  const { language, weights } = readLlama2c(join(folder, 'stories260K.bin'));
  const pieces = readPieces(join(folder, 'tok512.bin'), language.vocab);
  const config: ModelConfig = { vision: null, contrast: null, projector: null, language };
  const textOf = (ids: readonly number[]) => Buffer.concat(ids.map((id) => pieces[id]!)).toString('utf8');
  const goldens = readFileSync(join(folder, 'goldens_tok512.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { text: string; ids: number[] });
  return { config, weights, goldens, textOf };
}
type Story = ReturnType<typeof load>;
const story = present ? load() : null;

describe.skipIf(!present || !binding)('a trained LLaMA with grouped queries (stories260K)', () => {
  const { config, weights, goldens, textOf } = story ?? ({} as Story);

  const decode = async (prompts: readonly number[][], maxNewTokens: number) => {
    const options = {
      batch: prompts.length,
      buckets: [24],
      maxNewTokens,
      eos: 2,
      pad: 0,
      imageToken: null,
      stepsPerCall: 4,
    };
    const generator = new Generator(binding!, config, weights, options);
    const answers = await generator.generate(prompts.map((ids) => ({ ids })));
    generator.dispose();
    return answers;
  };

  it('tells the story that llama2.c tells at temperature 0', async () => {
    const [story] = await decode([[1]], 60);
    expect(textOf(story!).trimStart()).toMatch(
      /^Once upon a time, there was a little girl named Lily\. She loved to play outside in the park\. One day, she saw a big, red ball\./,
    );
  });

  it('continues other beginnings the same with and without the cache, alone and in a batch', async () => {
    expect(goldens.length).toBeGreaterThan(2);
    for (const { text, ids } of goldens) expect(textOf(ids).trim()).toBe(text);
    const prompts = goldens.map(({ ids }) => [1, ...ids]);
    const answers = await decode(prompts, 30);
    prompts.forEach((ids, i) => {
      const wanted = decodeUncached(binding!, config, weights, { ids }, { maxNewTokens: 30, eos: 2, kind: 'graph' });
      expect(answers[i]).toEqual(wanted);
      expect(wanted.length).toBeGreaterThan(20);
    });
  });
});
