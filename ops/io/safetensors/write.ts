import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import type { TensorData } from './format.ts';
import { sizeOfShape } from './format.ts';

export type { TensorData };

export interface WriteOptions {
  /** Goes into `__metadata__`; transformers wants `{ format: 'pt' }`. */
  metadata?: Readonly<Record<string, string>>;
  /** Wait until the bytes are on the disk. */
  fsync?: boolean;
}

/**
 * Write tensors as one safetensors file. The same tensors give the same bytes: names are sorted, and the header is padded
 * with spaces to a multiple of 8 so that data is aligned. The file is written in place: write aside and rename where a
 * half-written file would hurt.
 */
export async function writeSafetensors(
  file: string,
  tensors: Iterable<readonly [string, TensorData]>,
  options: WriteOptions = {},
): Promise<void> {
  const sorted = [...tensors].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const header = headerOf(sorted, options.metadata);
  const handle = await open(file, 'w');
  try {
    await writeAll(handle, header);
    for (const [, { data }] of sorted)
      await writeAll(handle, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    if (options.fsync) await handle.sync();
  } finally {
    await handle.close();
  }
}

function headerOf(
  sorted: readonly (readonly [string, TensorData])[],
  metadata: Readonly<Record<string, string>> | undefined,
): Uint8Array {
  const entries: Record<string, unknown> = {};
  if (metadata) {
    const keys = Object.keys(metadata).sort();
    entries.__metadata__ = Object.fromEntries(keys.map((key) => [key, metadata[key]]));
  }
  let position = 0;
  for (const [name, { shape, data }] of sorted) {
    if (name === '__metadata__' || name in entries) throw new Error(`tensor name "${name}" cannot be written twice`);
    if (sizeOfShape(shape) !== data.length)
      throw new Error(`tensor "${name}": shape [${shape.join(', ')}] does not hold ${data.length} values`);
    const dtype = data instanceof Float32Array ? 'F32' : 'I32';
    entries[name] = { dtype, shape, data_offsets: [position, (position += data.byteLength)] };
  }
  const json = Buffer.from(JSON.stringify(entries), 'utf8');
  const padded = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(8 + padded).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(padded), true);
  bytes.set(json, 8);
  return bytes;
}

async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, done, Math.min(1 << 30, bytes.length - done));
    done += bytesWritten;
  }
}
