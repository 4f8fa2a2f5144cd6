import type { Command } from 'commander';
import { answer } from '../ui/output.ts';

export function register(program: Command): void {
  program
    .command('logs')
    .summary('what a run and its stages have logged')
    .description('Print the log of a run and of the stages that it made, in order of time.')
    .argument('<run>', 'id of the run (llava runs lists them)')
    .option('--home <dir>', 'where the state lives (default: found in or below the working folder)')
    .option('--json', 'the log lines as they are (JSON Lines)')
    .addHelpText('after', '\nExample:\n  $ llava logs mini_ablation-20261124-1')
    .action(async (id: string, options: { home?: string; json?: true }) => {
      const [{ findRun }, { logLines, readable }] = await Promise.all([
        import('../../runs/find.ts'),
        import('../../runs/logs.ts'),
      ]);
      const lines = logLines(findRun(id, options.home), id);
      if (lines.length > 0)
        answer(lines.map((line) => (options.json ? JSON.stringify(line) : readable(line))).join('\n'));
    });
}
