import { afterEach, vi } from 'vitest';
import { main } from '../../../engine/cli/main.ts';

/** Runs one command line in this process; what it wrote, and its exit code. */
export async function run(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const out: string[] = [];
  const err: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => out.push(String(text)) > 0);
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => err.push(String(text)) > 0);
  const code = await main(argv);
  return { code, out: out.join(''), err: err.join('') };
}

afterEach(() => {
  vi.restoreAllMocks();
});
