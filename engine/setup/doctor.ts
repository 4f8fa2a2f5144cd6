import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism, cpus, freemem, release, totalmem } from 'node:os';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder, platformName } from './cache.ts';
import { sentence } from './sources.ts';
import { freeBytes } from './space.ts';
import { checkTemporal, findTemporal } from './temporal.ts';
import { findTensorFlow, type TensorFlow } from './tensorflow.ts';
import { systemCompilers } from './tensorflow/compiler.ts';
import { nvidiaGpus } from './tensorflow/gpu.ts';
import { probeBinding } from './tensorflow/measure.ts';

/** One thing that was looked at. */
export interface Finding {
  name: string;
  /** Version, amount or place; null when the thing is absent. */
  value: string | null;
  /** Where it came from, or what else is to be known. */
  detail: string;
  /** Whether the engine works without it. */
  needed: boolean;
  /** What to do when it is needed and absent. */
  remedy?: string;
}

export interface Speed {
  /** Threads within one operation. */
  threads: number;
  size: number;
  repeats: number;
  /** Median over the repeats, 10^9 floating-point operations a second, 32-bit. */
  gflops: number;
}

export interface Diagnosis {
  ok: boolean;
  findings: Finding[];
  matmul: Speed[];
}

const MATMUL = { size: 1024, repeats: 9 };

/** Looks at all that the engine needs on this machine. Brings nothing, changes nothing. */
export async function diagnose(): Promise<Diagnosis> {
  const matmul: Speed[] = [];
  const findings = [
    ...programs(),
    await npmVersion(),
    await compiler(),
    ...(await tensorflow(matmul)),
    await temporal(),
    ...(await machine()),
  ];
  return { ok: findings.every((finding) => !finding.needed || finding.value !== null), findings, matmul };
}

function programs(): Finding[] {
  return [{ name: 'Node', value: process.versions.node, detail: process.execPath, needed: true }];
}

async function npmVersion(): Promise<Finding> {
  const value = await promisify(execFile)('npm', ['--version'], { timeout: 30_000 }).then(
    ({ stdout }) => stdout.trim(),
    () => null,
  );
  return { name: 'npm', value, detail: value ? 'PATH' : 'only installing packages needs it', needed: false };
}

async function compiler(): Promise<Finding> {
  const [first] = await systemCompilers();
  const detail = first
    ? [first.command, ...first.args].join(' ')
    : 'set-up takes Zig from the Python package index instead';
  return { name: 'C++ compiler', value: first?.version ?? null, detail, needed: false };
}

async function tensorflow(matmul: Speed[]): Promise<Finding[]> {
  const remedy = 'run `llava doctor --fix`, which brings it and says what stands in the way if it cannot';
  let found: TensorFlow | null = null;
  let problem = 'not set up';
  try {
    found = findTensorFlow();
    if (found) for (const threads of threadCounts()) matmul.push(await speed(found.binding, threads));
  } catch (error) {
    problem = sentence(error);
  }
  const loads = found && matmul.length > 0 ? found : null;
  return [
    {
      name: 'TensorFlow',
      value: loads?.version ?? null,
      detail: loads ? `${loads.source}${loads.gpu ? ', with CUDA' : ''}: ${loads.library}` : problem,
      needed: true,
      remedy,
    },
    {
      name: 'TensorFlow binding',
      value: loads ? `compiled by ${loads.compiler}` : null,
      detail: found ? found.binding : problem,
      needed: true,
      remedy,
    },
  ];
}

/** One thread, as the engine's compute processes run, and all of them. */
function threadCounts(): number[] {
  return [...new Set([1, availableParallelism()])];
}

async function speed(binding: string, threads: number): Promise<Speed> {
  const { gflops } = await probeBinding(binding, { ...MATMUL, threads });
  if (gflops === undefined) throw new Error('the binding did not measure');
  return { ...MATMUL, threads, gflops: Math.round(gflops * 10) / 10 };
}

async function temporal(): Promise<Finding> {
  const name = 'Temporal server';
  const remedy = 'run `llava doctor --fix`, which brings it, or set TEMPORAL_CLI to the path of the program `temporal`';
  const found = findTemporal();
  if (!found) return { name, value: null, detail: 'not set up', needed: true, remedy };
  try {
    const { version, source, path } = await checkTemporal(found);
    return { name, value: version, detail: `${source}: ${path}`, needed: true };
  } catch (error) {
    return { name, value: null, detail: sentence(error), needed: true, remedy };
  }
}

async function machine(): Promise<Finding[]> {
  const gb = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;
  const gpus = nvidiaGpus();
  const cache = cacheFolder();
  const model = cpus()[0]?.model.trim() ?? 'unknown';
  return [
    {
      name: 'GPU',
      value: gpus.length > 0 ? gpus.map((gpu) => gpu.name).join(', ') : null,
      detail: gpus[0] ? `driver ${gpus[0].driver}` : 'no NVIDIA GPU: computing on the processor',
      needed: false,
    },
    {
      name: 'processor',
      value: `${availableParallelism()} cores`,
      detail: `${model}, ${platformName()} ${release()}`,
      needed: true,
    },
    { name: 'memory', value: gb(totalmem()), detail: `${gb(freemem())} free`, needed: true },
    {
      name: 'disk',
      value: `${gb(await freeBytes(existing(cache)))} free`,
      detail: 'where the cache folder lies',
      needed: true,
    },
    {
      name: 'cache folder',
      value: cache,
      detail: process.env['LLAVA_CACHE'] ? 'LLAVA_CACHE' : 'default',
      needed: true,
    },
  ];
}

/** The folder, or the nearest one above it that exists. */
function existing(folder: string): string {
  let path = folder;
  while (!existsSync(path)) path = dirname(path);
  return path;
}
