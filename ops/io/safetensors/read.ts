import { open, readFile, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { describeSystemError, FileFormatError } from '../error.ts';
import { decodeValues } from './convert.ts';
import type { Header, StoredType, TensorData } from './format.ts';
import { MAX_HEADER_BYTES, parseHeader } from './format.ts';

/** Tensors of one file or of a set of shards, read one at a time: memory holds only what was asked for. */
export interface SafetensorsReader {
  /** Sorted. */
  readonly names: readonly string[];
  /** `__metadata__` of the file; of the first shard where there are several. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Type and shape as stored. Throws when the name is absent. */
  info(name: string): { dtype: StoredType; shape: readonly number[] };
  /** The tensor: floats as f32, integers as i32. */
  read(name: string): Promise<TensorData>;
  close(): Promise<void>;
}

/**
 * Open `path`: a `.safetensors` file, a `.safetensors.index.json`, or a folder that holds `model.safetensors` or its index.
 * Every header is checked at once; data is read only on demand.
 */
export async function openSafetensors(path: string): Promise<SafetensorsReader> {
  const file = await locate(path);
  if (!file.endsWith('.index.json')) return readerOf(file, new Map([[file, await Shard.open(file)]]), null);
  const weightMap = await readIndex(file);
  const shards = new Map<string, Shard>();
  try {
    for (const name of new Set(weightMap.values())) shards.set(name, await Shard.open(join(dirname(file), name)));
    for (const [tensor, name] of weightMap)
      if (!shards.get(name)!.header.tensors.has(tensor))
        throw new FileFormatError(file, `names tensor "${tensor}" in ${name}, which does not hold it`);
  } catch (error) {
    await Promise.all([...shards.values()].map((shard) => shard.close()));
    throw error;
  }
  return readerOf(file, shards, weightMap);
}

/** All tensors of a file, folder or index, by name in sorted order. */
export async function readSafetensors(path: string): Promise<Map<string, TensorData>> {
  const reader = await openSafetensors(path);
  try {
    const tensors = new Map<string, TensorData>();
    for (const name of reader.names) tensors.set(name, await reader.read(name));
    return tensors;
  } finally {
    await reader.close();
  }
}

async function locate(path: string): Promise<string> {
  try {
    if (!(await stat(path)).isDirectory()) return path;
  } catch (error) {
    throw new FileFormatError(path, describeSystemError(error));
  }
  for (const name of ['model.safetensors', 'model.safetensors.index.json']) {
    const file = join(path, name);
    if (await stat(file).catch(() => null)) return file;
  }
  throw new FileFormatError(path, 'holds neither model.safetensors nor model.safetensors.index.json');
}

async function readIndex(file: string): Promise<Map<string, string>> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new FileFormatError(file, `cannot read the index (${describeSystemError(error)})`);
  }
  const map = (parsed as { weight_map?: unknown } | null)?.weight_map;
  if (typeof map !== 'object' || map === null) throw new FileFormatError(file, 'has no "weight_map"');
  const entries = Object.entries(map);
  for (const [tensor, shard] of entries)
    if (typeof shard !== 'string' || basename(shard) !== shard)
      throw new FileFormatError(file, `"weight_map" of "${tensor}" is not a file name in its folder`);
  return new Map(entries as [string, string][]);
}

function readerOf(file: string, shards: Map<string, Shard>, weightMap: Map<string, string> | null): SafetensorsReader {
  const first = [...shards.values()][0];
  const shardOf = (name: string): Shard => {
    const shard = weightMap ? shards.get(weightMap.get(name) ?? '') : first;
    if (!shard?.header.tensors.has(name)) throw new FileFormatError(file, `holds no tensor "${name}"`);
    return shard;
  };
  const names = weightMap ? [...weightMap.keys()] : [...(first?.header.tensors.keys() ?? [])];
  return {
    names: names.sort(),
    metadata: first?.header.metadata ?? {},
    info: (name) => {
      const { dtype, shape } = shardOf(name).header.tensors.get(name)!;
      return { dtype, shape };
    },
    read: (name) => shardOf(name).read(name),
    close: async () => {
      await Promise.all([...shards.values()].map((shard) => shard.close()));
    },
  };
}

/** One open file. */
class Shard {
  readonly header: Header;
  readonly #file: string;
  readonly #handle: FileHandle;
  readonly #dataStart: number;

  private constructor(file: string, handle: FileHandle, header: Header, dataStart: number) {
    this.#file = file;
    this.#handle = handle;
    this.header = header;
    this.#dataStart = dataStart;
  }

  static async open(file: string): Promise<Shard> {
    let handle: FileHandle;
    try {
      handle = await open(file, 'r');
    } catch (error) {
      throw new FileFormatError(file, describeSystemError(error));
    }
    try {
      const { size } = await handle.stat();
      if (size < 8) throw new FileFormatError(file, `truncated: ${size} bytes are too few for a safetensors file`);
      const length = new DataView(await readBytes(handle, 0, 8, file)).getBigUint64(0, true);
      if (length > MAX_HEADER_BYTES)
        throw new FileFormatError(file, `not a safetensors file (it would begin with a header of ${length} bytes)`);
      const headerBytes = Number(length);
      if (8 + headerBytes > size)
        throw new FileFormatError(file, `truncated: the header takes ${headerBytes} bytes, the file holds ${size - 8}`);
      const text = new TextDecoder().decode(await readBytes(handle, 8, headerBytes, file));
      return new Shard(file, handle, parseHeader(file, text, size - 8 - headerBytes), 8 + headerBytes);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  async read(name: string): Promise<TensorData> {
    const { dtype, shape, begin, end } = this.header.tensors.get(name)!;
    const bytes = await readBytes(this.#handle, this.#dataStart + begin, end - begin, this.#file);
    const overflow = (value: bigint) =>
      new FileFormatError(this.#file, `tensor "${name}" holds ${value}, which does not fit 32 bits`);
    return { shape, data: decodeValues(dtype, bytes, overflow) };
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

/** One read call takes at most this much (the system's limit is 2 GiB). */
const CHUNK = 1 << 30;

async function readBytes(handle: FileHandle, position: number, length: number, file: string): Promise<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length;) {
    const { bytesRead } = await handle.read(bytes, done, Math.min(CHUNK, length - done), position + done);
    if (bytesRead === 0) throw new FileFormatError(file, `truncated while it was read, at byte ${position + done}`);
    done += bytesRead;
  }
  return bytes.buffer;
}
