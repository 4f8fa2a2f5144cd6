import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { tokenise } from '../../../dsl/parse/lexer.ts';
import { ABLATION, codes, compileText, edited, errors, SMALL } from '../helpers.ts';

describe('recovery', () => {
  it.each([
    ['a missing `=`', 'batch    = 32', 'batch    32', ['LLV0006 48']],
    ['a missing value', 'steps    = 400', 'steps    =', ['LLV0004 47']],
    ['a misspelt statement', 'freeze   vision, language', 'freez   vision, language', ['LLV0005 45']],
    ['a misspelt block word', 'stage align : train', 'stge align : train', ['LLV0005 41']],
    ['a missing brace', 'batch    = 32\n}\n\nstage tune', 'batch    = 32\n\nstage tune', ['LLV0002 41']],
    ['a brace too many', 'batch    = 32\n}\n\nstage tune', 'batch    = 32\n}\n}\n\nstage tune', ['LLV0003 50']],
    ['an open string', '"data"', '"data', ['LLV0009 3']],
    ['a foreign character', 'steps    = 400', 'steps    = 400 §', ['LLV0008 47']],
    ['a missing colon', 'stage align : train', 'stage align train', ['LLV0007 41']],
    ['an unclosed list', '[see, read]', '[see, read', ['LLV0002 43']],
    ['an unknown attribute', 'batch    = 32\n}\n\nstage tune', 'bacth    = 32\n}\n\nstage tune', ['LLV0105 48']],
    ['a misspelt kind of stage', 'stage align : train', 'stage align : trian', ['LLV0108 41']],
    ['a misspelt name', 'stage world :', 'stage wrold :', ['LLV0103 13']],
  ])('%s is one error', (_, from, to, expected) => {
    expect(codes(compileText(edited(from, to)))).toEqual(expected);
  });

  it('keeps on finding problems after a syntax error', () => {
    const text = edited('steps    = 400', 'steps    =', edited('objective = text', 'objective = txt'));
    expect(codes(compileText(text))).toEqual(['LLV0201 28', 'LLV0004 47']);
  });

  it('points into the file when the text ends too early', () => {
    const compiled = compileText('experiment a\nstage s : train {\n  batch = ');
    for (const { span } of compiled.diagnostics) {
      expect(span.source.position(span.start).line).toBeLessThanOrEqual(3);
      expect(span.end).toBeGreaterThan(span.start);
    }
    expect(compiled.diagnostics[0]?.code).toMatch(/^LLV000/);
    expect(compiled.plan).toBeNull();
  });

  it('never throws, and one token taken out or doubled gives few errors', () => {
    const text = SMALL + ABLATION;
    const tokens = tokenise(text).tokens;
    fc.assert(
      fc.property(fc.nat(tokens.length - 1), fc.boolean(), (index, double) => {
        const token = tokens[index]!;
        const [start, end] = [token.startOffset, token.startOffset + token.image.length];
        const changed = double ? `${text.slice(0, end)} ${text.slice(start)}` : text.slice(0, start) + text.slice(end);
        const found = errors(compileText(changed));
        return found.length <= 5;
      }),
      { numRuns: 40 },
    );
  });

  it('answers any text with diagnostics, not with an exception', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(SMALL.length), (noise, at) => {
        const compiled = compileText(SMALL.slice(0, at) + noise + SMALL.slice(at));
        return compiled.plan !== null || compiled.diagnostics.length > 0;
      }),
      { numRuns: 40 },
    );
  });
});
