import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { referenceFile } from '../../dsl/docs/write.ts';
import { INTRODUCTION } from '../../dsl/docs/introduction.ts';
import { compileText, errors, root } from './helpers.ts';

it('docs/language.md is what the schema table says (else: node dsl/docs/write.ts)', async () => {
  expect(readFileSync(join(root, 'docs/language.md'), 'utf8')).toBe(await referenceFile());
});

it('the first example of docs/language.md compiles', () => {
  const text = /```llava\n(.*?)```/s.exec(INTRODUCTION)?.[1] ?? '';
  expect(text).toContain('experiment example');
  expect(errors(compileText(text))).toEqual([]);
});
