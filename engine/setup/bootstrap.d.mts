/** Types of bootstrap.mjs for TypeScript. */
import type { SpawnOptions } from 'node:child_process';

export const root: string;
export function misfit(folder: string): string | null;
export function ensureModules(): Promise<void>;
export function findNode(): string;
export function networkEnvironment(env: NodeJS.ProcessEnv): Record<string, string>;
export function runTypeScript(file: string, args: string[], cwd?: string): Promise<number>;
export function run(command: string, args: string[], options?: SpawnOptions): Promise<number>;
export function npm(): { command: string; args: string[] };
export function exclusive(name: string, waiting: () => void): Promise<() => void>;
