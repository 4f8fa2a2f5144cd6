import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Version of Temporal's command line (it holds the development server) that this project is tested with. */
export const temporalVersion = '1.5.1';

/** What a program says about itself when it is Temporal's command line; throws one sentence when it is not. */
export async function versionOfTemporal(path: string): Promise<string> {
  let said: string;
  try {
    said = (await promisify(execFile)(path, ['--version'], { timeout: 60_000 })).stdout.trim();
  } catch (error) {
    const { code, stderr } = error as { code?: unknown; stderr?: string };
    const why =
      code === 'ENOENT'
        ? 'does not exist'
        : code === 'EACCES'
          ? 'is not executable'
          : `does not run: ${stderr?.trim() || String(code)}`;
    throw new Error(`${path} ${why}`, { cause: error });
  }
  // `temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)`; built from source it calls itself 0.0.0-DEV.
  const match = /^temporal version (\S+) \(Server ([\d.]+)/.exec(said);
  if (!match) throw new Error(`${path} is not Temporal's command line (it says ${JSON.stringify(said.slice(0, 80))})`);
  return said.replace(/^temporal version /, '');
}
