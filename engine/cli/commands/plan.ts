import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import type { Plan } from '../../../dsl/plan/types.ts';
import { answer, answerJson, colors } from '../ui/output.ts';

interface Options {
  set: string[];
  json?: true;
  quiet?: true;
  diff?: string;
  home?: string;
}

/** `data file is absent`: the plan says so itself, beside the number that it takes instead. */
const ABSENT_FILE = 'LLV0405';

export function register(program: Command): void {
  program
    .command('plan')
    .summary('what would run, and why')
    .description(
      'Show what an experiment would do before anything runs: its stages, what is cached, frozen and trained modules, ' +
        'samples, steps, tokens, compute and memory. Samples are counted in the data; where the data is absent, the number ' +
        'that the file declares is taken, and the plan says so.',
    )
    .argument('<file>', 'experiment file')
    .option(
      '--set <path=value>',
      'change a value first (repeatable)',
      (value: string, all: string[]) => [...all, value],
      [],
    )
    .option('--json', 'print the same as JSON')
    .option('--quiet', 'no warnings')
    .option('--diff <file|run>', 'show how the plan differs from that of another file, or of a run')
    .option('--home <dir>', 'where the state lives (default: .llava beside the experiment)')
    .addHelpText(
      'after',
      '\nExamples:\n  $ llava plan experiments/paper/llava-13b.llava\n  $ llava plan a.llava --set tune.batch=16 --diff a.llava',
    )
    .action(async (file: string, options: Options) => {
      const { loadExperiment } = await import('../ui/experiment.ts');
      const known = options.quiet ? true : [ABSENT_FILE];
      const experiment = loadExperiment(file, options.set, process.cwd(), known);
      if (options.diff !== undefined)
        return printDiff(await planOf(options.diff, options.home), experiment.plan, options);
      const [{ describePlan }, { standingsOf }, { planText }, { homeOf }] = await Promise.all([
        import('../../planview/describe.ts'),
        import('../../planview/standing.ts'),
        import('../../planview/text.ts'),
        import('../../store/home.ts'),
      ]);
      const standings = await standingsOf(experiment.plan, homeOf(experiment.file, options.home), experiment.base);
      const view = await describePlan(experiment.plan, experiment.file, standings);
      if (options.json) answerJson(view);
      else answer(planText(view, colors(process.stdout)));
    });
}

async function printDiff(before: Plan, now: Plan, options: Options): Promise<void> {
  const { diffPlans, diffText } = await import('../../planview/diff.ts');
  const diff = diffPlans(before, now);
  if (options.json) answerJson(diff);
  else answer(diffText(diff, colors(process.stdout)));
}

/** The plan of a file as it stands, without `--set`; or of a run. */
async function planOf(fileOrRun: string, home: string | undefined): Promise<Plan> {
  if (existsSync(fileOrRun) || fileOrRun.endsWith('.llava')) {
    const { loadExperiment } = await import('../ui/experiment.ts');
    return loadExperiment(fileOrRun, [], process.cwd(), true).plan;
  }
  const [{ findRun }, { loadPlan }] = await Promise.all([import('../../runs/find.ts'), import('../../runs/record.ts')]);
  return loadPlan(findRun(fileOrRun, home), fileOrRun);
}
