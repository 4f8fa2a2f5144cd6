import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Reporter } from '../../../dsl/diagnostics/diagnostic.ts';
import { Source } from '../../../dsl/diagnostics/source.ts';
import { tokenise } from '../../../dsl/parse/lexer.ts';
import { parse } from '../../../dsl/parse/parse.ts';
import { textOfTree } from '../../../dsl/syntax/tree.ts';
import { example, examples, SMALL } from '../helpers.ts';

function tree(text: string): string {
  return textOfTree(parse(new Source('x.llava', text), new Reporter()).tree);
}

/** Pieces of the language in any order, so that recovery is met in all its corners. */
const soup = fc
  .array(
    fc.constantFrom(
      'stage a : train {',
      'model m {',
      '}',
      '{',
      '[',
      ']',
      '(',
      ')',
      '=',
      ',',
      '.',
      '..',
      '*',
      ':',
      '\n',
      '\r\n',
      ' ',
      '\t',
      '// note\n',
      'freeze',
      'unfreeze vision lr',
      '2e-5',
      '58K',
      '"text"',
      '"open',
      '${',
      '§',
      'x',
      'data',
      'variant',
      'at epoch 1',
      'checkpoint every',
      'layer -3',
      'patches + class',
      'paper',
      '>=',
      'assert',
      'per layer',
      'import',
      '-',
      '\\',
      '\u{1F600}',
    ),
    { maxLength: 60 },
  )
  .map((pieces) => pieces.join(''));

describe('the syntax tree', () => {
  it.each(examples)('gives back %s byte for byte', (file) => {
    expect(tree(example(file))).toBe(example(file));
  });

  it('gives back any text byte for byte, however broken', () => {
    fc.assert(
      fc.property(fc.oneof(soup, fc.string({ unit: 'binary' }), fc.string()), (text) => tree(text) === text),
      { numRuns: 400 },
    );
  });

  it('gives back an example with a stretch cut out or put in', () => {
    const place = fc.nat(SMALL.length);
    fc.assert(
      fc.property(place, fc.nat(40), soup, (at, length, extra) => {
        const text = SMALL.slice(0, at) + extra + SMALL.slice(at + length);
        return tree(text) === text;
      }),
      { numRuns: 200 },
    );
  });

  it('keeps comments and blank lines inside the block where they stand', () => {
    const text = 'experiment a // name\n\nmodel m { // open\n\n  projector = linear\n}\n';
    const parsed = parse(new Source('x', text), new Reporter());
    const items = parsed.tree.children.filter((child) => 'children' in child);
    expect(items.map(textOfTree).at(-1)).toBe('model m { // open\n\n  projector = linear\n}');
  });
});

describe('the lexer', () => {
  it('covers every byte with tokens, trivia and unknown characters', () => {
    fc.assert(
      fc.property(fc.oneof(soup, fc.string({ unit: 'binary' })), (text) => {
        const { tokens, trivia, unknown } = tokenise(text);
        const all = [...tokens, ...trivia, ...unknown].sort((a, b) => a.startOffset - b.startOffset);
        return all.map((token) => token.image).join('') === text;
      }),
      { numRuns: 400 },
    );
  });
});
