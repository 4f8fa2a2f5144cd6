import type { Command } from 'commander';
import type { RunProgress } from '../../../workflows/types.ts';
import { columns } from '../ui/format.ts';
import { metricsLine, stageLabels } from '../ui/labels.ts';
import { answer, answerJson } from '../ui/output.ts';
import { lineOfProgress } from '../ui/run-plain.ts';

export function register(program: Command): void {
  program
    .command('status')
    .summary('how far a run is')
    .description(
      'Show the stages of a run: state, progress, attempts, results. Works from the files on disk, also while no server is up.',
    )
    .argument('<run>', 'id of the run (llava runs lists them)')
    .option('--home <dir>', 'where the state lives (default: found in or below the working folder)')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample:\n  $ llava status mini_ablation-20261124-1 --json')
    .action(async (id: string, options: { home?: string; json?: true }) => {
      const [{ findRun }, { loadProgress, loadRecord, shownState }, { freshened }] = await Promise.all([
        import('../../runs/find.ts'),
        import('../../runs/record.ts'),
        import('../../runs/live.ts'),
      ]);
      const home = findRun(id, options.home);
      const record = loadRecord(home, id)!;
      const state = shownState(record);
      const known = loadProgress(home, id);
      const progress = known && (state === 'running' ? freshened(home, known) : settled(known, state));
      const { experiment, file, created, started, ended, error } = record;
      if (options.json) {
        const { stages = [], variants = [] } = progress ?? {};
        answerJson({ id, experiment, file, state, created, started, ended, error, home: home.dir, stages, variants });
        return;
      }
      const lines = [`${id}: ${state}${error ? `\n  ${error.message}` : ''}`];
      if (progress) {
        const labels = stageLabels(progress);
        const rows = progress.stages.map((stage) => [
          labels.get(stage.id) ?? stage.name,
          stage.state,
          stage.attempts > 1 ? `attempt ${stage.attempts}` : '',
          stage.state === 'running' ? lineOfProgress(stage, null) : (stage.lastError ?? metricsLine(stage.metrics, 4)),
        ]);
        lines.push(columns(rows));
      }
      if (state === 'interrupted' || state === 'failed' || state === 'cancelled')
        lines.push(`go on with: llava resume ${id}`);
      answer(lines.join('\n'));
    });
}

/** The last that is known of a run that nobody looks after: nothing of it is running. */
function settled(progress: RunProgress, state: string): RunProgress {
  if (state !== 'interrupted') return progress;
  const stages = progress.stages.map((stage) =>
    stage.state === 'running' || stage.state === 'queued' ? { ...stage, state: 'waiting' as const } : stage,
  );
  return { ...progress, stages };
}
