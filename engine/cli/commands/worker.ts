import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import { say } from '../ui/output.ts';
import { parseParallel } from '../ui/run-session.ts';

export function register(program: Command): void {
  program
    .command('worker')
    .summary('work on the runs of a home')
    .description(
      'Work on whatever the runs of a home have to do, until Ctrl-C: for detached runs, and for more machines on one cluster.',
    )
    .requiredOption('--home <dir>', 'the home whose runs to work on')
    .option('--parallel <n>', 'stages that may run at the same time (default: number of cores)', parseParallel)
    .option('--address <host:port>', 'a Temporal cluster of your own (default: a server of the home)')
    .option('--namespace <name>', 'its namespace')
    .addHelpText('after', '\nExample:\n  $ llava worker --home experiments/mini/.llava --parallel 4')
    .action(async (options: { home: string; parallel?: number; address?: string; namespace?: string }) => {
      const [{ openHome }, { Cluster }, { runWorker }, { untilStopped }] = await Promise.all([
        import('../../store/home.ts'),
        import('../../runs/cluster.ts'),
        import('../../worker/worker.ts'),
        import('../ui/until-stopped.ts'),
      ]);
      const home = openHome(options.home);
      const cluster = await Cluster.open(home, options);
      const parallel = options.parallel ?? availableParallelism();
      try {
        const ready = (): void =>
          say(`working for ${home.dir} at ${cluster.target.address}, ${parallel} stages at a time`);
        await runWorker({ home, target: cluster.target, parallel, signal: untilStopped(), onReady: ready });
      } finally {
        await cluster.close();
      }
    });
}
