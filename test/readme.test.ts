import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { compile } from '../dsl/compile.ts';
import { nodeFiles } from '../dsl/files.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const readme = readFileSync(`${root}README.md`, 'utf8');

test('the experiment in the README compiles without a word', () => {
  const block = /```llava\n([\s\S]*?)```/.exec(readme)![1]!;
  const { plan, diagnostics } = compile(block, { file: 'first.llava', files: nodeFiles, set: [], cwd: root });
  expect(diagnostics).toEqual([]);
  expect(plan!.stages.map((stage) => stage.name)).toEqual(
    expect.arrayContaining(['world', 'see', 'read', 'instruct', 'align', 'tune', 'exam']),
  );
});

test('files that the README points to exist', () => {
  const links = [...readme.matchAll(/\]\(((?!https?:)[^)]+)\)/g)].map((match) => match[1]!);
  expect(links.length).toBeGreaterThan(5);
  expect(links.filter((link) => !existsSync(root + link))).toEqual([]);
});
