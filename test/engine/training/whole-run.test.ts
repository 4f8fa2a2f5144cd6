import { copyFileSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Lab, until } from '../support/cli.ts';
import { readSafetensors } from '../../../ops/io/safetensors/read.ts';

const lab = new Lab();
const file = join(lab.dir, 'tiny.llava');
const reference = join(lab.dir, 'reference');

beforeAll(async () => {
  copyFileSync(fileURLToPath(new URL('./tiny.llava', import.meta.url)), file);
  const ended = await lab.run('run', file, '--home', reference, '--run', 'r', '--quiet');
  expect(ended, ended.stderr).toMatchObject({ code: 0 });
}, 240_000);

afterAll(() => lab.close());

/** Folder of the files that the stage made. */
function made(home: string, stage: string): string {
  const key = readdirSync(join(home, 'store')).find((name) => name.startsWith(`${stage}-`))!;
  return join(home, 'store', key, 'files');
}

/** Step of the newest whole checkpoint of a train stage; 0 while there is none. */
function trainedTo(home: string, stage: string): number {
  const work = join(home, 'work');
  const key = existsSync(work) ? readdirSync(work).find((name) => name.startsWith(`${stage}-`)) : undefined;
  if (key === undefined) return 0;
  const steps = readdirSync(join(work, key), { recursive: true })
    .map((path) => /checkpoint-(\d+)$/.exec(String(path))?.[1])
    .filter((step) => step !== undefined);
  return Math.max(0, ...steps.map(Number));
}

const kill = (pids: number[]): void => {
  expect(pids.length).toBeGreaterThan(0);
  for (const pid of pids) process.kill(pid, 'SIGKILL');
};

test('the run trains, generates, tunes and examines for real', async () => {
  const history = JSON.parse(readFileSync(join(made(reference, 'tune'), 'history.json'), 'utf8')) as { loss: number }[];
  expect(history).toHaveLength(40);
  expect(history.at(-1)!.loss).toBeLessThan(history[0]!.loss);
  const { outputs } = JSON.parse(readFileSync(join(made(reference, 'exam'), 'predictions.json'), 'utf8')) as {
    outputs: Record<string, string>;
  };
  expect(Object.keys(outputs)).toHaveLength(16);
});

test('modules that a stage keeps frozen are the very files of the stage before', () => {
  const inode = (stage: string, name: string): number => statSync(join(made(reference, stage), name)).ino;
  expect(inode('align', 'vision.safetensors')).toBe(inode('see', 'vision.safetensors'));
  expect(inode('align', 'language.safetensors')).toBe(inode('read', 'language.safetensors'));
  expect(inode('tune', 'language.safetensors')).not.toBe(inode('read', 'language.safetensors'));
});

test('a rule on one layer moves that layer and no other', async () => {
  const before = await readSafetensors(join(made(reference, 'see'), 'vision.safetensors'));
  const after = await readSafetensors(join(made(reference, 'tune'), 'vision.safetensors'));
  const moved = [...after].filter(([name, { data }]) => data.some((x, i) => x !== before.get(name)!.data[i]));
  expect(moved.length).toBeGreaterThan(0);
  expect(moved.every(([name]) => name.startsWith('vision.layers.0.'))).toBe(true);
});

test('kill -9 of worker, server and tool, before and after parameters are unfrozen, ends in the same bits', async () => {
  const home = join(lab.dir, 'killed');
  const run = lab.start('run', file, '--home', home, '--run', 'r');
  await until(() => trainedTo(home, 'tune') >= 5, 120_000);
  kill(lab.pids('worker/main.ts', home));
  // The worker comes back by itself; then everything goes at once, after the first unfreezing.
  await until(() => trainedTo(home, 'tune') >= 15, 120_000);
  kill([run.child.pid!, ...lab.pids('worker/main.ts', home), ...lab.pids('server start-dev', home)]);
  await run.ended;

  const resumed = lab.start('resume', 'r', '--home', home);
  await until(() => trainedTo(home, 'tune') >= 30, 120_000);
  kill(lab.pids('server start-dev', home));
  const ended = await resumed.ended;
  expect(ended, ended.stderr).toMatchObject({ code: 0 });
  expect(lab.artifacts(home)).toEqual(lab.artifacts(reference));
}, 300_000);

test('a broken checkpoint is passed over for the one before, with the same end', async () => {
  const home = join(lab.dir, 'broken');
  const run = lab.start('run', file, '--home', home, '--run', 'r');
  await until(() => trainedTo(home, 'tune') >= 20, 120_000);
  kill([run.child.pid!, ...lab.pids('worker/main.ts', home), ...lab.pids('server start-dev', home)]);
  await run.ended;
  await until(() => lab.pids('worker/compute.ts').length === 0);
  const newest = readdirSync(join(home, 'work'), { recursive: true })
    .map(String)
    .filter((path) => /tune-.*checkpoint-\d+\/state\.safetensors$/.test(path))
    .sort()
    .at(-1)!;
  const path = join(home, 'work', newest);
  const bytes = readFileSync(path);
  bytes[bytes.length - 1]! ^= 1;
  writeFileSync(path, bytes);
  const ended = await lab.run('resume', 'r', '--home', home);
  expect(ended, ended.stderr).toMatchObject({ code: 0 });
  expect(lab.artifacts(home)).toEqual(lab.artifacts(reference));
}, 300_000);

test('the exported folder holds every tensor under its Hugging Face name', async () => {
  const folder = join(lab.dir, 'model');
  const ended = await lab.run('export', 'r:tune', '--home', reference, '-o', folder, '--json');
  expect(ended, ended.stderr).toMatchObject({ code: 0 });
  const config = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) as Record<string, unknown>;
  expect(config).toMatchObject({ model_type: 'llava', vision_feature_layer: -2, projector_hidden_act: 'linear' });
  const tensors = await readSafetensors(join(folder, 'model.safetensors'));
  expect([...tensors.keys()]).toContain('language_model.model.layers.1.self_attn.o_proj.weight');
  expect([...tensors.keys()]).toContain('vision_tower.encoder.layers.0.mlp.fc1.bias');
  expect(tensors.get('multi_modal_projector.linear_1.weight')!.shape).toEqual([32, 16]);
  const again = await lab.run('export', 'r:tune', '--home', reference, '-o', folder);
  expect(again.code).toBe(1);
  expect(again.stderr).toContain('exists already');
});
