import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder } from '../setup/cache.ts';
import { errorCode, writeFileAtomic } from '../store/files.ts';

const WORKFLOWS = fileURLToPath(new URL('../../workflows/', import.meta.url));

/** The workflow code in the form that workers load: built once for each state of the sources and kept in the user's cache. */
export async function workflowBundle(folder: string = join(cacheFolder(), 'bundles')): Promise<{ codePath: string }> {
  const codePath = join(folder, `${bundleHash()}.cjs`);
  try {
    if (statSync(codePath).size > 0) return { codePath };
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
  // The bundler brings webpack and swc along: only for those who build.
  const { bundleWorkflowCode } = await import('@temporalio/worker');
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(WORKFLOWS, 'index.ts'),
    logger: { log() {}, trace() {}, debug() {}, info() {}, warn: console.warn, error: console.error },
  });
  mkdirSync(folder, { recursive: true });
  writeFileAtomic(codePath, code);
  return { codePath };
}

function bundleHash(): string {
  const hash = createHash('sha256');
  const { version } = createRequire(import.meta.url)('@temporalio/worker/package.json') as { version: string };
  hash.update(`${version}\n`);
  for (const name of readdirSync(WORKFLOWS).sort()) {
    if (name.endsWith('.ts')) hash.update(`${name}\n`).update(readFileSync(join(WORKFLOWS, name)));
  }
  return hash.digest('hex').slice(0, 32);
}
