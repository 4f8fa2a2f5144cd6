import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { Cluster } from '../../engine/runs/cluster.ts';
import { openHome } from '../../engine/store/home.ts';
import { Lab, until } from '../engine/support/cli.ts';
import { countPlan } from '../engine/support/plans.ts';

/**
 * Records the histories that `replay.test.ts` replays, into test/fixtures/histories: `node test/workflows/record-histories.ts`.
 * Record again only when a change of the workflow code is meant to break the replay of runs that are going on.
 */
const FOLDER = join(import.meta.dirname, '../fixtures/histories');

const ROOT = join(import.meta.dirname, '../..');
const lab = new Lab();
const home = join(lab.dir, 'home');
const journal = 'journal.txt';
const shared = [
  { name: 'world' },
  { name: 'flaky', inputs: ['world'], retry: 1, config: { failures: 1 } },
  {
    name: 'probe',
    inputs: ['world'],
    asserts: [{ metric: 'steps', op: '==' as const, value: 10, text: 'probe.steps == 10' }],
  },
];
const variants = {
  a: [...shared, { name: 'tune', inputs: ['flaky'], after: ['probe'], seed: 1 }],
  b: [...shared, { name: 'tune', inputs: ['flaky'], after: ['probe'], seed: 2 }],
};

const scrubbed = (text: string): string =>
  text.replaceAll(lab.dir, '/lab').replaceAll(ROOT, '/llava').replaceAll(hostname(), 'host');

/** Paths and names of the machine that recorded have no place in a fixture; payloads are base64. */
function cleaned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(cleaned);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => {
        if (key !== 'data' || typeof item !== 'string') return [key, cleaned(item)];
        const text = Buffer.from(item, 'base64').toString('utf8');
        return [key, Buffer.from(scrubbed(text)).toString('base64')];
      }),
    );
  }
  return typeof value === 'string' ? scrubbed(value) : value;
}

try {
  const file = lab.plan(countPlan(journal, variants));
  await lab.run('run', file, '--home', home, '--run', 'done', '--quiet');
  await lab.run('run', file, '--home', home, '--run', 'cached', '--quiet');
  const bad = countPlan(journal, {
    main: [...shared, { name: 'bad', inputs: ['world'], config: { trouble: 'data' } }],
  });
  await lab.run('run', lab.plan(bad, 'bad.json'), '--home', home, '--run', 'failed', '--quiet');
  const slow = countPlan(journal, { main: [{ name: 'slow', config: { steps: 500, stepMs: 20 } }] });
  const run = lab.start('run', lab.plan(slow, 'slow.json'), '--home', home, '--run', 'cancelled', '--quiet');
  await until(() => lab.starts('slow').length === 1);
  run.child.kill('SIGINT');
  await run.ended;

  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  const cluster = await Cluster.open(openHome(home), {});
  for await (const { workflowId, runId, type } of cluster.client.workflow.list()) {
    const history = await cluster.client.workflow.getHandle(workflowId, runId).fetchHistory();
    const name = `${type}-${workflowId.split('/').slice(3).join('-').replaceAll('#', '-')}`.replace(
      /-([0-9a-f]{8})[0-9a-f]{56}$/,
      '-$1',
    );
    const json = cleaned(JSON.parse(historyToJSON(history)));
    writeFileSync(join(FOLDER, `${name}.json`), `${JSON.stringify(json, null, 1)}\n`);
  }
  await cluster.close();
  console.log(readdirSync(FOLDER).join('\n'));
} finally {
  await lab.close();
}
