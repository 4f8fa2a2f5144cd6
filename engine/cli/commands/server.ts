import type { Command } from 'commander';
import { answer, answerJson, say } from '../ui/output.ts';

export function register(program: Command): void {
  program
    .command('server')
    .summary('keep the Temporal server of a home up')
    .description(
      'Start the embedded Temporal server of a home, or join the one that runs, print its address, and keep it up until Ctrl-C.',
    )
    .requiredOption('--home <dir>', 'the home whose server to run')
    .option('--json', 'print the address as JSON')
    .addHelpText('after', '\nExample:\n  $ llava server --home experiments/mini/.llava')
    .action(async (options: { home: string; json?: true }) => {
      const [{ openHome }, { Cluster }, { untilStopped }] = await Promise.all([
        import('../../store/home.ts'),
        import('../../runs/cluster.ts'),
        import('../ui/until-stopped.ts'),
      ]);
      const stopped = untilStopped();
      const cluster = await Cluster.open(openHome(options.home), {});
      try {
        if (options.json) answerJson(cluster.target);
        else answer(cluster.target.address);
        while (!stopped.aborted) {
          if ((await cluster.check()) !== 'well')
            say(`the server was gone; it is up again at ${cluster.target.address}`);
          await new Promise((resolve) => setTimeout(resolve, 200));
        }
      } finally {
        await cluster.close();
      }
    });
}
