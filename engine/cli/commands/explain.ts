import type { Command } from 'commander';
import { CATALOGUE } from '../../../dsl/diagnostics/catalogue.ts';
import type { Code } from '../../../dsl/diagnostics/catalogue.ts';
import { closest } from '../../../dsl/diagnostics/suggest.ts';
import { answer, answerJson } from '../ui/output.ts';
import { UsageError } from '../ui/exit.ts';

export function register(program: Command): void {
  program
    .command('explain')
    .summary('a diagnostic in full')
    .description('Say what a diagnostic means and how to mend it; without a code, list them all.')
    .argument('[code]', 'such as LLV0502')
    .option('--json', 'print it as JSON')
    .addHelpText('after', '\nExample:\n  $ llava explain LLV0502')
    .action((code: string | undefined, options: { json?: boolean }) => {
      if (code === undefined) {
        const all = Object.entries(CATALOGUE).map(([name, { severity, message }]) => ({
          code: name,
          severity,
          message,
        }));
        if (options.json) answerJson({ diagnostics: all });
        else answer(all.map((d) => `${d.code}  ${d.severity.padEnd(7)}  ${d.message}`).join('\n'));
        return;
      }
      const name = code.toUpperCase();
      if (!isCode(name)) {
        const near = closest(name, Object.keys(CATALOGUE));
        throw new UsageError(
          `there is no diagnostic ${code}${near === null ? '' : `; did you mean ${near}?`} (llava explain lists them all)`,
        );
      }
      const { severity, message, explain } = CATALOGUE[name];
      if (options.json) answerJson({ code: name, severity, message, explain });
      else answer(`${name} (${severity}): ${message}\n\n${explain}`);
    });
}

function isCode(name: string): name is Code {
  return Object.hasOwn(CATALOGUE, name);
}
