import { statfs } from 'node:fs/promises';

/** Bytes that this user may still write where `folder` (which exists) lies. */
export async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/** Throws when `bytes` more do not fit into `folder`, before half of them are written. */
export async function enoughSpace(folder: string, bytes: number, what: string): Promise<void> {
  const free = await freeBytes(folder);
  const reserve = 50e6;
  if (free >= bytes + reserve) return;
  const mb = (n: number): string => `${Math.ceil(n / 1e6)} MB`;
  throw new Error(
    `${what} needs ${mb(bytes + reserve)} in ${folder}, where ${mb(free)} are free; make room or set LLAVA_CACHE to another disk`,
  );
}
