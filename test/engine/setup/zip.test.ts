import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { goDigest, unzip } from '../../../engine/setup/zip.ts';
import { pickOfCompanion, pickOfWheel } from '../../../engine/setup/tensorflow/unpack.ts';
import { scratch, zipOf, type ZipEntry } from './support.ts';

function archive(entries: ZipEntry[]): { file: string; dir: string } {
  const folder = scratch();
  const file = join(folder, 'a.zip');
  writeFileSync(file, zipOf(entries));
  return { file, dir: join(folder, 'out') };
}

describe('unzip', () => {
  it('unpacks what is picked, where it is told, with its permissions', async () => {
    const { file, dir } = archive([
      { name: 'pkg/bin/tool', data: 'program', mode: 0o100755 },
      { name: 'pkg/readme', data: 'text' },
    ]);
    expect(await unzip(file, dir, (name) => (name.startsWith('pkg/bin/') ? name.slice(4) : null))).toBe(1);
    expect(readFileSync(join(dir, 'bin/tool'), 'utf8')).toBe('program');
    expect(statSync(join(dir, 'bin/tool')).mode & 0o777).toBe(0o755);
    expect(readdirSync(dir)).toEqual(['bin']);
  });

  it.each(['../evil', 'a/../../evil', '/tmp/llava-evil'])('refuses the path %s', async (name) => {
    const { file, dir } = archive([{ name, data: 'x' }]);
    await expect(unzip(file, dir, (path) => path)).rejects.toThrow(
      /leads out of the target folder|invalid relative path|absolute path/,
    );
    expect(existsSync(join(dir, '..', 'evil')) || existsSync('/tmp/llava-evil')).toBe(false);
  });

  it('refuses a path that only the picking turns into an evil one', async () => {
    const { file, dir } = archive([{ name: 'pkg/evil', data: 'x' }]);
    await expect(unzip(file, dir, (name) => `../${name.slice(4)}`)).rejects.toThrow('leads out of the target folder');
    expect(existsSync(join(dir, '..', 'evil'))).toBe(false);
  });

  it('refuses links', async () => {
    const { file, dir } = archive([{ name: 'link', data: '/etc/passwd', mode: 0o120777 }]);
    await expect(unzip(file, dir, (name) => name)).rejects.toThrow('holds the link "link"');
  });

  it('refuses an archive that was cut off', async () => {
    const { file, dir } = archive([{ name: 'a', data: 'x'.repeat(1000) }]);
    writeFileSync(file, readFileSync(file).subarray(0, 500));
    await expect(unzip(file, dir, (name) => name)).rejects.toThrow();
  });
});

describe('the digest of a Go module', () => {
  it('is that of the Go checksum database', async () => {
    // Computed apart from this code: base64 SHA-256 of the two lines "SHA-256 of `package m\\n`, two blanks, name".
    const { file } = archive([
      { name: 'm@v1/b.go', data: 'package m\n' },
      { name: 'm@v1/a.go', data: 'package m\n' },
    ]);
    const { file: other } = archive([
      { name: 'm@v1/a.go', data: 'package m\n' },
      { name: 'm@v1/b.go', data: 'package n\n' },
    ]);
    expect(await goDigest(file)).toBe('h1:5rODBko4IC3PKocyV8J3XiOOgIwTEX3AWKWMvHE0qG8=');
    expect(await goDigest(other)).not.toBe(await goDigest(file));
  });
});

describe('what is taken of the wheels', () => {
  it('is the shared objects and the headers of the C interface', () => {
    expect(pickOfWheel('tensorflow/libtensorflow_cc.so.2')).toBe('lib/libtensorflow_cc.so.2');
    expect(pickOfWheel('tensorflow/libtensorflow_framework.2.dylib')).toBe('lib/libtensorflow_framework.2.dylib');
    expect(pickOfWheel('tensorflow/include/tensorflow/c/c_api.h')).toBe('include/tensorflow/c/c_api.h');
    expect(pickOfWheel('tensorflow/python/_pywrap_tfe.so')).toBeNull();
    expect(pickOfWheel('tensorflow/include/Eigen/Core')).toBeNull();
  });

  it('leaves out the headers of the NVIDIA packages', () => {
    expect(pickOfCompanion('nvidia/cudnn/lib/libcudnn.so.9')).toBe('nvidia/cudnn/lib/libcudnn.so.9');
    expect(pickOfCompanion('nvidia/cudnn/include/cudnn.h')).toBeNull();
    expect(pickOfCompanion('nvidia/cudnn/lib/__init__.py')).toBeNull();
  });
});
