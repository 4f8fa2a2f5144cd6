import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import type { Color } from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodeImage, loadPixels, pixelBatches } from '../../../engine/data/images.ts';
import { messageOf, needsReal, REAL_DATA, scratch } from './support.ts';

/** A PNG of one colour. */
const png = (width: number, height: number, color: Color, channels: 3 | 4 = 3): Promise<Buffer> =>
  sharp({ create: { width, height, channels, background: color } })
    .png()
    .toBuffer();

describe('pictures', () => {
  it('are normalised as CLIP was trained', async () => {
    const path = join(scratch({ 'a.png': await png(8, 8, { r: 255, g: 0, b: 128 }) }), 'a.png');
    const pixels = await loadPixels(path, 8);
    expect(pixels).toHaveLength(3 * 64);
    expect(pixels[0]).toBeCloseTo((1 - 0.48145466) / 0.26862954, 4);
    expect(pixels[64]).toBeCloseTo((0 - 0.4578275) / 0.26130258, 4);
    expect(pixels[128]).toBeCloseTo((128 / 255 - 0.40821073) / 0.27577711, 4);
  });

  it('of grey, with alpha or with a palette become RGB', async () => {
    const dir = scratch({
      'grey.png': await sharp(await png(4, 4, '#808080')).toColourspace('b-w').png().toBuffer(), // prettier-ignore
      'alpha.png': await png(4, 4, { r: 10, g: 20, b: 30, alpha: 0.5 }, 4),
      'palette.png': await sharp(await png(4, 4, '#0a141e')).png({ palette: true }).toBuffer(), // prettier-ignore
    });
    expect([...(await decodeImage(join(dir, 'grey.png'))).data.slice(0, 3)]).toEqual([128, 128, 128]);
    expect([...(await decodeImage(join(dir, 'alpha.png'))).data.slice(0, 6)]).toEqual([10, 20, 30, 10, 20, 30]);
    expect((await decodeImage(join(dir, 'palette.png'))).data).toHaveLength(48);
  });

  it('keep the centre of the longer side', async () => {
    const left = await png(20, 10, '#ff0000');
    const path = join(scratch(), 'wide.png');
    await sharp({ create: { width: 60, height: 10, channels: 3, background: '#0000ff' } }).composite([{ input: left, left: 0, top: 0 }]).png().toFile(path); // prettier-ignore
    const pixels = await loadPixels(path, 10);
    // The middle 10 of 60 columns are blue throughout: red is at its least.
    expect(Math.max(...pixels.slice(0, 100))).toBeCloseTo(-0.48145466 / 0.26862954, 4);
  });

  it('come in batches, in order, the last one filled with zeros', async () => {
    const dir = scratch();
    const paths: string[] = [];
    for (let i = 0; i < 5; i++) {
      paths.push(join(dir, `${i}.png`));
      writeFileSync(paths[i]!, await png(4, 4, { r: 40 * i, g: 0, b: 0 }));
    }
    const seen: number[] = [];
    for await (const { start, count, shape, pixels } of pixelBatches(paths, 4, 2)) {
      expect(shape).toEqual([2, 3, 4, 4]);
      for (let i = 0; i < count; i++)
        seen.push(Math.abs(Math.round((pixels[i * 48]! * 0.26862954 + 0.48145466) * 255)));
      expect(start).toBe(seen.length - count);
      if (count < 2) expect([...pixels.slice(48)].every((p) => p === 0)).toBe(true);
    }
    expect(seen).toEqual([0, 40, 80, 120, 160]);
  });

  it('that are broken are named', async () => {
    const whole = await sharp(await png(64, 64, '#123456'))
      .jpeg()
      .toBuffer();
    const dir = scratch({ 'cut.jpg': whole.subarray(0, whole.length / 2), 'text.png': 'no picture' });
    for (const name of ['cut.jpg', 'text.png']) {
      expect(await messageOf(decodeImage(join(dir, name)))).toContain(
        `${join(dir, name)}: the image cannot be decoded (`,
      );
    }
    expect(await messageOf(decodeImage(join(dir, 'texts.png')))).toContain(`Did you mean ${join(dir, 'text.png')}?`);
    await expect(async () => {
      for await (const _ of pixelBatches([join(dir, 'text.png')], 4, 1));
    }).rejects.toThrow('cannot be decoded');
  });
});

describe.skipIf(needsReal('coco_mini'))('genuine COCO pictures', () => {
  it('have the sizes that the annotations say', async () => {
    const dir = join(REAL_DATA, 'coco_mini');
    const { images } = JSON.parse(readFileSync(join(dir, 'annotations/captions_val2017.json'), 'utf8')) as {
      images: { file_name: string; width: number; height: number }[];
    };
    for (const name of readdirSync(join(dir, 'val2017')).slice(0, 4)) {
      const listed = images.find((image) => image.file_name === name)!;
      expect(await decodeImage(join(dir, 'val2017', name))).toMatchObject({
        width: listed.width,
        height: listed.height,
      });
    }
  });
});
