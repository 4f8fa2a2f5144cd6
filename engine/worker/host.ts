import { fork } from 'node:child_process';
import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { StageInput } from '../../workflows/types.ts';
import type { Metrics, Progress } from '../stages/types.ts';
import type { Home } from '../store/home.ts';
import { stopFile, workDir } from '../store/work.ts';
import { childEnvironment } from './environment.ts';
import type { FromCompute, ToCompute } from './messages.ts';

/** What a compute process ended with. */
export type Outcome =
  | { type: 'done'; metrics: Metrics }
  | { type: 'failed'; name: string; message: string; stack: string }
  /** It ended without a word: killed, out of memory, a fault in native code. */
  | { type: 'crashed'; message: string };

export interface ComputeProcess {
  outcome: Promise<Outcome>;
  /** Asks for a checkpoint and an end; kills after `patienceMs`. */
  cancel(patienceMs: number): void;
  kill(): void;
}

const COMPUTE = fileURLToPath(new URL('./compute.ts', import.meta.url));

/** One compute process is one thread, so that results do not depend on the number of cores; stages run side by side instead. */
const THREADS = { TF_NUM_INTRAOP_THREADS: '1', TF_NUM_INTEROP_THREADS: '1', TF_CPP_MIN_LOG_LEVEL: '2' };

/** How much of what the process last wrote to stderr goes into the message about its crash. */
const LAST_WORDS = 600;

/** Starts the process that makes one artifact; `work` names the stage's workflow run, whose attempts may take over from each other. */
export function startCompute(
  home: Home,
  input: StageInput,
  work: string,
  onProgress: (progress: Progress) => void,
): ComputeProcess {
  const child = fork(COMPUTE, [], {
    env: { ...childEnvironment(), ...THREADS },
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  mkdirSync(workDir(home, input.key), { recursive: true });
  const output = createWriteStream(join(workDir(home, input.key), 'output.txt'), { flags: 'a' });
  output.on('error', () => {});
  let lastWords = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      output.write(chunk);
      lastWords = (lastWords + chunk.toString()).slice(-LAST_WORDS);
    });
  }
  const outcome = new Promise<Outcome>((resolve) => {
    child.on('message', (message: FromCompute) => {
      if (message.type === 'progress') onProgress(message.progress);
      else resolve(message);
    });
    child.on('error', (error) =>
      resolve({ type: 'crashed', message: `the compute process did not start: ${error.message}` }),
    );
    child.on('close', (code, signal) => {
      output.end();
      const words = lastWords.trim() === '' ? '' : `; its last words: ${lastWords.trim()}`;
      resolve({
        type: 'crashed',
        message: `the compute process of stage ${input.node.name} ${ending(code, signal)}${words}`,
      });
    });
  });
  send(child, { type: 'start', homeDir: home.dir, input, work });
  let patience: NodeJS.Timeout | undefined;
  void outcome.then(() => clearTimeout(patience));
  return {
    outcome,
    cancel(patienceMs) {
      try {
        writeFileSync(stopFile(home, input.key, child.pid ?? 0), '');
      } catch {
        // The folder went away with the commit.
      }
      send(child, { type: 'cancel' });
      patience ??= setTimeout(() => child.kill('SIGKILL'), patienceMs);
    },
    kill: () => void child.kill('SIGKILL'),
  };
}

function send(child: ReturnType<typeof fork>, message: ToCompute): void {
  if (child.connected) child.send(message, () => {});
}

function ending(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal === 'SIGKILL') return 'was killed by SIGKILL (somebody ended it, or the machine ran out of memory)';
  if (signal !== null) return `was ended by ${signal}`;
  return `ended with exit code ${code} before its stage did`;
}
