import { execFile, execFileSync } from 'node:child_process';
import { chmod, readdir, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder, platformName } from '../cache.ts';
import { download } from '../download.ts';
import { makeOnce } from '../once.ts';
import type { Progress } from '../progress.ts';
import { enoughSpace } from '../space.ts';
import { goDigest, unzip } from '../zip.ts';

/** The oldest Go that compiles Temporal's command line (its go.mod). */
const OLDEST: readonly [number, number] = [1, 25];

const goVersion = 'go1.26.8';

/** Digests of the toolchain's modules in the Go checksum database (sum.golang.org), `golang.org/toolchain v0.0.1-go1.26.8.PLATFORM`. */
const toolchains: Record<string, { platform: string; digest: string }> = {
  'linux-x64': { platform: 'linux-amd64', digest: 'h1:ZOmGe1OnfREDMIdb1Qi4G9JSuDPBLGExZMQ4nis1RXM=' },
  'linux-arm64': { platform: 'linux-arm64', digest: 'h1:sYL/O6MqS68ML0kjsQ36WoYIpJqkw60TxizWUYUKQMc=' },
  'darwin-x64': { platform: 'darwin-amd64', digest: 'h1:7/9KPPN8PckcA9s91hm2jmQMhzW4KyTJXHIs45L0C9M=' },
  'darwin-arm64': { platform: 'darwin-arm64', digest: 'h1:dFjGhY6f8DTsY8/rLchUTDRRfjJP4pCrGCwxvHFT2Fg=' },
};

/** The `go` on PATH; throws one sentence when it is absent or too old. */
export function installedGo(): string {
  let said: string;
  try {
    const env = { ...process.env, GOTOOLCHAIN: 'local' };
    said = execFileSync('go', ['version'], { encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    throw new Error('there is no Go on PATH');
  }
  const [, major = '0', minor = '0'] = /go(\d+)\.(\d+)/.exec(said) ?? [];
  const [oldMajor, oldMinor] = OLDEST;
  if (Number(major) < oldMajor || (Number(major) === oldMajor && Number(minor) < oldMinor)) {
    throw new Error(`the Go on PATH is ${major}.${minor}, ${OLDEST.join('.')} or later is needed`);
  }
  return 'go';
}

/** Go's own toolchain, which the Go module proxy serves as a module, in the cache. */
export async function toolchainGo(progress: Progress): Promise<string> {
  const toolchain = toolchains[platformName()];
  if (!toolchain) throw new Error(`there is no Go toolchain for ${platformName()}`);
  const module = `v0.0.1-${goVersion}.${toolchain.platform}`;
  const folder = join(workFolder(), `${goVersion}-${toolchain.platform}`);
  const make = async (dir: string): Promise<void> => {
    const archive = join(cacheFolder(), 'downloads', `${goVersion}-${toolchain.platform}.zip`);
    const url = `${moduleProxy()}/golang.org/toolchain/@v/${module}.zip`;
    await download({ url, to: archive, sha256: null, label: `Go toolchain ${goVersion}`, progress });
    const task = progress.task('unpacking the Go toolchain', 's');
    try {
      const digest = await goDigest(archive);
      if (digest !== toolchain.digest) throw new Error(`${url} has the digest ${digest}, expected ${toolchain.digest}`);
      await enoughSpace(dir, 300e6, 'the Go toolchain');
      const prefix = `golang.org/toolchain@${module}/`;
      await unzip(archive, dir, (name) => (name.startsWith(prefix) ? name.slice(prefix.length) : null));
      await makeExecutable(dir);
    } finally {
      task.end();
      await rm(archive, { force: true });
    }
  };
  const program = join(folder, 'bin', 'go');
  await makeOnce(folder, () => existsSync(program), make, progress);
  return program;
}

/**
 * `go install` of Temporal's command line into `dir`: the Go checksum database vouches for every module. A Go of ours keeps what it
 * downloads and compiles beside itself, and all of it is removed at the end.
 */
export async function goInstall(go: string, dir: string, version: string, progress: Progress): Promise<void> {
  await enoughSpace(dir, 3e9, 'compiling the Temporal server');
  const task = progress.task(`go install temporal v${version} (some minutes, once)`, 's');
  const ours = go !== 'go';
  const folders = ours ? { GOPATH: join(workFolder(), 'path'), GOCACHE: join(workFolder(), 'build') } : {};
  const goFlags = { GOTOOLCHAIN: 'local', CGO_ENABLED: '0', GOFLAGS: `-buildvcs=false${ours ? ' -modcacherw' : ''}` };
  const env = { ...process.env, ...folders, ...goFlags, GOBIN: dir };
  try {
    // The server's SQLite is written in Go: no C compiler is needed.
    const target = `github.com/temporalio/cli/cmd/temporal@v${version}`;
    const flags = ['-ldflags', `-s -w -X github.com/temporalio/cli/temporalcli.Version=${version}`];
    await promisify(execFile)(go, ['install', ...flags, target], { env, maxBuffer: 64 << 20 });
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string };
    const lines = stderr.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('go: downloading'));
    throw new Error(`go install failed: ${lines.slice(-3).join(' · ') || String(error)}`, { cause: error });
  } finally {
    task.end();
  }
  if (ours) await rm(workFolder(), { recursive: true, force: true });
}

const workFolder = (): string => join(cacheFolder(), 'go');

/** The proxy that Go is configured for, where it is one that serves files; else Go's default. */
function moduleProxy(): string {
  const first = (process.env['GOPROXY'] ?? '').split(/[,|]/).find((entry) => entry.startsWith('https://'));
  return (first ?? 'https://proxy.golang.org').replace(/\/+$/, '');
}

/** Module archives carry no permissions. */
async function makeExecutable(dir: string): Promise<void> {
  const tools = join(dir, 'pkg', 'tool');
  const folders = [join(dir, 'bin')];
  for (const platform of existsSync(tools) ? await readdir(tools) : []) folders.push(join(tools, platform));
  for (const folder of folders) for (const name of await readdir(folder)) await chmod(join(folder, name), 0o755);
}
