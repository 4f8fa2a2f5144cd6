import sharp from 'sharp';
import { normaliseImage, preprocessImage } from '../../ops/io/image.ts';
import type { RgbImage } from '../../ops/io/image.ts';
import { DataError } from '../stages/types.ts';
import { requirePath } from './formats/files.ts';

/** Pictures decoded at the same time; libvips works on threads of its own. */
const AT_ONCE = 4;

/**
 * Decodes an image file (PNG, JPEG, WebP, GIF, TIFF …) to 8-bit RGB as Pillow's `convert("RGB")` does,
 * which LLaVA was trained with: EXIF orientation is not applied, an alpha channel is dropped.
 * A file that is absent, cut off or no image is a DataError with its path.
 */
export async function decodeImage(path: string): Promise<RgbImage> {
  requirePath(path, 'file');
  try {
    const { data, info } = await sharp(path, { failOn: 'truncated' })
      .toColourspace('srgb')
      .removeAlpha()
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    return {
      data: info.channels === 3 ? data : grayToRgb(data, info.channels),
      width: info.width,
      height: info.height,
    };
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0]!.replace(/\.$/, '') : String(error);
    throw new DataError(
      `${path}: the image cannot be decoded (${reason}). Copy or download it again, or take it out of the data.`,
    );
  }
}

function grayToRgb(data: Uint8Array, channels: number): Uint8Array {
  const rgb = new Uint8Array((data.length / channels) * 3);
  for (let i = 0, j = 0; i < data.length; i += channels) {
    rgb[j++] = data[i]!;
    rgb[j++] = data[i]!;
    rgb[j++] = data[i]!;
  }
  return rgb;
}

/** One picture as CLIP sees it: [3, size, size] (Pillow's bicubic resize of the shorter side, centre crop, CLIP's mean and deviation). */
export async function loadPixels(path: string, size: number): Promise<Float32Array> {
  const image = await decodeImage(path);
  return image.width === size && image.height === size ? normaliseImage(image) : preprocessImage(image, size);
}

export interface PixelBatch {
  /** Index of its first picture in the list. */
  start: number;
  count: number;
  /** [rows, 3, size, size]; rows = the batch size, zeros beyond `count`. */
  shape: readonly [number, number, number, number];
  pixels: Float32Array;
}

/** The pictures in order, `batch` at a time; the next batch is decoded while the caller works on this one. */
export async function* pixelBatches(paths: readonly string[], size: number, batch: number): AsyncGenerator<PixelBatch> {
  let next = paths.length > 0 ? startBatch(paths, 0, size, batch) : null;
  while (next !== null) {
    const current = await next;
    const start = current.start + current.count;
    next = start < paths.length ? startBatch(paths, start, size, batch) : null;
    yield current;
  }
}

async function startBatch(paths: readonly string[], start: number, size: number, batch: number): Promise<PixelBatch> {
  const count = Math.min(batch, paths.length - start);
  const pixels = new Float32Array(batch * 3 * size * size);
  await fillPixels(paths.slice(start, start + count), size, pixels);
  return { start, count, shape: [batch, 3, size, size], pixels };
}

/** Writes the pictures one after another into `out` ([n, 3, size, size]), a few at a time. */
export async function fillPixels(paths: readonly string[], size: number, out: Float32Array): Promise<void> {
  const each = 3 * size * size;
  let taken = 0;
  const work = async (): Promise<void> => {
    for (let i = taken++; i < paths.length; i = taken++) out.set(await loadPixels(paths[i]!, size), i * each);
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, paths.length) }, work));
}
