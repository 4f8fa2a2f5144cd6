import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  CLIP_MEAN,
  CLIP_STD,
  normaliseImage,
  preprocessImage,
  resizeBicubic,
  type RgbImage,
} from '../../../ops/io/image.ts';

/** A smooth picture with an edge in it. */
function picture(width: number, height: number): RgbImage {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * 3;
      data[at] = Math.round(127 + 120 * Math.sin(x / 5));
      data[at + 1] = Math.round(127 + 120 * Math.cos(y / 7));
      data[at + 2] = x > width / 2 ? 230 : 20;
    }
  return { data, width, height };
}

describe('normaliseImage', () => {
  it('puts channels first, divides by 255, takes the mean off and divides by the deviation', () => {
    const out = normaliseImage({ data: Uint8Array.of(255, 0, 51, 0, 255, 102), width: 2, height: 1 });
    const wanted = [[1, 0], [0, 1], [0.2, 0.4]].flatMap((plane, c) => plane.map((p) => (p - CLIP_MEAN[c]!) / CLIP_STD[c]!)); // prettier-ignore
    wanted.forEach((value, i) => expect(out[i]).toBeCloseTo(value, 6));
    const plain = normaliseImage(
      { data: Uint8Array.of(255, 0, 51), width: 1, height: 1 },
      { mean: [0, 0, 0], std: [1, 1, 1] },
    );
    expect([...plain].map((x) => +x.toFixed(6))).toEqual([1, 0, 0.2]);
  });

  it('refuses a wrong number of bytes', () => {
    expect(() => normaliseImage({ data: new Uint8Array(5), width: 2, height: 1 })).toThrow('takes 6 bytes, not 5');
  });
});

describe('preprocessImage', () => {
  it('leaves a picture of the right size alone', () => {
    expect(preprocessImage(picture(16, 16), 16)).toEqual(normaliseImage(picture(16, 16)));
  });

  it('scales the shorter side and cuts the centre out', () => {
    // 40×20 → 16×8 → columns 4 to 11: the edge at x = 20 lands in the middle.
    const out = preprocessImage(picture(40, 20), 8, { mean: [0, 0, 0], std: [1, 1, 1] });
    const blue = out.subarray(2 * 64, 2 * 64 + 8);
    expect(out.length).toBe(3 * 64);
    expect(blue[0]! * 255).toBeCloseTo(20, 0);
    expect(blue[7]! * 255).toBeCloseTo(230, 0);
    expect(blue[2]).toBeLessThan(0.15);
    expect(blue[5]).toBeGreaterThan(0.85);
  });
});

describe('resizeBicubic', () => {
  const golden = JSON.parse(readFileSync(join(import.meta.dirname, 'golden/pillow-bicubic.json'), 'utf8')) as {
    from: [number, number];
    to: [number, number];
    data: number[];
  }[];

  it.each(golden)('$from → $to gives the pixels of Pillow, which Hugging Face uses', ({ from, to, data }) => {
    const ours = resizeBicubic(picture(...from), ...to).data;
    expect(ours.length).toBe(data.length);
    // Pillow computes with weights of 22 bits: a value halfway between two numbers may fall the other way.
    ours.forEach((value, i) => expect(Math.abs(value - data[i]!)).toBeLessThanOrEqual(1));
    expect(ours.filter((value, i) => value !== data[i]).length).toBeLessThan(data.length / 50);
  });
});
