import { describe, expect, it } from 'vitest';
import type { TemplateName } from '../../../../dsl/plan/types.ts';
import { encodePrompt, encodeSample, IGNORE } from '../../../../engine/data/templates/encode.ts';
import type { Sample } from '../../../../engine/data/types.ts';
import { trainBpe } from '../../../../ops/io/tokenizer/train.ts';

const tokenizer = trainBpe(
  ['USER: What is this? ASSISTANT: A red star and a dog.', "A chat between a curious user and an assistant's"],
  { vocab: 330 },
);
const IMAGE = tokenizer.id('<image>');
const encoding = (template: TemplateName): Parameters<typeof encodeSample>[1] => ({
  template,
  tokenizer,
  imageTokens: 3,
  imageTokenId: IMAGE,
});

const sample: Sample = {
  id: 's1',
  image: '/x.png',
  turns: [
    { role: 'user', text: '<image>\nWhat is this?', supervised: false },
    { role: 'assistant', text: 'A red star.', supervised: true },
    { role: 'user', text: 'And <s> that </s>?', supervised: false },
    { role: 'assistant', text: 'A dog.', supervised: true },
  ],
};
const text = (ids: Iterable<number>): string => tokenizer.decode(ids, { keepSpecials: true });
const learnt = (labels: Int32Array): string => text([...labels].filter((id) => id !== IGNORE));

const SYSTEM =
  "A chat between a curious user and an artificial intelligence assistant. The assistant gives helpful, detailed, and polite answers to the user's questions.";

describe('templates', () => {
  it("vicuna_v1 is FastChat's text, the picture as image tokens", () => {
    const { ids, labels } = encodeSample(sample, encoding('vicuna_v1'), 1000);
    // A piece after a special token begins with a space of its own (the tokenizer's prefix space).
    expect(text(ids).replace('<image> \n', '<image>\n')).toBe(
      `<s> ${SYSTEM} USER: <image><image><image>\nWhat is this? ASSISTANT: A red star.</s> USER: And <s> that </s>? ASSISTANT: A dog.</s>`,
    );
    expect(learnt(labels)).toBe('A red star.</s> A dog.</s>');
  });

  it('short has a line for each speaker and no system sentence', () => {
    const { ids, labels } = encodeSample(sample, encoding('short'), 1000);
    expect(text(ids)).toBe(
      '<s> USER: <image><image><image> \nWhat is this?\nASSISTANT: A red star.</s> USER: And <s> that </s>?\nASSISTANT: A dog.</s>',
    );
    expect(learnt(labels)).toBe('A red star.</s> A dog.</s>');
  });

  it('plain is the picture and what is said of it', () => {
    const { ids, labels } = encodeSample({ ...sample, turns: sample.turns.slice(0, 2) }, encoding('plain'), 1000);
    expect(text(ids)).toBe('<s><image><image><image> A red star.</s>');
    expect(learnt(labels)).toBe('A red star.</s>');
  });

  it('tokens of the pieces are those of the whole text', () => {
    for (const template of ['vicuna_v1', 'short'] as const) {
      const { ids } = encodeSample({ ...sample, turns: sample.turns.slice(0, 2) }, encoding(template), 1000);
      expect([...ids]).toEqual(tokenizer.encode(text(ids)));
    }
  });

  it('special tokens that a user spells out are plain characters', () => {
    const { ids } = encodeSample(sample, encoding('short'), 1000);
    expect([...ids].filter((id) => id === tokenizer.id('</s>'))).toHaveLength(2);
    expect([...ids].filter((id) => id === tokenizer.id('<s>'))).toHaveLength(1);
  });

  it('a prompt is the beginning of the conversation it asks for', () => {
    for (const template of ['vicuna_v1', 'short', 'plain'] as const) {
      const { ids } = encodeSample({ ...sample, turns: sample.turns.slice(0, 2) }, encoding(template), 1000);
      const prompt = encodePrompt(sample.turns.slice(0, 1), encoding(template));
      expect([...ids].slice(0, prompt.length)).toEqual(prompt);
      expect(text([...ids].slice(prompt.length))).toBe('A red star.</s>');
    }
  });
});

describe('labels', () => {
  it('stand at the places of their tokens', () => {
    const { ids, labels, supervised } = encodeSample(sample, encoding('short'), 1000);
    expect(labels).toHaveLength(ids.length);
    for (const [i, label] of labels.entries()) if (label !== IGNORE) expect(label).toBe(ids[i]);
    expect(supervised).toBe([...labels].filter((label) => label !== IGNORE).length);
  });

  it('skip turns that are not supervised', () => {
    const turns = sample.turns.map((turn, i) => (i === 1 ? { ...turn, supervised: false } : turn));
    expect(learnt(encodeSample({ ...sample, turns }, encoding('short'), 1000).labels)).toBe('A dog.</s>');
  });

  it('a conversation that is too long loses its end', () => {
    const whole = encodeSample(sample, encoding('short'), 1000);
    const cut = encodeSample(sample, encoding('short'), whole.ids.length - 2);
    expect([...cut.ids]).toEqual([...whole.ids].slice(0, -2));
    expect(cut.supervised).toBe(whole.supervised - 2);
  });

  it('names a sample that nothing can be learnt from', () => {
    const silent = { ...sample, turns: sample.turns.map((turn) => ({ ...turn, supervised: false })) };
    expect(() => encodeSample(silent, encoding('short'), 1000)).toThrow(/sample s1: there is nothing to learn/);
    const prompt = encodePrompt(sample.turns.slice(0, 1), encoding('short'));
    expect(() => encodeSample(sample, encoding('short'), prompt.length)).toThrow(
      /sample s1: cut off after \d+ tokens, before its first answer/,
    );
    expect(() => encodeSample(sample, encoding('short'), 5)).toThrow(
      /sample s1: its picture does not fit into 5 tokens/,
    );
  });
});
