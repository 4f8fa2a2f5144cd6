import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parametersOf } from '../../../dsl/model/parameters.ts';
import { parsePattern } from '../../../dsl/model/pattern-grammar.ts';
import { matchPattern } from '../../../dsl/model/pattern.ts';
import { llava13b, tiny } from './models.ts';

const names = parametersOf(tiny).map((p) => p.name);
const match = (pattern: string) => matchPattern(pattern, names).parameters;
const layersIn = (pattern: string, model = names) => {
  const found = matchPattern(pattern, model).parameters.map((name) => Number(/layers\.(\d+)\./.exec(name)?.[1]));
  return [...new Set(found)];
};
const under = (prefix: string) => names.filter((name) => name === prefix || name.startsWith(`${prefix}.`));
const problem = (pattern: string) => matchPattern(pattern, names).problem;
const marked = (pattern: string) => pattern.slice(problem(pattern)!.start, problem(pattern)!.end);

describe('what a pattern names', () => {
  it('a module is everything below it', () => {
    expect(match('vision')).toEqual(under('vision'));
    expect(match('language.layers[1].mlp')).toEqual(under('language.layers.1.mlp'));
  });

  it('one parameter, by its whole name', () => {
    expect(match('language.embed_tokens.weight')).toEqual(['language.embed_tokens.weight']);
    expect(match('contrast.logit_scale')).toEqual(['contrast.logit_scale']);
  });

  it('is never a prefix of a word: `vision.layer` is not `vision.layers`', () => {
    expect(match('vision.layer')).toEqual([]);
  });

  it('ranges hold both ends', () => expect(layersIn('language.layers[1..3].self_attn')).toEqual([1, 2, 3]));

  it('negative numbers count from the end', () => {
    expect(layersIn('language.layers[-2..]')).toEqual([3, 4]);
    expect(layersIn('language.layers[-1]')).toEqual([4]);
    expect(layersIn('language.layers[..-4]')).toEqual([0, 1]);
  });

  it('[*] and [..] are all, and so is no index at all', () => {
    expect(match('vision.layers[*]')).toEqual(under('vision.layers'));
    expect(match('vision.layers[..]')).toEqual(under('vision.layers'));
    expect(match('vision.layers')).toEqual(under('vision.layers'));
  });

  it('`*` stands for one segment, whatever its name', () => {
    expect(match('*')).toEqual(names);
    expect(match('language.layers.*.self_attn')).toEqual(match('language.layers[*].self_attn'));
    expect(match('*.layers[0]')).toEqual([...under('vision.layers.0'), ...under('language.layers.0')]);
  });

  it('a layer number may stand as a segment, as in a parameter name', () => {
    expect(match('vision.layers.2.mlp')).toEqual(match('vision.layers[2].mlp'));
  });

  it('counts by number, not by letter: layer 10 of 40 comes after 9', () => {
    const large = parametersOf(llava13b).map((p) => p.name);
    expect(layersIn('language.layers[8..11]', large)).toEqual([8, 9, 10, 11]);
  });
});

describe('properties', () => {
  const range = fc.tuple(fc.nat(4), fc.nat(4)).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);

  it('every parameter is named by its own name, alone', () => {
    for (const name of names) expect(match(name)).toEqual([name]);
  });

  it('a range names what its layers name one by one', () => {
    fc.assert(
      fc.property(range, ([first, last]) => {
        const single = Array.from({ length: last - first + 1 }, (_, i) =>
          match(`language.layers[${first + i}]`),
        ).flat();
        expect(match(`language.layers[${first}..${last}]`)).toEqual(single);
      }),
    );
  });

  it('a range and its complement name all layers, and none twice', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3 }), (cut) => {
        const both = [...match(`language.layers[..${cut}]`), ...match(`language.layers[${cut + 1}..]`)];
        expect(both).toEqual(under('language.layers'));
      }),
    );
  });

  it('a negative index is the same place counted from the end', () => {
    fc.assert(
      fc.property(range, ([first, last]) => {
        expect(match(`language.layers[${first - 5}..${last - 5}]`)).toEqual(
          match(`language.layers[${first}..${last}]`),
        );
      }),
    );
  });

  it('whatever the text, the answer is parameters or a problem within it, never both, never a crash', () => {
    const piece = fc.constantFrom(
      'vision',
      'layers',
      '[0]',
      '[-9]',
      '[',
      ']',
      '..',
      '.',
      '*',
      '3',
      'mlp',
      ' ',
      'é',
      '-',
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join('')),
        (text) => {
          const found = matchPattern(text, names);
          expect(found.parameters.length > 0).toBe(found.problem === null);
          if (!found.problem) return;
          expect(found.problem.start).toBeGreaterThanOrEqual(0);
          expect(found.problem.end).toBeGreaterThanOrEqual(found.problem.start);
          expect(found.problem.end).toBeLessThanOrEqual(text.length);
        },
      ),
    );
  });
});

