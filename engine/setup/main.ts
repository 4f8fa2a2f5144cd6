/** Sets up what is missing, with progress on stderr: `npm start` and `npm test` run it before anything else. Exit code 4 when something stays missing. */
import { pathToFileURL } from 'node:url';
import { complain } from '../cli/ui/output.ts';
import { ensureEnvironment } from './environment.ts';

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    await ensureEnvironment();
  } catch (error) {
    complain(error instanceof Error ? error.message : String(error));
    process.exitCode = 4;
  }
}
