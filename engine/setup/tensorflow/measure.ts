import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { ProbeReport } from './probe.ts';

const probe = fileURLToPath(new URL('./probe.ts', import.meta.url));

export interface MatmulOptions {
  /** Rows and columns of both matrices. */
  size: number;
  repeats: number;
  /** Threads within one operation; 0 leaves the choice to TensorFlow. */
  threads: number;
}

/** Loads a binding in another process and answers what it says; throws with its own words when it does not load. */
export async function probeBinding(binding: string, matmul?: MatmulOptions): Promise<ProbeReport> {
  const args = matmul ? ['matmul', String(matmul.size), String(matmul.repeats)] : [];
  const threads = String(matmul?.threads ?? 1);
  const env = {
    ...process.env,
    TF_CPP_MIN_LOG_LEVEL: '3',
    TF_NUM_INTRAOP_THREADS: threads,
    TF_NUM_INTEROP_THREADS: '1',
  };
  const options = { env, timeout: 300_000, maxBuffer: 16 << 20 };
  try {
    const { stdout } = await promisify(execFile)(process.execPath, ['--no-warnings', probe, binding, ...args], options);
    return JSON.parse(stdout.slice(stdout.lastIndexOf('{'))) as ProbeReport;
  } catch (error) {
    const { stderr = '', signal } = error as { stderr?: string; signal?: string };
    const said =
      /^(?:\w*Error: )(.*)$/m.exec(stderr)?.[1] ?? (signal ? `killed by ${signal}` : stderr.trim().split('\n').at(-1));
    throw new Error(`the binding does not load: ${said || String(error)}`, { cause: error });
  }
}
