import { execFileSync } from 'node:child_process';

export interface Gpu {
  name: string;
  driver: string;
}

/** NVIDIA GPUs as the driver's own tool lists them; none where there is no driver. */
export function nvidiaGpus(): Gpu[] {
  try {
    const query = ['--query-gpu=name,driver_version', '--format=csv,noheader'];
    const text = execFileSync('nvidia-smi', query, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 20_000,
    });
    return text
      .split('\n')
      .filter((line) => line.includes(','))
      .map((line) => {
        const [name = '', driver = ''] = line.split(',').map((field) => field.trim());
        return { name, driver };
      });
  } catch {
    return [];
  }
}

let detected: boolean | undefined;

/** Whether TensorFlow is to compute on a GPU: `LLAVA_GPU=0` or `1` decides, else whether there is one. */
export function wantsGpu(env: NodeJS.ProcessEnv = process.env): boolean {
  if (env['LLAVA_GPU']) return env['LLAVA_GPU'] !== '0';
  return (detected ??= nvidiaGpus().length > 0);
}
