import { FileFormatError } from '../error.ts';

/**
 * The safetensors container: 8 bytes (little-endian header length), a JSON header, then the tensors' bytes back to back.
 * Format: https://huggingface.co/docs/safetensors
 */

/** A tensor in memory, row-major. */
export interface TensorData {
  shape: readonly number[];
  data: Float32Array | Int32Array;
}

export type StoredType = 'F64' | 'F32' | 'F16' | 'BF16' | 'I64' | 'I32' | 'I16' | 'I8' | 'U8' | 'BOOL';

export const BYTES_OF: Readonly<Record<StoredType, number>> = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
};

export interface StoredTensor {
  dtype: StoredType;
  shape: number[];
  /** First byte and end, counted from the end of the header. */
  begin: number;
  end: number;
}

export interface Header {
  tensors: Map<string, StoredTensor>;
  metadata: Record<string, string>;
}

/** Larger headers are refused, as the reference implementation does. */
export const MAX_HEADER_BYTES = 100_000_000;

/** Product of the dimensions; 1 for a scalar. */
export function sizeOfShape(shape: readonly number[]): number {
  return shape.reduce((product, dim) => product * dim, 1);
}

/**
 * Check a header against the number of data bytes that follow it.
 * Throws FileFormatError for anything that is not strictly valid: unknown types, wrong lengths, holes, overlaps, truncation.
 */
export function parseHeader(file: string, json: string, dataBytes: number): Header {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch (error) {
    throw new FileFormatError(file, `the header is not JSON (${(error as Error).message})`);
  }
  if (!isRecord(parsed)) throw new FileFormatError(file, 'the header is not a JSON object');
  const tensors = new Map<string, StoredTensor>();
  let metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(parsed)) {
    if (name === '__metadata__') metadata = parseMetadata(file, value);
    else tensors.set(name, parseEntry(file, name, value));
  }
  checkLayout(file, tensors, dataBytes);
  return { tensors, metadata };
}

function parseMetadata(file: string, value: unknown): Record<string, string> {
  if (!isRecord(value) || Object.values(value).some((v) => typeof v !== 'string'))
    throw new FileFormatError(file, '__metadata__ must map names to strings');
  return value as Record<string, string>;
}

function parseEntry(file: string, name: string, value: unknown): StoredTensor {
  const fail = (problem: string) => new FileFormatError(file, `tensor "${name}": ${problem}`);
  if (!isRecord(value)) throw fail('its entry is not an object');
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== 'string' || !(dtype in BYTES_OF))
    throw fail(`type ${JSON.stringify(dtype)} is not supported (${Object.keys(BYTES_OF).join(', ')})`);
  if (!isCounts(shape)) throw fail('its shape is not a list of sizes');
  if (!isCounts(offsets) || offsets.length !== 2) throw fail('data_offsets is not a pair of positions');
  const [begin, end] = offsets as [number, number];
  const bytes = sizeOfShape(shape) * BYTES_OF[dtype as StoredType];
  if (end - begin !== bytes)
    throw fail(`${dtype} [${shape.join(', ')}] takes ${bytes} bytes, data_offsets gives ${end - begin}`);
  return { dtype: dtype as StoredType, shape, begin, end };
}

function checkLayout(file: string, tensors: Map<string, StoredTensor>, dataBytes: number): void {
  const inOrder = [...tensors].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  let position = 0;
  let previous = '';
  for (const [name, { begin, end }] of inOrder) {
    if (begin < position)
      throw new FileFormatError(file, `tensors "${previous}" and "${name}" overlap at byte ${begin}`);
    if (begin > position) throw new FileFormatError(file, `bytes ${position} to ${begin} belong to no tensor`);
    position = end;
    previous = name;
  }
  if (position > dataBytes)
    throw new FileFormatError(
      file,
      `truncated: the tensors take ${position} bytes, the file holds ${dataBytes}; fetch or write it again`,
    );
  if (position < dataBytes)
    throw new FileFormatError(file, `${dataBytes - position} bytes after the last tensor belong to no tensor`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((v) => Number.isSafeInteger(v) && (v as number) >= 0);
}
