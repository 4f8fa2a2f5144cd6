import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { compile } from '../../../dsl/compile.ts';
import { render } from '../../../dsl/diagnostics/render.ts';
import { nodeFiles } from '../../../dsl/files.ts';
import { PLAN_VERSION } from '../../../dsl/plan/types.ts';
import type { Plan } from '../../../dsl/plan/types.ts';
import { EXTRA_STAGES } from '../../stages/registry.ts';
import { DataError } from '../../stages/types.ts';
import { Exit, ExitCode } from './exit.ts';
import { hasColor, say } from './output.ts';

export interface Experiment {
  /** Absolute path of the file. */
  file: string;
  /** Its folder: relative file names of the plan begin here. */
  base: string;
  plan: Plan;
}

/**
 * Compiles an experiment file. Diagnostics go to stderr (`quiet`: errors only, or all but these codes); with errors the command ends with exit code 1.
 * Relative file names in `set` begin at `cwd`.
 */
export function loadExperiment(
  file: string,
  set: readonly string[],
  cwd: string,
  quiet: boolean | readonly string[] = false,
): Experiment {
  if (!existsSync(file)) throw new DataError(`${file} does not exist`);
  if (!statSync(file).isFile()) throw new DataError(`${file} is not a file`);
  const path = resolve(file);
  const text = readFileSync(path, 'utf8');
  if (path.endsWith('.json') && process.env[EXTRA_STAGES])
    return { file: path, base: dirname(path), plan: planOf(text, file) };
  const { plan, diagnostics } = compile(text, { file, files: nodeFiles, set, cwd });
  const shown = diagnostics.filter(({ severity, code }) => severity === 'error' || !isQuiet(code, quiet));
  if (shown.length > 0) say(render(shown, { color: hasColor(process.stderr) }));
  if (!plan) throw new Exit(ExitCode.data);
  return { file: path, base: dirname(path), plan };
}

const isQuiet = (code: string, quiet: boolean | readonly string[]): boolean =>
  typeof quiet === 'boolean' ? quiet : quiet.includes(code);

/** A plan that is already compiled: how the tests of the engine run stage kinds that the language does not have. */
function planOf(text: string, file: string): Plan {
  const plan = JSON.parse(text) as Plan;
  if (plan.version !== PLAN_VERSION) throw new DataError(`${file} is not a plan of version ${PLAN_VERSION}`);
  return plan;
}
