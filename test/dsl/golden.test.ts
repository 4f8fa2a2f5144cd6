import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compile } from '../../dsl/compile.ts';
import { CATALOGUE } from '../../dsl/diagnostics/catalogue.ts';
import { render, summary } from '../../dsl/diagnostics/render.ts';
import { noFiles } from '../../dsl/files.ts';
import { root } from './helpers.ts';

const folder = join(root, 'test/dsl/golden');
const cases = readdirSync(folder).filter((file) => file.endsWith('.llava'));

/** What the compiler says about a golden text; a first line `// --set a=b` gives changes of the command line. */
function said(file: string): string {
  const text = readFileSync(join(folder, file), 'utf8');
  const set = [...text.matchAll(/^\/\/ --set (.*)$/gm)].map((match) => match[1] ?? '');
  const { diagnostics } = compile(text, { file, files: noFiles, set, cwd: '/' });
  return `${render(diagnostics, { color: false })}\n${summary(diagnostics) || 'no problems'}\n`;
}

describe('diagnostics', () => {
  it.each(cases)('%s', (file) => {
    const golden = join(folder, file.replace(/\.llava$/, '.txt'));
    if (process.env['UPDATE_GOLDEN'] || !existsSync(golden)) writeFileSync(golden, said(file));
    expect(said(file)).toBe(readFileSync(golden, 'utf8'));
  });

  it('the golden texts show every diagnostic of the catalogue', () => {
    const shown = new Set(cases.flatMap((file) => [...said(file).matchAll(/\[(LLV\d+)\]/g)].map((match) => match[1])));
    expect(Object.keys(CATALOGUE).filter((code) => !shown.has(code))).toEqual([]);
  });
});
