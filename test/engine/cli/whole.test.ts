import { cpSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { Lab, until } from '../support/cli.ts';

/** `experiments/mini/quick.llava`, smaller still, on real Temporal and real TensorFlow. */
const lab = new Lab();
afterAll(() => lab.close());

const file = join(import.meta.dirname, '../../../experiments/mini/quick.llava');
const smaller = [
  ...['world.images=120', 'world.validation_images=20', 'world.documents=300', 'see.steps=6', 'read.steps=8'],
  ...['align.steps=6', 'tune.steps=60'],
].flatMap((setting) => ['--set', setting]);
const home = join(lab.dir, 'whole');
let artifacts: Record<string, Record<string, string>>;

const ofStage = (stage: string): [string, Record<string, string>] | undefined =>
  Object.entries(artifacts).find(([key]) => key.startsWith(`${stage}-`));

test('the quick experiment goes the whole way: world, foundations, data, alignment, tuning, exam', async () => {
  const ended = await lab.run('run', file, ...smaller, '--home', home, '--run', 'whole');
  expect(ended, ended.stderr).toMatchObject({ code: 0 });
  expect(ended.stdout).toMatch(/exam +accuracy/);
  artifacts = lab.artifacts(home);
  const made = Object.keys(artifacts).map((key) => key.split('-')[0]);
  expect(made).toEqual(expect.arrayContaining(['world', 'see', 'read', 'instruct', 'align', 'tune', 'exam']));
  expect(Object.keys(ofStage('tune')![1])).toEqual(
    expect.arrayContaining(['language.safetensors', 'projector.safetensors']),
  );
}, 240_000);

test('after kill -9 in the middle of tuning the weights are those of an uninterrupted run, bit for bit', async () => {
  const second = join(lab.dir, 'killed');
  mkdirSync(join(second, 'store'), { recursive: true });
  for (const key of Object.keys(artifacts)) {
    if (!/^(tune|exam)-/.test(key)) cpSync(join(home, 'store', key), join(second, 'store', key), { recursive: true });
  }
  const [tune] = ofStage('tune')!;
  const checkpoints = join(second, 'work', tune, 'checkpoints');
  const run = lab.start('run', file, ...smaller, '--home', second, '--run', 'killed');
  await until(
    () => existsSync(checkpoints) && readdirSync(checkpoints).some((name) => name.startsWith('checkpoint-')),
    120_000,
  );
  const workers = lab.pids('worker/main.ts', second);
  expect(workers).toHaveLength(1);
  process.kill(workers[0]!, 'SIGKILL');
  const ended = await run.ended;
  expect(ended, ended.stderr).toMatchObject({ code: 0 });
  expect(ended.stderr).toContain('the worker was ended by SIGKILL');
  // Caches of features are keyed by where the pictures lie.
  const stages = (all: typeof artifacts): typeof artifacts =>
    Object.fromEntries(Object.entries(all).filter(([key]) => !key.startsWith('features-')));
  expect(stages(lab.artifacts(second))).toEqual(stages(artifacts));
}, 240_000);
