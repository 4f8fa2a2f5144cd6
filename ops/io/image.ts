/** Mean and standard deviation of each channel that CLIP was trained with (Radford et al. 2021; OpenAI's preprocessing). */
export const CLIP_MEAN = [0.48145466, 0.4578275, 0.40821073] as const;
export const CLIP_STD = [0.26862954, 0.26130258, 0.27577711] as const;

type Channels = readonly [number, number, number];

export interface Normalisation {
  mean?: Channels;
  std?: Channels;
}

/** Interleaved 8-bit RGB pixels [height, width, 3], as image decoders give them. */
export interface RgbImage {
  data: Uint8Array;
  width: number;
  height: number;
}

/** Pixels → (p / 255 − mean) / std as [3, height, width]. */
export function normaliseImage(
  image: RgbImage,
  { mean = CLIP_MEAN, std = CLIP_STD }: Normalisation = {},
): Float32Array {
  const { data, width, height } = checked(image);
  const plane = width * height;
  const out = new Float32Array(3 * plane);
  for (let channel = 0; channel < 3; channel++) {
    const scale = 1 / (255 * std[channel]!);
    const shift = mean[channel]! / std[channel]!;
    for (let i = 0; i < plane; i++) out[channel * plane + i] = data[3 * i + channel]! * scale - shift;
  }
  return out;
}

/**
 * What Hugging Face's CLIPImageProcessor does: the shorter side becomes `size` (bicubic, as Pillow does it), the centre is cut out,
 * then `normaliseImage`. Returns [3, size, size].
 */
export function preprocessImage(image: RgbImage, size: number, normalisation: Normalisation = {}): Float32Array {
  const { width, height } = checked(image);
  const shorter = Math.min(width, height);
  // The longer side is cut down to a whole number of pixels, as transformers does it.
  const scaled = (side: number) => (side === shorter ? size : Math.trunc((size * side) / shorter));
  const resized = resizeBicubic(image, scaled(width), scaled(height));
  return normaliseImage(cropCentre(resized, size), normalisation);
}

/**
 * Pillow's bicubic resampling (Keys 1981, a = −0.5), widened by the scale when it shrinks; one pass per axis, rounded to 8 bits after each.
 */
export function resizeBicubic(image: RgbImage, width: number, height: number): RgbImage {
  const { data, width: w, height: h } = checked(image);
  const across = width === w ? data : resampleRows(data, taps(w, width), w, h, width);
  const along = height === h ? across : resampleColumns(across, taps(h, height), width, height);
  return { data: along, width, height };
}

interface Taps {
  /** First input position per output position. */
  first: Int32Array;
  weights: Float64Array[];
}

function taps(from: number, to: number): Taps {
  const scale = from / to;
  const filterScale = Math.max(scale, 1);
  const support = 2 * filterScale;
  const first = new Int32Array(to);
  const weights: Float64Array[] = [];
  for (let i = 0; i < to; i++) {
    const centre = (i + 0.5) * scale;
    const begin = Math.max(0, Math.trunc(centre - support + 0.5));
    const end = Math.min(from, Math.trunc(centre + support + 0.5));
    const row = Float64Array.from({ length: end - begin }, (_, k) => cubic((begin + k - centre + 0.5) / filterScale));
    const sum = row.reduce((total, weight) => total + weight, 0);
    first[i] = begin;
    weights.push(row.map((weight) => weight / sum));
  }
  return { first, weights };
}

/** Keys's cubic convolution kernel, equation 4 with a = −1/2. */
function cubic(x: number): number {
  const a = -0.5;
  const d = Math.abs(x);
  if (d < 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
  if (d < 2) return (((d - 5) * d + 8) * d - 4) * a;
  return 0;
}

function resampleRows(
  data: Uint8Array,
  { first, weights }: Taps,
  from: number,
  height: number,
  width: number,
): Uint8Array {
  const out = new Uint8ClampedArray(height * width * 3);
  for (let y = 0; y < height; y++)
    for (let i = 0; i < width; i++)
      for (let channel = 0; channel < 3; channel++) {
        let sum = 0;
        const row = weights[i]!;
        let at = (y * from + first[i]!) * 3 + channel;
        for (let k = 0; k < row.length; k++, at += 3) sum += row[k]! * data[at]!;
        out[(y * width + i) * 3 + channel] = Math.floor(sum + 0.5);
      }
  return new Uint8Array(out.buffer);
}

function resampleColumns(data: Uint8Array, { first, weights }: Taps, width: number, height: number): Uint8Array {
  const pitch = width * 3;
  const out = new Uint8ClampedArray(height * pitch);
  for (let i = 0; i < height; i++) {
    const row = weights[i]!;
    for (let x = 0; x < pitch; x++) {
      let sum = 0;
      for (let k = 0; k < row.length; k++) sum += row[k]! * data[(first[i]! + k) * pitch + x]!;
      out[i * pitch + x] = Math.floor(sum + 0.5);
    }
  }
  return new Uint8Array(out.buffer);
}

function cropCentre({ data, width, height }: RgbImage, size: number): RgbImage {
  const left = Math.floor((width - size) / 2);
  const top = Math.floor((height - size) / 2);
  const out = new Uint8Array(size * size * 3);
  for (let y = 0; y < size; y++) {
    const begin = ((top + y) * width + left) * 3;
    out.set(data.subarray(begin, begin + size * 3), y * size * 3);
  }
  return { data: out, width: size, height: size };
}

function checked(image: RgbImage): RgbImage {
  const { data, width, height } = image;
  if (width < 1 || height < 1 || data.length !== width * height * 3)
    throw new Error(`an RGB image of ${width}×${height} takes ${width * height * 3} bytes, not ${data.length}`);
  return image;
}
