import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { readJson } from '../../store/files.ts';
import { cacheFolder } from '../cache.ts';
import { makeOnce } from '../once.ts';
import type { Progress } from '../progress.ts';
import { sentence } from '../sources.ts';
import { systemCompilers, zigCompiler, zigEnvironment } from './compiler.ts';
import type { Compiler } from './compiler.ts';
import type { Library } from './library.ts';
import { probeBinding } from './measure.ts';

export interface CompiledBinding {
  path: string;
  /** TensorFlow's version as the binding reports it. */
  version: string;
  compiler: string;
}

/** Level of the N-API that the binding's sources are written for (package.json of tfjs-node, `binary.napi_versions`). */
const NAPI_VERSION = 8;

const require = createRequire(import.meta.url);
const tfjsPackage = dirname(require.resolve('@tensorflow/tfjs-node-gpu/package.json'));
const napiHeaders = join(dirname(require.resolve('node-api-headers/package.json')), 'include');

export function tfjsVersion(): string {
  return (readJson(join(tfjsPackage, 'package.json')) as { version: string }).version;
}

/** The binding for a library; null when it has not been compiled yet. No side effects. */
export function findBinding(library: Library): CompiledBinding | null {
  return bindingIn(bindingFolder(library));
}

/** Compiles the binding for a library, unless it is there. Throws an Error that says why each compiler failed. */
export async function ensureBinding(library: Library, progress: Progress): Promise<CompiledBinding> {
  const folder = bindingFolder(library);
  await makeOnce(
    folder,
    (dir) => bindingIn(dir) !== null,
    (dir) => compile(library, dir, progress),
    progress,
  );
  const binding = bindingIn(folder);
  if (!binding) throw new Error(`${folder} is not whole`);
  return binding;
}

function bindingFolder(library: Library): string {
  return join(cacheFolder(), 'binding', `tfjs-${tfjsVersion()}-napi${NAPI_VERSION}-${library.name}`);
}

function bindingIn(folder: string): CompiledBinding | null {
  const path = join(folder, 'tfjs_binding.node');
  const facts = readJson(join(folder, 'binding.json')) as Omit<CompiledBinding, 'path'> | null;
  return facts && existsSync(path) ? { path, ...facts } : null;
}

async function compile(library: Library, dir: string, progress: Progress): Promise<void> {
  const reasons: string[] = [];
  const attempt = async (compiler: Compiler): Promise<boolean> => {
    const task = progress.task(`compiling the TensorFlow binding with ${compiler.version}`, 's');
    try {
      const path = join(dir, 'tfjs_binding.node');
      await runCompiler(compiler, library, path);
      const { version } = await probeBinding(path);
      if (library.version !== null && version !== library.version) {
        throw new Error(`the library says that it is ${version}, expected ${library.version}`);
      }
      await writeFile(join(dir, 'binding.json'), `${JSON.stringify({ version, compiler: compiler.version })}\n`);
      return true;
    } catch (error) {
      const line = `${compiler.version}: ${sentence(error)}`;
      reasons.push(line);
      progress.say(`compiling the TensorFlow binding: ${line}`);
      return false;
    } finally {
      task.end();
    }
  };
  const compilers = await systemCompilers();
  for (const compiler of compilers) if (await attempt(compiler)) return;
  if (compilers.length === 0) {
    progress.say('there is no C++ compiler here ($CXX, g++, clang++, c++): taking Zig from the Python package index');
  }
  const zig = await zigCompiler(progress).catch((error: unknown) => {
    reasons.push(`Zig: ${sentence(error)}`);
    return null;
  });
  if (zig && (await attempt(zig))) return;
  throw new Error(`the binding cannot be compiled: ${reasons.join(' · ')}`);
}

async function runCompiler(compiler: Compiler, library: Library, out: string): Promise<void> {
  const mac = process.platform === 'darwin';
  const origin = mac ? '@loader_path' : '$ORIGIN';
  // Relative where both lie in the cache, so that the cache may be moved.
  const inCache = !relative(cacheFolder(), library.dir).startsWith('..');
  const rpath = inCache ? `${origin}/${relative(dirname(out), library.dir)}` : library.dir;
  const args = [
    ...compiler.args,
    ...['-std=c++17', '-O2', '-shared', '-fPIC', '-w', `-DNAPI_VERSION=${NAPI_VERSION}`],
    ...[`-I${tfjsPackage}`, `-I${library.include}`, `-I${napiHeaders}`],
    ...['tfjs_backend.cc', 'tfjs_binding.cc'].map((file) => join(tfjsPackage, 'binding', file)),
    ...['-o', out, join(library.dir, library.core), join(library.dir, library.framework), `-Wl,-rpath,${rpath}`],
    // The functions of the N-API are in the node program that loads the binding.
    ...(mac ? ['-undefined', 'dynamic_lookup'] : []),
  ];
  const env = compiler.args[0] === 'c++' ? { ...process.env, ...zigEnvironment() } : process.env;
  try {
    await promisify(execFile)(compiler.command, args, { env, maxBuffer: 16 << 20 });
  } catch (error) {
    await rm(out, { force: true });
    const { stderr = '' } = error as { stderr?: string };
    const first = stderr.split('\n').find((line) => /error|cannot find|not found/i.test(line));
    throw new Error((first ?? sentence(error)).trim().slice(0, 300), { cause: error });
  }
}
