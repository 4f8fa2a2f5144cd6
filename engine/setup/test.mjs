/**
 * `npm test`: set up what is missing, check types, lint and format, run the tests. Arguments go to vitest (`npm test -- test/dsl`).
 * The last line is `N passed, N failed` (and `, N skipped`), where each check counts as one test; so is vitest itself when it ends
 * without a report or fails for a reason that no test names.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ensureModules, findNode, npm, run, runTypeScript } from './bootstrap.mjs';
import { countTests } from './counts.mjs';

const checks = ['check:types', 'check:lint', 'check:format'];

await ensureModules();
const counts = { passed: 0, failed: 0, skipped: 0 };
const signalled = (code) => code > 128;

const setUp = await runTypeScript('engine/setup/main.ts', []);
if (signalled(setUp)) process.exit(setUp);
if (setUp !== 0) counts.failed++;

for (const check of checks) {
  const start = Date.now();
  const code = await npmRun(check);
  if (signalled(code)) process.exit(code);
  counts[code === 0 ? 'passed' : 'failed']++;
  process.stdout.write(`${code === 0 ? '✓' : '✗'} ${check} (${((Date.now() - start) / 1000).toFixed(1)} s)\n`);
}

const folder = mkdtempSync(join(tmpdir(), 'llava-test-'));
try {
  const report = join(folder, 'report.json');
  const vitest = join('node_modules', 'vitest', 'vitest.mjs');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const code = await runTypeScript(vitest, ['run', ...reporters, ...process.argv.slice(2)]);
  if (signalled(code)) process.exitCode = code;
  const tests = countTests(readReport(report), code);
  if (tests.problem) process.stdout.write(`✗ ${tests.problem}\n`);
  for (const key of Object.keys(counts)) counts[key] += tests[key];
} finally {
  rmSync(folder, { recursive: true, force: true });
}

if (counts.failed > 0) process.exitCode ||= 1;
const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : '';
process.stdout.write(`${counts.passed} passed, ${counts.failed} failed${skipped}\n`);

/** One of package.json's scripts, with the Node that the tests run on. */
function npmRun(script) {
  const { command, args } = npm();
  const env = { PATH: `${dirname(findNode())}:${process.env.PATH ?? ''}` };
  return run(command, [...args, 'run', '--silent', script], { stdio: ['ignore', 'inherit', 'inherit'], env });
}

function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}
