import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { workflowBundle } from '../../engine/worker/bundle.ts';

const FOLDER = join(import.meta.dirname, '../fixtures/histories');
const histories = readdirSync(FOLDER);

Runtime.install({ shutdownSignals: [], logger: new DefaultLogger('ERROR') });

test('there are recorded histories of each workflow, of runs that were done, cached, failed and cancelled', () => {
  for (const part of [
    'runWorkflow-done',
    'runWorkflow-cached',
    'runWorkflow-failed',
    'runWorkflow-cancelled',
    'variantWorkflow',
    'stageWorkflow-flaky',
  ]) {
    expect(
      histories.some((name) => name.startsWith(part)),
      part,
    ).toBe(true);
  }
});

test.each(histories)('the workflow code of today replays %s', async (name) => {
  const history: unknown = JSON.parse(readFileSync(join(FOLDER, name), 'utf8'));
  await Worker.runReplayHistory({ workflowBundle: await workflowBundle() }, history);
});

test('a history of other decisions is told apart', async () => {
  const name = histories.find((each) => each.startsWith('variantWorkflow-done'))!;
  const text = readFileSync(join(FOLDER, name), 'utf8').replaceAll('"awaitStage"', '"somethingElse"');
  await expect(Worker.runReplayHistory({ workflowBundle: await workflowBundle() }, JSON.parse(text))).rejects.toThrow(
    /[Nn]ondetermin/,
  );
});
