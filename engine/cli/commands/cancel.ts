import type { Command } from 'commander';
import { say } from '../ui/output.ts';

export function register(program: Command): void {
  program
    .command('cancel')
    .summary('stop a run after a checkpoint')
    .description('Stop a run: its stages write a checkpoint, and llava resume goes on from there.')
    .argument('<run>', 'id of the run (llava runs lists them)')
    .option('--home <dir>', 'where the state lives (default: found in or below the working folder)')
    .option('--address <host:port>', 'a Temporal cluster of your own (default: a server of the home)')
    .option('--namespace <name>', 'its namespace')
    .option('--quiet', 'say nothing')
    .addHelpText('after', '\nExample:\n  $ llava cancel mini_ablation-20261124-1')
    .action(async (id: string, options: { home?: string; address?: string; namespace?: string; quiet?: true }) => {
      const [{ findRun }, { stopRun }] = await Promise.all([
        import('../../runs/find.ts'),
        import('../../runs/stop.ts'),
      ]);
      const state = await stopRun(findRun(id, options.home), id, {
        address: options.address,
        namespace: options.namespace,
      });
      if (!options.quiet) say(`run ${id} is ${state}`);
    });
}
