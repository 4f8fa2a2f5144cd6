import type { Command } from 'commander';

/** One command of the tool; its module is loaded only when it is called for, so that `llava check` never waits for Temporal or TensorFlow. */
export interface CommandEntry {
  name: string;
  load: () => Promise<{ register(program: Command): void }>;
}

/** In the order in which `llava --help` lists them. */
export const commands: CommandEntry[] = [
  { name: 'check', load: () => import('./check.ts') },
  { name: 'explain', load: () => import('./explain.ts') },
  { name: 'table', load: () => import('./table.ts') },
  { name: 'eval', load: () => import('./eval.ts') },
];