describe('a pattern that names nothing says which segment is wrong', () => {
  it('a misspelt part, with the near name', () => {
    expect(problem('lanugage.layers[0]')).toMatchObject({ kind: 'unknown-segment', near: ['language'] });
    expect(marked('lanugage.layers[0]')).toBe('lanugage');
    expect(problem('lanugage')!.allowed).toEqual(['vision', 'contrast', 'projector', 'language']);
  });

  it('a misspelt module below, with what stands there', () => {
    const found = problem('language.layers[0].self_attention')!;
    expect(marked('language.layers[0].self_attention')).toBe('self_attention');
    expect(found.near).toEqual(['self_attn']);
    expect(found.message).toContain('`language.layers.0` has no part `self_attention`');
  });

  it('a layer that does not exist, at either end of a range', () => {
    expect(problem('vision.layers[3]')).toMatchObject({ kind: 'out-of-range' });
    expect(problem('vision.layers[0..15]')!.message).toBe(
      '`vision.layers` has 3 items: 15 is not in 0 to 2 (or -3 to -1)',
    );
    expect(problem('vision.layers[-4..]')).toMatchObject({ kind: 'out-of-range' });
    expect(marked('vision.layers[0..15].mlp')).toBe('[0..15]');
    expect(problem('vision.layers.3.mlp')).toMatchObject({ kind: 'out-of-range' });
  });

  it('a range that runs backwards', () => {
    expect(problem('language.layers[3..1]')).toMatchObject({ kind: 'empty-range' });
    expect(problem('language.layers[-1..-2]')).toMatchObject({ kind: 'empty-range' });
  });

  it('a list without an index, mended by the replacement it offers', () => {
    const pattern = 'language.layers.self_attn';
    const { kind, start, end, near } = problem(pattern)!;
    expect(kind).toBe('needs-index');
    expect(match(pattern.slice(0, start) + near[0]! + pattern.slice(end))).toEqual(
      match('language.layers[*].self_attn'),
    );
  });

  it('an index on what is no list, mended likewise', () => {
    const pattern = 'vision[0..1].mlp';
    const { kind, start, end, near } = problem(pattern)!;
    expect(kind).toBe('not-a-list');
    expect(match(pattern.slice(0, start) + near[0]! + pattern.slice(end))).toEqual(match('vision.layers[0..1].mlp'));
  });

  it('a path that goes on below a parameter', () => {
    expect(problem('contrast.logit_scale.weight')!.message).toBe('`contrast.logit_scale` has no parts');
  });

  it.each([
    ['', 0],
    ['vision.', 7],
    ['vision..layers', 7],
    ['.vision', 0],
    ['vision.layers[', 13],
    ['vision.layers[]', 13],
    ['vision.layers[1 2]', 13],
    ['vision.layers[a]', 13],
    ['vision layers', 6],
  ])('a syntax error is at its place: %j', (text, start) => {
    expect(problem(text)).toMatchObject({ kind: 'syntax', start });
  });
});

describe('the parsed form', () => {
  it('keeps the place of every segment', () => {
    const text = 'language.layers[ -2 .. ].mlp';
    const parsed = parsePattern(text);
    if (!parsed.ok) throw new Error(parsed.message);
    expect(parsed.pattern.segments.map((s) => text.slice(s.start, s.end))).toEqual([
      'language',
      'layers[ -2 .. ]',
      'mlp',
    ]);
    expect(parsed.pattern.segments[1]!.index).toMatchObject({ kind: 'range', first: -2, last: null });
  });
});
