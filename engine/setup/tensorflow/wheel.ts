import { execFile, execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { sha256File } from '../../store/files.ts';
import { cacheFolder } from '../cache.ts';
import { download, place } from '../download.ts';
import type { Progress } from '../progress.ts';
import type { Wheel } from './pins.ts';

const PYPI = 'https://pypi.org/simple';

/** A way to a wheel's verified file in the cache; the caller holds a lock and removes the file after use. */
export interface WheelFetcher {
  /** As in "the wheel tensorflow 2.21.0 from the Python package index". */
  name: string;
  fetch: (wheel: Wheel) => Promise<string>;
}

/** Our own downloader first, for it continues what was cut off and shows progress; pip where only that knows the way out. */
export function wheelFetchers(progress: Progress): WheelFetcher[] {
  const folder = join(cacheFolder(), 'downloads');
  return [
    {
      name: 'from the Python package index',
      async fetch(wheel) {
        const to = join(folder, wheel.file);
        const { url, headers } = await locate(wheel, packageIndex());
        const label = `${wheel.project} ${wheel.version}`;
        await download({ url, to, sha256: wheel.sha256, label, progress, headers });
        return to;
      },
    },
    {
      name: 'by pip',
      async fetch(wheel) {
        const pip = findPip();
        if (!pip) throw new Error('there is no pip');
        await pipDownload(pip, wheel, folder, progress);
        return join(folder, wheel.file);
      },
    },
  ];
}

/** The index that pip is configured for (a mirror, a company's proxy), else PyPI itself. */
export function packageIndex(env: NodeJS.ProcessEnv = process.env): string {
  if (env['PIP_INDEX_URL']) return env['PIP_INDEX_URL'];
  const pip = findPip();
  if (!pip) return PYPI;
  try {
    const [command, ...args] = pip;
    return (
      execFileSync(command, [...args, 'config', 'get', 'global.index-url'], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
        timeout: 30_000,
      }).trim() || PYPI
    );
  } catch {
    return PYPI;
  }
}

/** Finds a file by its name on an index, in the JSON form (PEP 691) or the HTML form (PEP 503) of the simple API. */
export async function locate(wheel: Wheel, index: string): Promise<{ url: string; headers: Record<string, string> }> {
  const page = new URL(`${index.replace(/\/+$/, '')}/${wheel.project}/`);
  const headers: Record<string, string> = {};
  if (page.username) {
    const credentials = `${decodeURIComponent(page.username)}:${decodeURIComponent(page.password)}`;
    headers['authorization'] = `Basic ${Buffer.from(credentials).toString('base64')}`;
    page.username = page.password = '';
  }
  const response = await fetch(page, {
    headers: { ...headers, accept: 'application/vnd.pypi.simple.v1+json, text/html;q=0.5' },
    signal: AbortSignal.timeout(60_000),
  });
  if (!response.ok) throw new Error(`${place(page.href)} answers ${response.status} ${response.statusText}`.trim());
  const text = await response.text();
  const json = response.headers.get('content-type')?.includes('json') ?? false;
  const link = json ? linkInJson(text, wheel.file) : linkInHtml(text, wheel.file);
  if (link === null) throw new Error(`${place(page.href)} does not list ${wheel.file}`);
  const url = new URL(link, response.url);
  // The password belongs to the index and to no other host.
  return { url: url.href, headers: url.host === page.host ? headers : {} };
}

function linkInJson(text: string, file: string): string | null {
  const { files } = JSON.parse(text) as { files?: { filename: string; url: string }[] };
  return files?.find((entry) => entry.filename === file)?.url ?? null;
}

function linkInHtml(text: string, file: string): string | null {
  for (const [, href] of text.matchAll(/<a\s[^>]*?href\s*=\s*["']([^"']+)["']/gi)) {
    const link = href!.replaceAll('&amp;', '&').replace(/#.*$/, '');
    if (decodeURIComponent(link.replace(/\?.*$/, '')).endsWith(`/${file}`) || link === file) return link;
  }
  return null;
}

function findPip(): [string, ...string[]] | null {
  const candidates: [string, ...string[]][] = [['pip3'], ['pip'], ['python3', '-m', 'pip']];
  for (const [command, ...args] of candidates) {
    try {
      execFileSync(command, [...args, '--version'], { stdio: 'ignore', timeout: 30_000 });
      return [command, ...args];
    } catch {
      // Absent or broken: the next one.
    }
  }
  return null;
}

async function pipDownload(
  pip: [string, ...string[]],
  wheel: Wheel,
  folder: string,
  progress: Progress,
): Promise<void> {
  const [command, ...args] = pip;
  const [, , python, abi, platforms] = wheel.file.replace(/\.whl$/, '').split('-');
  const into = join(folder, `pip-${process.pid}`);
  const task = progress.task(`pip download ${wheel.project} ${wheel.version}`, 's');
  try {
    await mkdir(into, { recursive: true });
    const version = python!.startsWith('cp') ? [`--python-version=${python!.replace(/^cp(\d)/, '$1.')}`] : [];
    const platform = platforms!.split('.').map((tag) => `--platform=${tag}`);
    const what = ['--no-deps', '--only-binary=:all:', '--no-cache-dir', `--abi=${abi}`, ...version, ...platform];
    await promisify(execFile)(command, [
      ...args,
      'download',
      '-q',
      ...what,
      '-d',
      into,
      `${wheel.project}==${wheel.version}`,
    ]);
    const file = join(into, wheel.file);
    if (!existsSync(file)) throw new Error(`pip brought another file than ${wheel.file}`);
    const found = await sha256File(file);
    if (found !== wheel.sha256) throw new Error(`what pip brought has SHA-256 ${found}, expected ${wheel.sha256}`);
    await rename(file, join(folder, wheel.file));
  } finally {
    task.end();
    await rm(into, { recursive: true, force: true });
  }
}
