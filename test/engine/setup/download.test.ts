import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { download, place } from '../../../engine/setup/download.ts';
import { exclusively } from '../../../engine/setup/once.ts';
import { recorded, scratch, serve } from './support.ts';

const content = randomBytes(400_000);
const sha256 = createHash('sha256').update(content).digest('hex');

interface ServerOptions {
  /** So many answers break off after `cutAfter` bytes, once they lie in the file `part`. */
  cuts?: number;
  cutAfter?: number;
  part?: string;
  ranges?: boolean;
}

/** Serves ranges of `content` and keeps which were asked for. */
async function contentServer(options: ServerOptions = {}): Promise<{ url: string; asked: string[] }> {
  const { cutAfter = 0, part = '', ranges = true } = options;
  let { cuts = 0 } = options;
  const asked: string[] = [];
  const url = await serve((request, response) => {
    asked.push(request.headers.range ?? 'all');
    const start = ranges ? Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0) : 0;
    if (start >= content.length) {
      response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end();
      return;
    }
    const range = { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` };
    response.writeHead(start > 0 ? 206 : 200, {
      'content-length': content.length - start,
      ...(start > 0 ? range : {}),
    });
    if (cuts-- <= 0) return void response.end(content.subarray(start));
    const end = start + cutAfter;
    response.write(content.subarray(start, end));
    const timer = setInterval(() => {
      if ((statSync(part, { throwIfNoEntry: false })?.size ?? 0) < end) return;
      clearInterval(timer);
      response.destroy();
    }, 5);
  });
  return { url: `${url}/file`, asked };
}

const options = (url: string, to: string) => ({
  url,
  to,
  sha256,
  label: 'the file',
  progress: recorded(),
  pauseMs: 5,
  attempts: 3,
});

describe('download', () => {
  it('continues where the connection was cut, until the file is whole', async () => {
    const to = join(scratch(), 'file');
    const { url, asked } = await contentServer({ cutAfter: 100_000, cuts: 3, part: `${to}.part` });
    await download(options(url, to));
    expect(readFileSync(to).equals(content)).toBe(true);
    expect(existsSync(`${to}.part`)).toBe(false);
    // Each request asks only for what is missing.
    expect(asked).toEqual(['all', 'bytes=100000-', 'bytes=200000-', 'bytes=300000-']);
  });

  it('continues the part that a killed process left', async () => {
    const { url, asked } = await contentServer();
    const to = join(scratch(), 'file');
    writeFileSync(`${to}.part`, content.subarray(0, 300_000));
    await download(options(url, to));
    expect(readFileSync(to).equals(content)).toBe(true);
    expect(asked).toEqual(['bytes=300000-']);
  });

  it('takes a part that is whole already', async () => {
    const { url } = await contentServer();
    const to = join(scratch(), 'file');
    writeFileSync(`${to}.part`, content);
    await download(options(url, to));
    expect(readFileSync(to).equals(content)).toBe(true);
  });

  it('starts over where the server knows no ranges', async () => {
    const to = join(scratch(), 'file');
    const { url } = await contentServer({ cutAfter: 100_000, cuts: 1, ranges: false, part: `${to}.part` });
    await download(options(url, to));
    expect(readFileSync(to).equals(content)).toBe(true);
  });

  it('throws away a part of another file and fetches anew', async () => {
    const { url, asked } = await contentServer();
    const to = join(scratch(), 'file');
    writeFileSync(`${to}.part`, randomBytes(1000));
    await download(options(url, to));
    expect(readFileSync(to).equals(content)).toBe(true);
    expect(asked).toEqual(['bytes=1000-', 'all']);
  });

  it('refuses a file with a wrong digest, and keeps none of it', async () => {
    const { url, asked } = await contentServer();
    const to = join(scratch(), 'file');
    const wrong = 'ab'.repeat(32);
    await expect(download({ ...options(url, to), sha256: wrong })).rejects.toThrow(
      `the file from ${url} has SHA-256 ${sha256}, expected ${wrong}`,
    );
    expect(asked).toHaveLength(2);
    expect(existsSync(to) || existsSync(`${to}.part`)).toBe(false);
  });

  it('does not ask for a file that is there, and replaces one that is damaged', async () => {
    const { url, asked } = await contentServer();
    const to = join(scratch(), 'file');
    writeFileSync(to, content);
    await download(options(url, to));
    expect(asked).toEqual([]);
    writeFileSync(to, content.subarray(1));
    await download(options(url, to));
    expect(readFileSync(to).equals(content)).toBe(true);
  });

  it('gives up at once when the server refuses, and after some attempts when nothing comes', async () => {
    let asked = 0;
    const refusing = await serve((_, response) => {
      asked++;
      response.writeHead(404).end();
    });
    const to = join(scratch(), 'file');
    await expect(download(options(`${refusing}/file`, to))).rejects.toThrow(`${refusing}/file answers 404 Not Found`);
    expect(asked).toBe(1);
    const silent = await serve(() => asked++);
    await expect(download({ ...options(`${silent}/file`, to), stallMs: 50 })).rejects.toThrow(
      `no answer from ${silent}/file in 3 attempts`,
    );
    expect(asked).toBe(4);
  });

  it('is made once when two ask for it at once', async () => {
    const { url, asked } = await contentServer();
    const to = join(scratch(), 'file');
    const progress = recorded();
    const get = () => exclusively(to, progress, () => download(options(url, to)));
    await Promise.all([get(), get()]);
    expect(asked).toEqual(['all']);
    expect(readFileSync(to).equals(content)).toBe(true);
    expect(progress.lines).toEqual(['another process is busy with file, waiting for it …']);
  });

  it('never shows a password', () => {
    expect(place('https://me:secret@host.example/a/b?token=1')).toBe('https://host.example/a/b');
  });
});
