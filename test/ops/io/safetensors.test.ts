import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSafetensors, readSafetensors } from '../../../ops/io/safetensors/read.ts';
import { writeSafetensors, type TensorData } from '../../../ops/io/safetensors/write.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'llava-safetensors-'));
});
afterAll(() => rmSync(dir, { recursive: true }));

/** A file as another program would write it. */
function raw(name: string, header: unknown, data: Uint8Array | number): string {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const file = join(dir, name);
  writeFileSync(file, Buffer.concat([length, json, typeof data === 'number' ? Buffer.alloc(data) : data]));
  return file;
}

const tensor = (dtype: string, shape: number[], begin: number, end: number) => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

describe('writing and reading', () => {
  const tensors: [string, TensorData][] = [
    ['z.weight', { shape: [2, 3], data: Float32Array.of(1, -2.5, 3e-9, 4, 5, Infinity) }],
    ['a.ids', { shape: [2], data: Int32Array.of(-7, 2 ** 31 - 1) }],
    ['scale', { shape: [], data: Float32Array.of(2.659) }],
    ['ü.empty', { shape: [0, 4], data: new Float32Array(0) }],
  ];

  it('gives back names, shapes and values', async () => {
    const file = join(dir, 'round.safetensors');
    await writeSafetensors(file, tensors, { metadata: { format: 'pt' }, fsync: true });
    expect(await readSafetensors(file)).toEqual(new Map([...tensors].sort(([a], [b]) => (a < b ? -1 : 1))));
    const reader = await openSafetensors(file);
    expect(reader.metadata).toEqual({ format: 'pt' });
    expect(reader.names).toEqual(['a.ids', 'scale', 'z.weight', 'ü.empty']);
    expect(reader.info('z.weight')).toEqual({ dtype: 'F32', shape: [2, 3] });
    await expect((async () => reader.read('y'))()).rejects.toThrow('holds no tensor "y"');
    await reader.close();
  });

  it('writes the same bytes whatever the order', async () => {
    const [one, two] = [join(dir, 'one'), join(dir, 'two')];
    await writeSafetensors(one, tensors);
    await writeSafetensors(two, [...tensors].reverse());
    const digest = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex');
    expect(digest(one)).toBe(digest(two));
  });

  it('writes views of larger buffers', async () => {
    const file = join(dir, 'view');
    await writeSafetensors(file, [['x', { shape: [2], data: Float32Array.of(1, 2, 3, 4).subarray(1, 3) }]]);
    expect([...(await readSafetensors(file)).get('x')!.data]).toEqual([2, 3]);
  });

  it('refuses a shape that does not hold the values, and a name given twice', async () => {
    const file = join(dir, 'never');
    const x: TensorData = { shape: [3], data: Float32Array.of(1, 2) };
    await expect(writeSafetensors(file, [['x', x]])).rejects.toThrow('tensor "x": shape [3] does not hold 2 values');
    const y: TensorData = { shape: [1], data: Float32Array.of(1) };
    await expect(writeSafetensors(file, [['y', y], ['y', y]])).rejects.toThrow('"y" cannot be written twice'); // prettier-ignore
  });
});

describe('stored types', () => {
  it('become f32 and i32', async () => {
    const data = Buffer.alloc(46);
    data.writeUInt16LE(0x3c00, 0); // f16: 1
    data.writeUInt16LE(0xc500, 2); // −5
    data.writeUInt16LE(0x0001, 4); // smallest subnormal, 2^−24
    data.writeUInt16LE(0x7c00, 6); // ∞
    data.writeUInt16LE(0x3fc0, 8); // bf16: 1.5
    data.writeUInt16LE(0xc2f7, 10); // −123.5
    data.writeDoubleLE(0.1, 12);
    data.writeBigInt64LE(-3n, 20);
    data.writeInt16LE(-300, 28);
    data.set([255, 200, 1, 0], 30);
    data.writeFloatLE(7.25, 34);
    data.writeBigInt64LE(5_000_000_000n, 38);
    const file = raw(
      'types',
      {
        half: tensor('F16', [4], 0, 8),
        brain: tensor('BF16', [2], 8, 12),
        double: tensor('F64', [1], 12, 20),
        long: tensor('I64', [1], 20, 28),
        short: tensor('I16', [1], 28, 30),
        signed: tensor('I8', [1], 30, 31),
        byte: tensor('U8', [1], 31, 32),
        bool: tensor('BOOL', [2], 32, 34),
        single: tensor('F32', [1], 34, 38),
        huge: tensor('I64', [1], 38, 46),
      },
      data,
    );
    const reader = await openSafetensors(file);
    const read = async (name: string) => (await reader.read(name)).data;
    expect(await read('half')).toEqual(Float32Array.of(1, -5, 2 ** -24, Infinity));
    expect(await read('brain')).toEqual(Float32Array.of(1.5, -123.5));
    expect(await read('double')).toEqual(Float32Array.of(0.1));
    expect(await read('long')).toEqual(Int32Array.of(-3));
    expect(await read('short')).toEqual(Int32Array.of(-300));
    expect(await read('signed')).toEqual(Int32Array.of(-1));
    expect(await read('byte')).toEqual(Int32Array.of(200));
    expect(await read('bool')).toEqual(Int32Array.of(1, 0));
    expect(await read('single')).toEqual(Float32Array.of(7.25));
    await expect(reader.read('huge')).rejects.toThrow('tensor "huge" holds 5000000000, which does not fit 32 bits');
    await reader.close();
  });
});

