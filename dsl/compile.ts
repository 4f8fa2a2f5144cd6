import { Reporter } from './diagnostics/diagnostic.ts';
import type { Diagnostic } from './diagnostics/diagnostic.ts';
import { Source } from './diagnostics/source.ts';
import type { FileReader } from './files.ts';
import { parse } from './parse/parse.ts';
import { lower } from './plan/lower.ts';
import type { Plan } from './plan/types.ts';
import { checkParams } from './resolve/params.ts';
import { applyOverride, readSetting } from './resolve/override.ts';
import { declare } from './resolve/scope.ts';
import type { SyntaxNode } from './syntax/tree.ts';

export interface CompileOptions {
  /** The experiment file as given; names the file in diagnostics, and its folder is where relative paths begin. */
  file: string;
  files: FileReader;
  /** `path=value` arguments of the command line, later ones win. */
  set: readonly string[];
  /** The current directory: paths given by `set` are relative to it. */
  cwd: string;
}

export interface Compiled {
  /** Null when there are errors. */
  plan: Plan | null;
  /** Errors and warnings, in order of place. */
  diagnostics: Diagnostic[];
  /** The lossless tree of the text. */
  tree: SyntaxNode;
}

/** Text → plan, with every problem found on the way. Never throws for anything a text can say. */
export function compile(text: string, options: CompileOptions): Compiled {
  const reporter = new Reporter();

  // 1. Text → tokens → trees.
  const source = new Source(options.file, text);
  const { file, tree, lost } = parse(source, reporter);

  // 2. Tree → names.
  let scope = declare(file, lost, reporter);

  // 3. Changes of the command line.
  for (const argument of options.set) {
    const override = readSetting(argument, reporter);
    if (override !== null) scope = applyOverride(scope, override, reporter);
  }
  checkParams(scope, reporter);

  // 4. Names → values → plan; checks of models, data and rules on the way.
  const plan = lower(scope, reporter, { file: options.file, cwd: options.cwd, files: options.files });

  return { plan, diagnostics: reporter.diagnostics, tree };
}
