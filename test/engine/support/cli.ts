import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plan } from '../../../dsl/plan/types.ts';
import type { Manifest } from '../../../engine/store/store.ts';

const MAIN = fileURLToPath(new URL('../../../engine/cli/main.ts', import.meta.url));
const STAGES = fileURLToPath(new URL('./counting-stages.ts', import.meta.url));

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface Started {
  child: ChildProcess;
  ended: Promise<Ended>;
  stderr(): string;
}

/** A folder with a plan and a journal, and the command line called in it. */
export class Lab {
  readonly dir: string;
  readonly journal: string;
  readonly #children: ChildProcess[] = [];

  constructor() {
    this.dir = mkdtempSync(join(tmpdir(), 'llava-lab-'));
    this.journal = join(this.dir, 'journal.txt');
    writeFileSync(this.journal, '');
  }

  plan(plan: Plan, name = 'plan.json'): string {
    const file = join(this.dir, name);
    writeFileSync(file, JSON.stringify(plan));
    return file;
  }

  start(...args: string[]): Started {
    const child = spawn(process.execPath, [MAIN, ...args], {
      cwd: this.dir,
      env: { ...process.env, LLAVA_TEST_STAGES: STAGES },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#children.push(child);
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const ended = new Promise<Ended>((resolve) =>
      child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr })),
    );
    return { child, ended, stderr: () => stderr };
  }

  run(...args: string[]): Promise<Ended> {
    return this.start(...args).ended;
  }

  /** Lines of the journal: one for each attempt of a stage that began. */
  starts(stage?: string): string[] {
    const lines = readFileSync(this.journal, 'utf8').split('\n').filter(Boolean);
    return stage === undefined ? lines : lines.filter((line) => line.startsWith(`${stage} `));
  }

  /** Key → path → SHA-256 of all artifacts of a home. */
  artifacts(home: string): Record<string, Record<string, string>> {
    const store = join(home, 'store');
    return Object.fromEntries(
      readdirSync(store)
        .sort()
        .map((key) => {
          const manifest = JSON.parse(readFileSync(join(store, key, 'manifest.json'), 'utf8')) as Manifest;
          return [key, Object.fromEntries(manifest.files.map((file) => [file.path, file.sha256]))];
        }),
    );
  }

  /** Pids of running processes whose command line names this folder. */
  pids(...words: string[]): number[] {
    return readdirSync('/proc').flatMap((name) => {
      if (!/^\d+$/.test(name) || Number(name) === process.pid) return [];
      try {
        const line = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return [this.dir, ...words].every((word) => line.includes(word)) ? [Number(name)] : [];
      } catch {
        return [];
      }
    });
  }

  /** Ends what is left of this lab, by pid. */
  async close(): Promise<void> {
    for (const child of this.#children) if (child.exitCode === null) child.kill('SIGKILL');
    for (const pid of this.pids()) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // Gone meanwhile.
      }
    }
    await until(() => this.pids().length === 0, 10_000);
    rmSync(this.dir, { recursive: true, force: true });
  }
}

export async function until(condition: () => boolean, ms = 30_000): Promise<void> {
  const end = Date.now() + ms;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`waited ${ms} ms in vain for ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** Step of the newest checkpoint of a stage in a home; 0 while there is none. */
export function checkpointStep(home: string, stage: string): number {
  const work = join(home, 'work');
  const key = existsSync(work) ? readdirSync(work).find((name) => name.startsWith(`${stage}-`)) : undefined;
  const file = key === undefined ? '' : join(work, key, 'checkpoints', 'checkpoint.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { step: number }).step : 0;
}
