import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { compile } from '../../../dsl/compile.ts';
import { toJson } from '../../../dsl/diagnostics/diagnostic.ts';
import type { Diagnostic } from '../../../dsl/diagnostics/diagnostic.ts';
import { render, summary } from '../../../dsl/diagnostics/render.ts';
import { nodeFiles } from '../../../dsl/files.ts';
import { DataError } from '../../stages/types.ts';
import { Exit, ExitCode } from '../ui/exit.ts';
import { answer, answerJson, hasColor, say } from '../ui/output.ts';

interface Options {
  json?: boolean;
  quiet?: boolean;
  set: string[];
}

export function register(program: Command): void {
  program
    .command('check')
    .summary('all problems of experiment files')
    .description(
      'Find every problem that the text of an experiment has; nothing is run and no data is read.\n' +
        'A data file that is absent is a warning here, and an error when a run needs it. Exit code 1 when there are errors.',
    )
    .argument('<file...>', 'experiment files')
    .option('--json', 'print the diagnostics as JSON')
    .option('--quiet', 'print errors only')
    .option(
      '--set <path=value>',
      'change a value first (repeatable)',
      (value: string, all: string[]) => [...all, value],
      [],
    )
    .addHelpText('after', '\nExample:\n  $ llava check experiments/mini/ablation.llava --set tune.batch=16')
    .action((files: string[], options: Options) => {
      const all = files.flatMap((file) => diagnose(file, options.set));
      const shown = options.quiet ? all.filter((d) => d.severity === 'error') : all;
      if (options.json) {
        answerJson({ diagnostics: shown.map(toJson) });
      } else {
        if (shown.length > 0) answer(render(shown, { color: hasColor(process.stdout) }));
        const total = summary(shown);
        if (!options.quiet || total !== '')
          say(total === '' ? `${files.join(', ')}: no problems` : `${total} in ${files.join(', ')}`);
      }
      if (all.some((d) => d.severity === 'error')) throw new Exit(ExitCode.data);
    });
}

function diagnose(file: string, set: string[]): Diagnostic[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const reason =
      (error as NodeJS.ErrnoException).code === 'EISDIR' ? 'it is a folder' : 'it is not there, or may not be read';
    throw new DataError(`cannot read ${file}: ${reason}`);
  }
  return compile(text, { file, files: nodeFiles, set, cwd: process.cwd() }).diagnostics;
}
