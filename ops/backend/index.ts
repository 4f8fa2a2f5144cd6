import type { Program } from '../graph/index.ts';
import type { Binding } from './binding.ts';
import { EagerExecutable } from './eager/executor.ts';
import type { Executable, ExecutorKind } from './executable.ts';
import { GraphExecutable } from './graph/executor.ts';

export { openBinding, type Binding } from './binding.ts';
export type { Executable, ExecutorKind } from './executable.ts';

/** Makes a program runnable. Variables have no values until they are written. */
export function load(binding: Binding, program: Program, kind: ExecutorKind = 'graph'): Executable {
  return kind === 'graph' ? new GraphExecutable(binding, program) : new EagerExecutable(binding, program);
}
