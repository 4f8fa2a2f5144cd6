import type { Command } from 'commander';
import { columns, duration } from '../ui/format.ts';
import { answer, answerJson, say } from '../ui/output.ts';

export function register(program: Command): void {
  program
    .command('runs')
    .summary('list the runs')
    .description('List the runs of the homes in and below the working folder (.llava folders), or of --home.')
    .option('--home <dir>', 'only this home')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample:\n  $ llava runs')
    .action(async (options: { home?: string; json?: true }) => {
      const [{ findHomes }, { listRuns, loadProgress, shownState }] = await Promise.all([
        import('../../runs/find.ts'),
        import('../../runs/record.ts'),
      ]);
      const rows = findHomes(options.home).flatMap((home) =>
        listRuns(home).map((record) => ({ home, record, progress: loadProgress(home, record.id) })),
      );
      if (options.json) {
        answerJson({
          runs: rows.map(({ home, record }) => ({
            id: record.id,
            experiment: record.experiment,
            file: record.file,
            state: shownState(record),
            created: record.created,
            ended: record.ended,
            home: home.dir,
          })),
        });
        return;
      }
      if (rows.length === 0) {
        say('no runs yet; llava run FILE makes one');
        return;
      }
      const table = rows.map(({ record, progress }) => {
        const stages = progress?.stages ?? [];
        const ended = stages.filter(({ state }) => state === 'done' || state === 'cached').length;
        const took =
          record.started === null
            ? ''
            : duration(Date.parse(record.ended ?? new Date().toISOString()) - Date.parse(record.started));
        return [
          record.id,
          shownState(record),
          stages.length === 0 ? '' : `${ended}/${stages.length}`,
          record.created.slice(0, 16).replace('T', ' '),
          took,
        ];
      });
      answer(columns([['RUN', 'STATE', 'STAGES', 'BEGUN (UTC)', 'TOOK'], ...table], [2, 4]));
    });
}
