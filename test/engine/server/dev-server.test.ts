import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test } from 'vitest';
import { connectClient, raiseRetention } from '../../../engine/server/connect.ts';
import { runningServer, useServer } from '../../../engine/server/dev-server.ts';
import type { ServerUse } from '../../../engine/server/dev-server.ts';
import { startServer } from '../../../engine/server/process.ts';
import type { ServerFile } from '../../../engine/server/process.ts';
import { ensureTemporal } from '../../../engine/setup/temporal.ts';
import { EnvironmentError } from '../../../engine/stages/types.ts';
import { isAlive, signal, waitGone } from '../../../engine/store/process.ts';

const root = mkdtempSync(join(tmpdir(), 'llava-server-'));
const uses: ServerUse[] = [];
const binary = async (): Promise<string> => (await ensureTemporal()).path;

async function use(dir: string): Promise<ServerUse> {
  const made = await useServer(dir, binary);
  uses.push(made);
  return made;
}

afterEach(async () => {
  for (const each of uses.splice(0)) await each.leave();
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

test('all users of a folder share one server; the last to leave stops it', async () => {
  const dir = join(root, 'shared');
  const [one, two] = await Promise.all([use(dir), use(dir)]);
  expect(two.process).toEqual(one.process);
  await one.leave();
  expect(isAlive(two.process)).toBe(true);
  await two.leave();
  expect(isAlive(two.process)).toBe(false);
  expect(await runningServer(dir)).toBeNull();
});

test('a killed server is started again on its file and its port, and remembers', async () => {
  const dir = join(root, 'killed');
  const server = await use(dir);
  const { target, process: first } = server;
  const before = await connectClient(target);
  await raiseRetention(before, target);
  await before.workflow.start('anything', { taskQueue: 'nobody', workflowId: 'kept' });
  await before.connection.close();
  expect(await server.revive()).toBe(false);
  signal(first, 'SIGKILL');
  await waitGone(first, 5000);
  expect(await server.revive()).toBe(true);
  expect(server.target).toEqual(target);
  const after = await connectClient(target);
  expect((await after.workflow.getHandle('kept').describe()).status.name).toBe('RUNNING');
  const { config } = await after.workflowService.describeNamespace({ namespace: target.namespace });
  expect(Number(config?.workflowExecutionRetentionTtl?.seconds)).toBe(3650 * 24 * 3600);
  await after.connection.close();
});

test.runIf(process.platform === 'linux')(
  'a second server never gets the database of a first one that nobody remembers',
  async () => {
    const dir = join(root, 'locked');
    const server = await use(dir);
    rmSync(join(dir, 'server.json'));
    await expect(startServer(await binary(), dir, null)).rejects.toThrow(EnvironmentError);
    await expect(startServer(await binary(), dir, null)).rejects.toThrow('another server uses its database');
    signal(server.process, 'SIGKILL');
    await waitGone(server.process, 5000);
    const again: ServerFile = await startServer(await binary(), dir, null);
    signal(again.process, 'SIGKILL');
    await waitGone(again.process, 5000);
  },
);

test('a program that is no server is named, with its last words', async () => {
  const dir = join(root, 'wrong');
  await expect(useServer(dir, async () => '/bin/false')).rejects.toThrow('/bin/false');
  // The lock was given back: a right one starts.
  const server = await use(dir);
  expect(readFileSync(join(dir, 'server.json'), 'utf8')).toContain(String(server.process.pid));
});
