import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Command } from 'commander';
import type { Plan } from '../../../dsl/plan/types.ts';
import type { RunRecord } from '../../runs/record.ts';
import { answer, say, warn } from '../ui/output.ts';
import { parseParallel, prepareWatcher } from '../ui/run-session.ts';
import type { SessionOptions } from '../ui/run-session.ts';

interface ResumeOptions extends SessionOptions {
  detach?: true;
  fork?: true;
}

export function register(program: Command): void {
  program
    .command('resume')
    .summary('go on with a run')
    .description(
      'Go on with a run after a failure, a cancellation or a kill, from its last checkpoints.\n' +
        'When the experiment file says something else by now, --fork runs the changed file as a new run.',
    )
    .argument('<run>', 'id of the run (llava runs lists them)')
    .option('--fork', 'accept a changed experiment file, as a new run')
    .option('--detach', 'in the background')
    .option('--parallel <n>', 'stages that may run at the same time (default: number of cores)', parseParallel)
    .option('--home <dir>', 'where the state lives (default: found in or below the working folder)')
    .option('--address <host:port>', 'a Temporal cluster of your own (default: a server of the home)')
    .option('--namespace <name>', 'its namespace')
    .option('--json', 'print the results as JSON')
    .option('--quiet', 'no progress')
    .addHelpText('after', '\nExample:\n  $ llava resume mini_ablation-20261124-1')
    .action(async (id: string, options: ResumeOptions) => {
      const [{ findRun }, { createRun, loadPlan, loadRecord }, { prepareRun }, { freshRunId }] = await Promise.all([
        import('../../runs/find.ts'),
        import('../../runs/record.ts'),
        import('../../runs/prepare.ts'),
        import('../../runs/ids.ts'),
      ]);
      const home = findRun(id, options.home);
      let record = loadRecord(home, id)!;
      const known = loadPlan(home, id);
      const plan = await planOfToday(record, known, options);
      if (plan !== known) {
        const fresh = freshRunId(home, plan.experiment);
        record = {
          ...record,
          id: fresh,
          state: 'starting',
          created: new Date().toISOString(),
          started: null,
          ended: null,
          supervisor: null,
          error: null,
        };
        createRun(home, record, plan);
        if (!options.quiet)
          say(`the experiment has changed: run ${fresh} begins with what ${id} has in common with it`);
      }
      const base = dirname(record.file);
      await prepareRun(home, plan, base, record.only, prepareWatcher(options.quiet));
      if (options.detach) {
        const { detach } = await import('./run.ts');
        detach(home.dir, record.id, options);
        answer(record.id);
        return;
      }
      if (!options.quiet) say(`run ${record.id} goes on`);
      const { runSession } = await import('../ui/run-session.ts');
      await runSession(home, record, plan, base, options);
    });
}

/** The run's own plan, or with `--fork` the changed one; a change without it is an error that names what changed. */
async function planOfToday(record: RunRecord, known: Plan, options: ResumeOptions): Promise<Plan> {
  if (!existsSync(record.file)) {
    if (!options.quiet) warn(`${record.file} is gone; the run goes on with the plan that it began with`);
    return known;
  }
  const [{ loadExperiment }, { changedFields }, { DataError }] = await Promise.all([
    import('../ui/experiment.ts'),
    import('../../runs/changes.ts'),
    import('../../stages/types.ts'),
  ]);
  const { plan } = loadExperiment(record.file, record.set, record.cwd, true);
  const changes = changedFields(known, plan);
  if (changes.length === 0) return known;
  if (options.fork) return plan;
  const most = changes.slice(0, 12);
  const more = changes.length > most.length ? `\n  … and ${changes.length - most.length} more` : '';
  throw new DataError(
    `${record.file} has changed since run ${record.id} began:\n  ${most.join('\n  ')}${more}\n` +
      `take the changes back, or run the changed file as a new run: llava resume ${record.id} --fork`,
  );
}
