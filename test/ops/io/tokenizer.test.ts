import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadTokenizer, saveTokenizer, tokenizerFromJson, tokenizerToJson } from '../../../ops/io/tokenizer/file.ts';
import { trainBpe } from '../../../ops/io/tokenizer/train.ts';

const corpus = [
  'USER: How many red stars are there?\nASSISTANT: There are 3 red stars.',
  "The blue circle isn't magnetic; the red star is. Wood doesn't conduct, iron does.",
  'A big green square lies left of a small red star [0.125, 0.250].',
  'Ein größerer Stern – naïve café, 東京, 😁.',
];
const tokenizer = trainBpe(corpus, { vocab: 400 });
const pieces = (text: string) => tokenizer.encode(text).map((id) => tokenizer.tokens[id]);

describe('trainBpe', () => {
  it('gives special tokens the first ids, then bytes, then merges', () => {
    expect([...tokenizer.specials]).toEqual([['<pad>', 0], ['<s>', 1], ['</s>', 2], ['<image>', 3]]); // prettier-ignore
    expect(tokenizer.tokens[4]).toBe('!');
    expect(tokenizer.tokens[4 + 256]).toBe(tokenizer.merges[0]!.join(''));
    expect(tokenizer.size).toBeLessThanOrEqual(400);
  });

  it('learns the most frequent pair first, ties by the lower ids', () => {
    // Words: " ab" three times, " cd" twice: pairs (Ġ, a), (a, b) → 3; ids order bytes by code point, Ġ comes after letters.
    const { merges } = trainBpe(['ab ab ab cd cd'], { vocab: 264 });
    expect(merges).toEqual([['a', 'b'], ['Ġ', 'ab'], ['c', 'd'], ['Ġ', 'cd']]); // prettier-ignore
  });

  it('does not depend on the order of the texts', () => {
    expect(tokenizerToJson(trainBpe([...corpus].reverse(), { vocab: 400 }))).toBe(tokenizerToJson(tokenizer));
  });

  it('never merges across words, digits or special tokens', () => {
    const { tokens } = trainBpe(Array<string>(50).fill('<s>one 12 two,<s>'), { vocab: 600 });
    const learnt = tokens.slice(260);
    expect(learnt).toContain('Ġone');
    expect(learnt.filter((token) => /\d.|.\d|.Ġ|[a-z],|<s>/.test(token))).toEqual([]);
  });

  it('refuses a vocabulary without room for the bytes', () => {
    expect(() => trainBpe(corpus, { vocab: 259 })).toThrow('needs at least 260 tokens');
  });
});

describe('encode and decode', () => {
  it('puts a space before a segment and splits words, digits and signs', () => {
    expect(pieces('red star')).toEqual(pieces(' red star'));
    expect(pieces('red star')).toEqual(['Ġred', 'Ġstar']);
    expect(pieces('3red').slice(0, 2)).toEqual(['Ġ', '3']);
    expect(pieces('10')).toEqual(['Ġ', '1', '0']);
  });

  it('turns special tokens in a text into their ids, and keeps segments apart', () => {
    const [left, right] = [tokenizer.encode('USER: a'), tokenizer.encode('b?')];
    expect(tokenizer.encode('<s>USER: a<image>b?</s>')).toEqual([1, ...left, 3, ...right, 2]);
    expect(tokenizer.encode('<image><image>')).toEqual([3, 3]);
    expect(tokenizer.decode([1, ...left, 3, 2])).toBe('USER: a');
    expect(tokenizer.decode([1, ...left, 2], { keepSpecials: true })).toBe('<s> USER: a</s>');
  });

  it('reads special tokens as ordinary characters in plain text', () => {
    const ids = tokenizer.encodeText('a </s> b');
    expect(ids).not.toContain(2);
    expect(tokenizer.decode(ids)).toBe('a </s> b');
  });

  it('gives back every text', () => {
    const text = fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' }), fc.constantFrom(...corpus));
    fc.assert(
      fc.property(text, (t) => {
        fc.pre(!/\p{Cs}/u.test(t) && !t.startsWith(' '));
        expect(tokenizer.decode(tokenizer.encodeText(t))).toBe(t);
      }),
      { numRuns: 300 },
    );
  });

  it('has an answer for what it does not know', () => {
    expect(tokenizer.id('<image>')).toBe(3);
    expect(() => tokenizer.id('<video>')).toThrow('no token "<video>"');
    expect(() => tokenizer.decode([100_000])).toThrow('id 100000 is not in the vocabulary');
  });
});

describe('tokenizer.json', () => {
  it('comes back from a file as it was', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'llava-tokenizer-'));
    const file = join(dir, 'tokenizer.json');
    await saveTokenizer(file, tokenizer);
    const loaded = await loadTokenizer(file);
    expect(tokenizerToJson(loaded)).toBe(tokenizerToJson(tokenizer));
    for (const text of corpus) expect(loaded.encode(text)).toEqual(tokenizer.encode(text));
    rmSync(dir, { recursive: true });
    await expect(loadTokenizer(file)).rejects.toThrow(`${file}: no such file`);
  });

  it('agrees with Hugging Face tokenizers, which read it and encoded these texts', () => {
    const golden = JSON.parse(readFileSync(join(import.meta.dirname, 'golden/tokenizers.json'), 'utf8')) as {
      text: string;
      ids: number[];
      decoded: string;
    }[];
    expect(golden.length).toBeGreaterThan(15);
    for (const { text, ids, decoded } of golden) {
      expect(tokenizer.encode(text), JSON.stringify(text)).toEqual(ids);
      expect(tokenizer.decode(ids)).toBe(decoded);
    }
  });

  it('says so when it is of another kind or broken', () => {
    expect(() => tokenizerFromJson('{', 'f.json')).toThrow('f.json: is not JSON');
    expect(() => tokenizerFromJson('{"model":{"type":"Unigram"}}', 'f.json')).toThrow('f.json: is a Unigram tokenizer');
    const json = tokenizerToJson(tokenizer);
    expect(() => tokenizerFromJson(json.replace('"individual_digits": true', '"individual_digits": false'))).toThrow(
      'another kind',
    );
    const broken = json.replace(/"merges": \[\s*"[^"]+"/, '"merges": ["€ €"');
    expect(() => tokenizerFromJson(broken)).toThrow('makes a token that is not in the vocabulary');
  });
});
