import { EnvironmentError } from '../stages/types.ts';
import { silent, type Progress } from './progress.ts';
import { firstOf, sentence, type Source } from './sources.ts';
import { ensureBinding, findBinding } from './tensorflow/binding.ts';
import { wantsGpu } from './tensorflow/gpu.ts';
import { unpackInstaller } from './tensorflow/installer.ts';
import { findLibrary, installerVersion, type Library } from './tensorflow/library.ts';
import { flavours } from './tensorflow/pins.ts';
import { unpackFlavour } from './tensorflow/unpack.ts';
import { wheelFetchers } from './tensorflow/wheel.ts';

export interface TensorFlow {
  /** The N-API binding (`tfjs_binding.node`), for `openBinding` of ops/backend. */
  binding: string;
  /** Folder of TensorFlow's shared objects; the binding finds them by itself. */
  library: string;
  /** As the library itself reports it. */
  version: string;
  /** Where the library came from, for people. */
  source: string;
  /** Whether the library was built for NVIDIA GPUs. */
  gpu: boolean;
  /** What compiled the binding. */
  compiler: string;
}

const REMEDY =
  'Install Python with pip or open the way to a Python package index (PIP_INDEX_URL, HTTPS_PROXY), or set LLAVA_TENSORFLOW to a ' +
  'folder with the library, such as site-packages/tensorflow of a Python installation.';

/** What is here already: the library and its binding; null when either is missing. No side effects. */
export function findTensorFlow(): TensorFlow | null {
  const library = findLibrary();
  const binding = library && findBinding(library);
  return binding ? describe(library, binding) : null;
}

/**
 * TensorFlow's library and the binding, made when missing: the library from `$LLAVA_TENSORFLOW`, the cache, the wheel on the Python
 * package index (the one with CUDA where there is an NVIDIA GPU), or the archive that the installer of tfjs-node takes; the binding by
 * a compiler. Safe to be called by several processes at once. Throws EnvironmentError.
 */
export async function ensureTensorFlow(progress: Progress = silent): Promise<TensorFlow> {
  const found = findTensorFlow();
  if (found) return found;
  const library = await firstOf(librarySources(progress), {
    what: "TensorFlow's library",
    remedy: REMEDY,
    failed: (line) => progress.say(`TensorFlow: ${line}`),
  });
  try {
    return describe(library, await ensureBinding(library, progress));
  } catch (error) {
    throw new EnvironmentError(
      `TensorFlow's library is here (${library.dir}), but ${sentence(error)}\n` +
        'Install a C++ compiler (Debian, Ubuntu: apt install g++; macOS: xcode-select --install) or name one with CXX.',
    );
  }
}

function librarySources(progress: Progress): Source<Library>[] {
  return [
    { name: 'this machine', find: () => Promise.resolve(findLibrary()) },
    ...flavours(wantsGpu()).flatMap((flavour) =>
      wheelFetchers(progress).map((fetcher) => ({
        name: `the wheel ${flavour.wheel.project} ${flavour.wheel.version} ${fetcher.name}`,
        find: () => unpackFlavour(flavour, fetcher, progress),
      })),
    ),
    { name: `libtensorflow ${installerVersion} of tfjs-node's installer`, find: () => unpackInstaller(progress) },
  ];
}

function describe(library: Library, binding: { path: string; version: string; compiler: string }): TensorFlow {
  const { dir, source, gpu } = library;
  return { binding: binding.path, library: dir, version: binding.version, source, gpu, compiler: binding.compiler };
}
