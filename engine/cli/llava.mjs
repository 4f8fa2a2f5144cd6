#!/usr/bin/env node
/** The executable. Works from a checkout with any Node from 20 on: installs the packages when they are absent, then runs main.ts with Node 22. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureModules, findNode, networkEnvironment, root, runTypeScript } from '../setup/bootstrap.mjs';

const main = 'engine/cli/main.ts';

await ensureModules();
if (findNode() === process.execPath && Object.keys(networkEnvironment(process.env)).length === 0) {
  // The right Node already: no second process, so signals and the terminal are the command's own.
  process.argv[1] = join(root, main);
  await import(pathToFileURL(process.argv[1]).href);
} else {
  // The command runs where it was called: files in its arguments are relative to that folder.
  process.exitCode = await runTypeScript(main, process.argv.slice(2), process.cwd());
}
