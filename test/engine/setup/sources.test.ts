import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EnvironmentError } from '../../../engine/stages/types.ts';
import { firstOf, sentence } from '../../../engine/setup/sources.ts';
import { locate, packageIndex } from '../../../engine/setup/tensorflow/wheel.ts';
import { findTensorFlow } from '../../../engine/setup/tensorflow.ts';
import { flavours } from '../../../engine/setup/tensorflow/pins.ts';
import { fetchTemporal } from '../../../engine/setup/temporal/archive.ts';
import { checkTemporal, ensureTemporal, findTemporal } from '../../../engine/setup/temporal.ts';
import { cacheFolder } from '../../../engine/setup/cache.ts';
import { recorded, scratch, serve, setEnv } from './support.ts';

describe('sources', () => {
  const options = (failed: string[]) => ({
    what: 'The thing',
    remedy: 'Install it.',
    failed: (line: string) => void failed.push(line),
  });
  const asked: string[] = [];
  const source = (name: string, answer: string | null | Error) => ({
    name,
    find: () => {
      asked.push(name);
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
  });

  it('are asked in their order until one has it, and each failure is told in one line', async () => {
    asked.length = 0;
    const failed: string[] = [];
    const refused = new Error('fetch failed', { cause: new Error('getaddrinfo ENOTFOUND host.example') });
    const list = [
      source('cache', null),
      source('network', refused),
      source('compiler', 'found'),
      source('last', 'too late'),
    ];
    expect(await firstOf(list, options(failed))).toBe('found');
    expect(asked).toEqual(['cache', 'network', 'compiler']);
    expect(failed).toEqual(['network: fetch failed: getaddrinfo ENOTFOUND host.example']);
  });

  it('end with every reason and the remedy as the last word', async () => {
    const failed: string[] = [];
    const error: unknown = await firstOf(
      [source('a', new Error('no a')), source('b', new Error('no b\nat all'))],
      options(failed),
    ).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(EnvironmentError);
    expect(sentence(error)).toContain('no b · at all');
    expect((error as Error).message).toBe(
      'The thing could not be had:\n  - a: no a\n  - b: no b · at all\nInstall it.',
    );
  });
});

describe('the package index', () => {
  const wheel = flavours(false, 'linux-x64')[0]!.wheel;

  it('is asked in JSON, and its links are resolved', async () => {
    const url = await serve((request, response) => {
      response.writeHead(request.url === '/simple/tensorflow-cpu/' ? 200 : 404, {
        'content-type': 'application/vnd.pypi.simple.v1+json',
      });
      response.end(JSON.stringify({ files: [{ filename: wheel.file, url: `../../files/${wheel.file}`, hashes: {} }] }));
    });
    expect((await locate(wheel, `${url}/simple`)).url).toBe(`${url}/files/${wheel.file}`);
  });

  it('may answer in HTML, and gets the user name and password of its address', async () => {
    let credentials = '';
    const url = await serve((request, response) => {
      credentials = request.headers.authorization ?? '';
      response.writeHead(200, { 'content-type': 'text/html' });
      response.end(
        `<a href="/f/other.whl">other</a> <a data-x="1" href="/f/${wheel.file}#sha256=00">${wheel.file}</a>`,
      );
    });
    const found = await locate(wheel, url.replace('://', '://me:s%40cret@'));
    expect(found.url).toBe(`${url}/f/${wheel.file}`);
    expect(credentials).toBe(`Basic ${Buffer.from('me:s@cret').toString('base64')}`);
    expect(found.headers).toEqual({ authorization: credentials });
  });

  it('that lacks the file is told so', async () => {
    const url = await serve((_, response) =>
      response.writeHead(200, { 'content-type': 'text/html' }).end('<a href="x">x</a>'),
    );
    await expect(locate(wheel, url)).rejects.toThrow(`${url}/tensorflow-cpu/ does not list ${wheel.file}`);
  });

  it('is the one of PIP_INDEX_URL', () => {
    expect(packageIndex({ PIP_INDEX_URL: 'https://mirror.example/simple' })).toBe('https://mirror.example/simple');
  });
});

describe('wheels', () => {
  it('are chosen by platform and GPU', () => {
    const files = (gpu: boolean, platform: string): string[] => flavours(gpu, platform).map(({ wheel }) => wheel.file);
    expect(files(false, 'linux-x64')).toEqual(['tensorflow_cpu-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl']);
    expect(files(true, 'linux-x64')[0]).toBe('tensorflow-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl');
    expect(files(true, 'linux-x64')).toHaveLength(2);
    expect(files(true, 'darwin-arm64')).toEqual(['tensorflow-2.21.0-cp311-cp311-macosx_12_0_arm64.whl']);
    expect(files(false, 'win32-x64')).toEqual([]);
    for (const flavour of flavours(true, 'linux-x64')) {
      for (const { sha256 } of [flavour.wheel, ...flavour.companions]) expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    }
  });
});

describe('TensorFlow', () => {
  it('is absent from an empty cache', () => {
    setEnv({ LLAVA_CACHE: scratch(), LLAVA_TENSORFLOW: undefined });
    expect(findTensorFlow()).toBeNull();
  });

  it('says what is wrong with the folder of LLAVA_TENSORFLOW', () => {
    const dir = scratch();
    setEnv({ LLAVA_TENSORFLOW: join(dir, 'absent') });
    expect(() => findTensorFlow()).toThrow(
      /LLAVA_TENSORFLOW names .*absent, which does not exist; name a folder that holds/,
    );
    setEnv({ LLAVA_TENSORFLOW: dir });
    expect(() => findTensorFlow()).toThrow(/where there is no such library/);
  });
});

/** A program that answers `--version` as the real one does. */
function program(file: string, says: string): void {
  writeFileSync(file, `#!/bin/sh\necho '${says}'\n`);
  chmodSync(file, 0o755);
}

describe('the Temporal server', () => {
  it('is taken from TEMPORAL_CLI before PATH, and from PATH before the cache', () => {
    const dir = scratch();
    program(join(dir, 'temporal'), 'temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)');
    expect(findTemporal({ TEMPORAL_CLI: '/some/temporal', PATH: dir })).toEqual({
      path: '/some/temporal',
      source: 'TEMPORAL_CLI',
    });
    expect(findTemporal({ PATH: `/nowhere:${dir}` })).toEqual({ path: join(dir, 'temporal'), source: 'PATH' });
    setEnv({ LLAVA_CACHE: scratch() });
    expect(findTemporal({ PATH: '/nowhere' })).toBeNull();
  });

  it('of TEMPORAL_CLI must be one: no other source is asked when it is not', async () => {
    const dir = scratch();
    program(join(dir, 'other'), 'something else 1.0');
    setEnv({ TEMPORAL_CLI: join(dir, 'other') });
    await expect(ensureTemporal()).rejects.toThrow(
      `TEMPORAL_CLI: ${join(dir, 'other')} is not Temporal's command line (it says "something else 1.0"); set TEMPORAL_CLI`,
    );
    setEnv({ TEMPORAL_CLI: join(dir, 'absent') });
    await expect(ensureTemporal()).rejects.toThrow('does not exist');
  });

  it('is unpacked from the archive that the download service names', async () => {
    setEnv({ LLAVA_CACHE: scratch() });
    const build = scratch();
    mkdirSync(join(build, 'cli'));
    program(join(build, 'cli', 'temporal'), 'temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)');
    writeFileSync(join(build, 'cli', 'LICENSE'), 'text');
    execFileSync('tar', ['-czf', join(build, 'a.tar.gz'), '-C', build, 'cli']);
    const archive = readFileSync(join(build, 'a.tar.gz'));
    const asked: string[] = [];
    const url = await serve((request, response) => {
      asked.push(request.url ?? '');
      if (request.url === '/archive') response.end(archive);
      else response.end(JSON.stringify({ archiveUrl: `${url}/archive`, fileToExtract: 'cli/temporal' }));
    });
    const dir = scratch();
    await fetchTemporal(dir, '1.5.1', recorded(), url);
    expect(asked[0]).toMatch(/^\/cli\/v1\.5\.1\?platform=(linux|darwin)&arch=(amd64|arm64)&format=tar\.gz$/);
    expect(await checkTemporal({ path: join(dir, 'temporal'), source: 'test' })).toMatchObject({
      version: '1.5.1 (Server 1.29.1, UI 2.42.1)',
    });
    expect(existsSync(join(dir, 'LICENSE')) || existsSync(join(dir, 'cli'))).toBe(false);
    expect(
      createHash('sha256')
        .update(readFileSync(join(dir, 'temporal')))
        .digest('hex'),
    ).toBe(
      createHash('sha256')
        .update(readFileSync(join(build, 'cli', 'temporal')))
        .digest('hex'),
    );
  });
});

describe('the cache folder', () => {
  it('is the one of LLAVA_CACHE, of XDG, or the default of the platform', () => {
    expect(cacheFolder({ LLAVA_CACHE: '/c', XDG_CACHE_HOME: '/x' }, 'linux')).toBe('/c');
    expect(cacheFolder({ XDG_CACHE_HOME: '/x' }, 'linux')).toBe('/x/llava');
    expect(cacheFolder({ XDG_CACHE_HOME: 'relative' }, 'linux')).toMatch(/\/\.cache\/llava$/);
    expect(cacheFolder({}, 'darwin')).toMatch(/\/Library\/Caches\/llava$/);
  });
});
