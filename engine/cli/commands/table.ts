import type { Command } from 'commander';
import { Option } from 'commander';
import type { TableFormat } from '../../report/table.ts';
import { answer, hasColor, say } from '../ui/output.ts';

/** As TABLE_FORMATS of engine/report/table.ts, which is loaded only when it is called for. */
const FORMATS: readonly TableFormat[] = ['text', 'markdown', 'csv', 'json'];

export function register(program: Command): void {
  program
    .command('table')
    .summary('the ablation table of a run')
    .description(
      'Print the ablation table of a run: measured mean ± sd of every variant, its difference from the base row, the paper’s figures beside them.\n' +
        'A run that has not ended shows what is measured so far.',
    )
    .argument('<run>', 'id of the run (llava runs lists them)')
    .addOption(new Option('--format <format>', 'how to print it').choices(FORMATS).default('text'))
    .option('--json', 'the same as --format json')
    .option('--home <dir>', 'where the state lives (default: .llava beside the experiment)')
    .addHelpText('after', '\nExample:\n  $ llava table mini_ablation-20261124-1 --format markdown > table.md')
    .action(async (id: string, options: { format: TableFormat; json?: true; home?: string }) => {
      const [{ findRun }, { readRun }, { renderMetrics, renderTables }] = await Promise.all([
        import('../../runs/find.ts'),
        import('../../runs/record.ts'),
        import('../../report/table.ts'),
      ]);
      const { plan, results } = readRun(findRun(id, options.home), id);
      const format = options.json ? 'json' : options.format;
      if (plan.ablations.length > 0) {
        answer(
          renderTables(plan, results, format, {
            color: format === 'text' && hasColor(process.stdout),
          }),
        );
        return;
      }
      const metrics = renderMetrics(plan, results, format);
      if (metrics === '') say(`run ${id} has no ablation, and no evaluate stage of it has ended.`);
      else answer(metrics);
    });
}
