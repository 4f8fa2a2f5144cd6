import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Diagnosis } from '../../../engine/setup/doctor.ts';
import { root } from '../../../engine/setup/bootstrap.mjs';
import { findTensorFlow } from '../../../engine/setup/tensorflow.ts';
import { scratch } from './support.ts';

/** `llava doctor` as a person calls it. */
function doctor(args: string[], env: NodeJS.ProcessEnv = {}): Promise<{ code: number; stdout: string }> {
  return new Promise((resolve) => {
    const command = [join(root, 'engine/cli/llava.mjs'), 'doctor', ...args];
    execFile(process.execPath, command, { env: { ...process.env, ...env } }, (error, stdout) => {
      resolve({ code: error ? Number(error.code) : 0, stdout });
    });
  });
}

const finding = (diagnosis: Diagnosis, name: string) => diagnosis.findings.find((entry) => entry.name === name)!;

describe('llava doctor', () => {
  it('says what is missing from an empty cache, what to do, and exits with 4; it brings nothing', async () => {
    const cache = scratch();
    const env = { LLAVA_CACHE: cache, LLAVA_TENSORFLOW: '', TEMPORAL_CLI: join(cache, 'absent') };
    const { code, stdout } = await doctor(['--json'], env);
    expect(code).toBe(4);
    const diagnosis = JSON.parse(stdout) as Diagnosis;
    expect(diagnosis).toMatchObject({ ok: false, matmul: [] });
    expect(finding(diagnosis, 'TensorFlow')).toMatchObject({ value: null, needed: true });
    expect(finding(diagnosis, 'TensorFlow').remedy).toContain('llava doctor --fix');
    expect(finding(diagnosis, 'Temporal server')).toMatchObject({
      value: null,
      detail: expect.stringContaining('does not exist') as string,
    });
    expect(finding(diagnosis, 'Node').value).toMatch(/^22\./);
    expect(readdirSync(cache)).toEqual([]);
  });

  it.runIf(findTensorFlow())(
    'measures what the binding multiplies (skipped where TensorFlow is not set up)',
    async () => {
      const { stdout } = await doctor(['--json']);
      const diagnosis = JSON.parse(stdout) as Diagnosis;
      expect(finding(diagnosis, 'TensorFlow').value).toMatch(/^\d+\.\d+/);
      expect(diagnosis.matmul.map(({ threads }) => threads)).toContain(1);
      for (const { gflops, repeats } of diagnosis.matmul) {
        expect(repeats).toBeGreaterThan(2);
        // Between a very slow processor and a very fast GPU: a wrong unit would lie outside.
        expect(gflops).toBeGreaterThan(0.5);
        expect(gflops).toBeLessThan(200_000);
      }
    },
  );

  it('prints lines for people', async () => {
    const { stdout } = await doctor([], { LLAVA_CACHE: scratch() });
    expect(stdout).toMatch(/^✗ {2}TensorFlow +missing/m);
    expect(stdout).toMatch(/^✓ {2}Node +22\./m);
  });
});
