import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { exclusive, misfit, networkEnvironment, root } from '../../../engine/setup/bootstrap.mjs';
import { countTests } from '../../../engine/setup/counts.mjs';
import { scratch } from './support.ts';

describe('node_modules', () => {
  it('fits package-lock.json here', () => {
    expect(misfit(root)).toBeNull();
  });

  it('does not fit when it is absent, when a package is, or when one has another version', () => {
    const dir = scratch();
    cpSync(join(root, 'package-lock.json'), join(dir, 'package-lock.json'));
    expect(misfit(dir)).toBe('node_modules is absent or was only half installed');
    interface Lock {
      packages: Record<string, { version: string; optional?: boolean }>;
    }
    const installed = JSON.parse(readFileSync(join(root, 'node_modules', '.package-lock.json'), 'utf8')) as Lock;
    mkdirSync(join(dir, 'node_modules'));
    const install = (lock: Lock): void =>
      writeFileSync(join(dir, 'node_modules', '.package-lock.json'), JSON.stringify(lock));
    install(installed);
    expect(misfit(dir)).toBeNull();
    const { 'node_modules/commander': commander, ...others } = installed.packages;
    install({ packages: others });
    expect(misfit(dir)).toBe('node_modules/commander is absent');
    install({ packages: { ...others, 'node_modules/commander': { ...commander!, version: '1.0.0' } } });
    expect(misfit(dir)).toMatch(/^node_modules\/commander is not \d/);
    // Packages for other platforms are in the lock file and in no installation.
    const optional = Object.keys(installed.packages).find((path) => installed.packages[path]!.optional)!;
    const without = Object.fromEntries(Object.entries(installed.packages).filter(([path]) => path !== optional));
    install({ packages: without });
    expect(misfit(dir)).toBeNull();
  });
});

describe('the lock of the bootstrap', () => {
  it('lets one in after the other', async () => {
    const order: string[] = [];
    const name = `test-${process.pid}`;
    const release = await exclusive(name, () => order.push('never'));
    let second = Promise.resolve();
    await new Promise<void>((waits) => {
      second = exclusive(name, () => {
        order.push('waiting');
        waits();
      }).then((next) => {
        order.push('second');
        next();
      });
    });
    order.push('release');
    release();
    await second;
    expect(order).toEqual(['waiting', 'release', 'second']);
  });

  it('goes with an owner that is killed', async () => {
    const name = `test-killed-${process.pid}`;
    const script = fileURLToPath(new URL('../../../engine/setup/bootstrap.mjs', import.meta.url));
    const program = `const { exclusive } = await import(${JSON.stringify(script)});
      await exclusive(${JSON.stringify(name)}, () => {}); console.log('held'); setTimeout(() => {}, 60_000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise((resolve) => child.stdout.once('data', resolve));
    let mine = false;
    const work = exclusive(name, () => {}).then((release) => {
      mine = true;
      release();
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(mine).toBe(false);
    child.kill('SIGKILL');
    await work;
    expect(mine).toBe(true);
  });
});

describe('the executable', () => {
  /** A process that runs `code` with bootstrap.mjs's `run` as `run` and its exit code. */
  async function launcher(
    childCode: string,
    signal?: NodeJS.Signals,
  ): Promise<{ code: number | null; output: string }> {
    const script = fileURLToPath(new URL('../../../engine/setup/bootstrap.mjs', import.meta.url));
    const program = `const { run } = await import(${JSON.stringify(script)});
      process.exitCode = await run(process.execPath, ['-e', ${JSON.stringify(childCode)}], { stdio: 'inherit' });`;
    // A process group of its own that is not a terminal's foreground.
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (signal && output.endsWith('ready\n')) child.kill(signal);
    });
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
    return { code, output };
  }

  it("answers with the child's exit code", async () => {
    expect((await launcher('process.exit(4)')).code).toBe(4);
    expect((await launcher('process.kill(process.pid, "SIGKILL")')).code).toBe(137);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('passes %s on exactly once', async (signal) => {
    const child = `let n = 0; process.on('${signal}', () => { n++; setTimeout(() => { console.log('got ' + n); process.exit(130); }, 200); });
      console.log('ready'); setTimeout(() => {}, 20_000);`;
    expect(await launcher(child, signal)).toEqual({ code: 130, output: 'ready\ngot 1\n' });
  });

  it('gives Node the proxy and certificates of the environment, unless they are set', () => {
    const file = fileURLToPath(import.meta.url);
    expect(networkEnvironment({ HTTPS_PROXY: 'http://proxy.example', SSL_CERT_FILE: file })).toEqual({
      NODE_USE_ENV_PROXY: '1',
      NODE_EXTRA_CA_CERTS: file,
    });
    expect(networkEnvironment({ NODE_EXTRA_CA_CERTS: '/a', SSL_CERT_FILE: file })).toEqual({});
    expect(networkEnvironment({ SSL_CERT_FILE: '/absent' })).toEqual({});
  });
});

describe('the count of tests', () => {
  const file = (status: string, ...tests: string[]) => ({
    status,
    assertionResults: tests.map((test) => ({ status: test })),
  });
  const report = { numPassedTests: 5, numFailedTests: 0, numPendingTests: 2, testResults: [file('passed', 'passed')] };

  it('is that of the report', () => {
    expect(countTests(report, 0)).toEqual({ passed: 5, failed: 0, skipped: 2, problem: null });
    const failing = { ...report, numFailedTests: 1, testResults: [file('failed', 'passed', 'failed')] };
    expect(countTests(failing, 1)).toMatchObject({ passed: 5, failed: 1, problem: null });
  });

  it('counts a file that does not load as one failed test', () => {
    expect(countTests({ ...report, testResults: [file('failed'), file('passed', 'passed')] }, 1)).toMatchObject({
      passed: 5,
      failed: 1,
    });
  });

  it('counts a crash, and an error outside of all tests', () => {
    expect(countTests(null, 134)).toMatchObject({
      passed: 0,
      failed: 1,
      problem: expect.stringContaining('134') as string,
    });
    expect(countTests(report, 1)).toMatchObject({
      passed: 5,
      failed: 1,
      problem: expect.stringContaining('no test failed') as string,
    });
  });
});
