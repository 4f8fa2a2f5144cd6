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
  { name: 'plan', load: () => import('./plan.ts') },
  { name: 'table', load: () => import('./table.ts') },
  { name: 'eval', load: () => import('./eval.ts') },
  { name: 'run', load: () => import('./run.ts') },
  { name: 'resume', load: () => import('./resume.ts') },
  { name: 'runs', load: () => import('./runs.ts') },
  { name: 'status', load: () => import('./status.ts') },
  { name: 'logs', load: () => import('./logs.ts') },
  { name: 'cancel', load: () => import('./cancel.ts') },
  { name: 'export', load: () => import('./export.ts') },
  { name: 'doctor', load: () => import('./doctor.ts') },
  { name: 'worker', load: () => import('./worker.ts') },
  { name: 'server', load: () => import('./server.ts') },
];