describe('files that are wrong', () => {
  const x = { x: tensor('F32', [2], 0, 8) };
  const cases: [string, () => string, string][] = [
    ['absent', () => join(dir, 'nowhere'), 'no such file or folder'],
    ['a folder without weights', () => dir, 'holds neither model.safetensors nor model.safetensors.index.json'],
    ['cut off in the data', () => raw('cut', x, 5), 'truncated: the tensors take 8 bytes, the file holds 5'],
    ['cut off in the header', () => {
      const file = raw('head', x, 8);
      writeFileSync(file, readFileSync(file).subarray(0, 20));
      return file;
    }, 'truncated: the header takes'],
    ['nearly empty', () => {
      writeFileSync(join(dir, 'tiny'), 'abc');
      return join(dir, 'tiny');
    }, '3 bytes are too few'],
    ['another format', () => {
      writeFileSync(join(dir, 'zip'), Buffer.from('PK\x03\x04 this is some zip archive or other'));
      return join(dir, 'zip');
    }, 'not a safetensors file'],
    ['a header that is not JSON', () => raw('json', '{"x":', 0), 'the header is not JSON'],
    ['trailing bytes', () => raw('trail', x, 9), '1 bytes after the last tensor'],
    ['overlapping tensors', () => raw('over', { ...x, y: tensor('F32', [2], 4, 12) }, 12), 'tensors "x" and "y" overlap at byte 4'],
    ['a hole', () => raw('hole', { x: tensor('F32', [1], 0, 4), y: tensor('F32', [1], 8, 12) }, 12), 'bytes 4 to 8 belong to no tensor'],
    ['a length that does not fit the shape', () => raw('len', { x: tensor('F32', [3], 0, 8) }, 8), 'F32 [3] takes 12 bytes, data_offsets gives 8'],
    ['an unknown type', () => raw('type', { x: tensor('F8_E4M3', [8], 0, 8) }, 8), 'type "F8_E4M3" is not supported'],
    ['a negative size', () => raw('neg', { x: tensor('F32', [-2], 0, 8) }, 8), 'its shape is not a list of sizes'],
  ]; // prettier-ignore

  it.each(cases)('%s: one clear error that names the file', async (_what, make, problem) => {
    const file = make();
    await expect(openSafetensors(file)).rejects.toThrow(problem);
    await expect(openSafetensors(file)).rejects.toThrow(file);
  });
});

describe('shards', () => {
  it('are read as one through their index, and the index is checked', async () => {
    const one = (value: number): TensorData => ({ shape: [1], data: Float32Array.of(value) });
    await writeSafetensors(join(dir, 'model-1.safetensors'), [['b', one(2)]]);
    await writeSafetensors(join(dir, 'model-2.safetensors'), [['a', one(1)]]);
    const index = join(dir, 'model.safetensors.index.json');
    const map: Record<string, string> = { a: 'model-2.safetensors', b: 'model-1.safetensors' };
    writeFileSync(index, JSON.stringify({ weight_map: map }));
    expect([...(await readSafetensors(dir))]).toEqual([['a', one(1)], ['b', one(2)]]); // prettier-ignore
    writeFileSync(index, JSON.stringify({ weight_map: { ...map, c: 'model-1.safetensors' } }));
    await expect(openSafetensors(dir)).rejects.toThrow(
      'names tensor "c" in model-1.safetensors, which does not hold it',
    );
    writeFileSync(index, JSON.stringify({ weight_map: { a: '../../etc/passwd' } }));
    await expect(openSafetensors(dir)).rejects.toThrow('"weight_map" of "a" is not a file name in its folder');
  });
});
