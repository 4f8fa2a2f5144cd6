/** `npm start`: set up what is missing, then run the small ablation to its table. Further arguments go to `llava run`. */
import { ensureModules, runTypeScript } from './bootstrap.mjs';

const experiment = 'experiments/mini/ablation.llava';

await ensureModules();
process.exitCode =
  (await runTypeScript('engine/setup/main.ts', [])) ||
  (await runTypeScript('engine/cli/main.ts', ['run', experiment, ...process.argv.slice(2)]));
