import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readJson, writeFileAtomic } from '../store/files.ts';
import { acquireLease } from '../store/lease.ts';
import { isAlive, processId } from '../store/process.ts';
import type { ProcessId } from '../store/process.ts';
import { answers } from './ports.ts';
import { startServer, stopServer } from './process.ts';
import type { ServerFile } from './process.ts';
import { DEFAULT_NAMESPACE } from './target.ts';
import type { Target } from './target.ts';

/** The embedded server of a home in the hands of one of its users. */
export interface ServerUse {
  target: Target;
  process: ProcessId;
  /** Starts it again on its file when it is gone; true when it had to. */
  revive(): Promise<boolean>;
  /** The last user to leave stops it. */
  leave(): Promise<void>;
}

/**
 * Uses the server of the folder `dir`, starting it when nobody does yet, also one that outlived the tool that started it. `binary`
 * is asked for only when a server must be started.
 */
export async function useServer(dir: string, binary: () => Promise<string>): Promise<ServerUse> {
  const users = join(dir, 'users');
  mkdirSync(users, { recursive: true });
  const mine = join(users, `${process.pid}-${randomBytes(4).toString('hex')}.json`);
  let server = await locked(dir, async () => {
    const running = (await runningServer(dir)) ?? (await start(dir, await binary()));
    writeFileAtomic(mine, JSON.stringify(processId()));
    return running;
  });
  return {
    get process() {
      return server.process;
    },
    get target() {
      return { address: `127.0.0.1:${server.port}`, namespace: DEFAULT_NAMESPACE };
    },
    async revive() {
      if (isAlive(server.process)) return false;
      server = await locked(dir, async () => (await runningServer(dir)) ?? (await start(dir, await binary())));
      return true;
    },
    async leave() {
      await locked(dir, async () => {
        rmSync(mine, { force: true });
        const last = await runningServer(dir);
        if (last && livingUsers(users) === 0) {
          await stopServer(last);
          rmSync(join(dir, 'server.json'), { force: true });
        }
      });
    },
  };
}

/** The server that runs in the folder now, if any; starts nothing. */
export async function runningServer(dir: string): Promise<ServerFile | null> {
  const known = readJson(join(dir, 'server.json')) as ServerFile | null;
  if (!known || !isAlive(known.process)) return null;
  // It may have been found in its first moments, or be busy.
  for (let i = 0; i < 20; i++) {
    if (await answers(known.port)) return known;
    if (!isAlive(known.process)) return null;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await stopServer(known);
  return null;
}

async function start(dir: string, binary: string): Promise<ServerFile> {
  const before = readJson(join(dir, 'server.json')) as ServerFile | null;
  const server = await startServer(binary, dir, before?.port ?? null);
  writeFileAtomic(join(dir, 'server.json'), JSON.stringify(server));
  return server;
}

async function locked<T>(dir: string, work: () => Promise<T>): Promise<T> {
  const lease = (await acquireLease(join(dir, 'lock')))!;
  try {
    return await work();
  } finally {
    lease.release();
  }
}

/** Users that died without leaving are forgotten. */
function livingUsers(users: string): number {
  let living = 0;
  for (const name of readdirSync(users)) {
    if (name.startsWith('.')) continue;
    const id = readJson(join(users, name)) as ProcessId | null;
    if (id && isAlive(id)) living += 1;
    else rmSync(join(users, name), { force: true });
  }
  return living;
}
