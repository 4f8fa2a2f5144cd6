import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import type { RunRecord } from '../../runs/record.ts';
import { answer, answerJson, say } from '../ui/output.ts';
import { parseParallel, prepareWatcher } from '../ui/run-session.ts';
import type { SessionOptions } from '../ui/run-session.ts';

interface RunOptions extends SessionOptions {
  set: string[];
  only: string[];
  detach?: true;
  run?: string;
  fork?: true;
}

/** The compiler's warning about an absent file: here it is an error, with more to say. */
const ABSENT_FILE = 'LLV0405';

export const collect = (value: string, before: string[]): string[] => [...before, value];

export function register(program: Command): void {
  program
    .command('run')
    .summary('run an experiment')
    .description(
      'Run an experiment to its end and print its table. What was done before, by this run or another one, is taken from the store.\n' +
        'Ctrl-C cancels after a checkpoint; twice ends at once.',
    )
    .argument('<file>', 'the experiment (.llava)')
    .option('--set <path=value>', 'change a value, e.g. --set tune.batch=16 (may be repeated)', collect, [])
    .option('--only <stage>', 'only this stage and what it needs (may be repeated)', collect, [])
    .option('--run <id>', 'the id of the run (default: experiment, day, number)')
    .option('--fork', 'with --run of an existing run: run the changed file as a new run')
    .option('--detach', 'run in the background and print the run’s id')
    .option('--parallel <n>', 'stages that may run at the same time (default: number of cores)', parseParallel)
    .option('--home <dir>', 'where the state lives (default: .llava beside the experiment)')
    .option('--address <host:port>', 'a Temporal cluster of your own (default: a server of the home)')
    .option('--namespace <name>', 'its namespace')
    .option('--json', 'print the results as JSON')
    .option('--quiet', 'no progress')
    .addHelpText('after', '\nExample:\n  $ llava run experiments/mini/quick.llava --set seeds=[1,2,3]')
    .action(async (file: string, options: RunOptions) => {
      const { loadExperiment } = await import('../ui/experiment.ts');
      const {
        file: path,
        base,
        plan,
      } = loadExperiment(file, options.set, process.cwd(), options.quiet ?? [ABSENT_FILE]);
      const [{ homeOf, openHome }, { checkOnly, prepareRun }, { createRun, loadRecord }, { checkRunId, freshRunId }] =
        await Promise.all([
          import('../../store/home.ts'),
          import('../../runs/prepare.ts'),
          import('../../runs/record.ts'),
          import('../../runs/ids.ts'),
        ]);
      const only = options.only.length > 0 ? options.only : null;
      checkOnly(plan, only);
      const home = openHome(homeOf(path, options.home));
      let id = options.run === undefined ? freshRunId(home, plan.experiment) : checkRunId(options.run);
      if (options.fork && loadRecord(home, id)) id = freshRunId(home, plan.experiment);
      await prepareRun(home, plan, base, only, prepareWatcher(options.quiet));
      const record: RunRecord = {
        version: 'llava-run/1',
        id,
        experiment: plan.experiment,
        file: path,
        set: options.set,
        cwd: process.cwd(),
        only,
        state: 'starting',
        created: new Date().toISOString(),
        started: null,
        ended: null,
        supervisor: null,
        error: null,
      };
      createRun(home, record, plan);
      if (options.detach) {
        detach(home.dir, id, options);
        if (options.json) answerJson({ run: id, home: home.dir });
        else answer(id);
        return;
      }
      if (!options.quiet) say(`run ${id}`);
      const { runSession } = await import('../ui/run-session.ts');
      await runSession(home, record, plan, base, options);
    });
}

/** Goes on with the run in a process of its own session, whose output goes to the run's folder. */
export function detach(home: string, id: string, options: SessionOptions): void {
  const main = fileURLToPath(new URL('../main.ts', import.meta.url));
  const log = openSync(join(home, 'runs', id, 'output.txt'), 'a');
  const args = [
    ...['resume', id, '--home', home],
    ...(options.parallel === undefined ? [] : ['--parallel', String(options.parallel)]),
    ...(options.address === undefined ? [] : ['--address', options.address]),
    ...(options.namespace === undefined ? [] : ['--namespace', options.namespace]),
  ];
  const child = spawn(process.execPath, [main, ...args], { detached: true, stdio: ['ignore', log, log] });
  child.unref();
  closeSync(log);
}
