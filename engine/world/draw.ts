import sharp from 'sharp';
import { PAINT, type Shape } from './facts.ts';
import type { Random } from './random.ts';
import { columnOf, GRID, rowOf, type Scene, type Thing } from './scene.ts';

export interface Drawn {
  /** RGB, 8 bits, rows from the top: [side, side, 3]. */
  pixels: Uint8Array;
  /** COCO's box of each thing: [x, y, width, height] in pixels. */
  boxes: [number, number, number, number][];
}

/** Half the height of a thing, in parts of a cell. A big one nearly fills its cell. */
const RADIUS = { small: 0.31, big: 0.46 } as const;

/** How far a thing's centre may lie from its cell's, in parts of a cell. */
const PLAY = 0.06;

/** Samples per pixel and axis: edges are smooth and a box is exact to a quarter of a pixel. */
const SUPER = 4;

/** Whether a point, in units of the radius around the centre (y down), is inside the shape. */
const INSIDE: Record<Shape, (x: number, y: number) => boolean> = {
  circle: (x, y) => x * x + y * y <= 1,
  square: (x, y) => Math.abs(x) <= 0.88 && Math.abs(y) <= 0.88,
  triangle: (x, y) => y <= 0.9 && y >= -1 && Math.abs(x) <= (y + 1) * 0.52,
  cross: (x, y) => (Math.abs(x) <= 0.3 && Math.abs(y) <= 1) || (Math.abs(y) <= 0.3 && Math.abs(x) <= 1),
  star: (x, y) => {
    // A five-pointed star in polar form: the outline goes straight from each tip (radius 1) to each notch (radius 0.42).
    const angle = Math.atan2(x, -y);
    const fifth = (2 * Math.PI) / 5;
    const within = Math.abs((((angle % fifth) + fifth * 1.5) % fifth) - fifth / 2);
    const notch = 0.42;
    const half = fifth / 2;
    const edge =
      (notch * Math.sin(half)) /
      (Math.sin(within) * (1 - notch * Math.cos(half)) + notch * Math.sin(half) * Math.cos(within));
    return x * x + y * y <= edge * edge;
  },
};

/** Paint a scene on a square of `side` pixels; the thing stays inside its cell (so inside one patch of side/3 pixels). */
export function drawPicture(random: Random, scene: Scene, side: number): Drawn {
  const pixels = new Uint8Array(side * side * 3);
  const ground = random.between(38, 70);
  for (let i = 0; i < side * side; i++) {
    const grey = ground + random.between(-6, 6);
    pixels[i * 3] = grey;
    pixels[i * 3 + 1] = grey;
    pixels[i * 3 + 2] = grey + 4;
  }
  return { pixels, boxes: scene.map((thing) => drawThing(random, pixels, thing, side)) };
}

function drawThing(random: Random, pixels: Uint8Array, thing: Thing, side: number): [number, number, number, number] {
  const cell = side / GRID;
  const radius = cell * RADIUS[thing.size] * random.between(0.94, 1);
  const play = Math.min(PLAY * cell, cell / 2 - radius - 0.02 * cell);
  const cx = (columnOf(thing) + 0.5) * cell + random.between(-play, play);
  const cy = (rowOf(thing) + 0.5) * cell + random.between(-play, play);
  const shade = random.between(0.88, 1.04);
  const paint = PAINT[thing.colour].map((c) => Math.min(255, c * shade));
  const inside = INSIDE[thing.shape];
  let [x1, y1, x2, y2] = [side, side, 0, 0];
  const top = Math.max(0, Math.floor(cy - radius));
  const left = Math.max(0, Math.floor(cx - radius));
  for (let py = top; py < Math.min(side, cy + radius + 1); py++) {
    for (let px = left; px < Math.min(side, cx + radius + 1); px++) {
      let covered = 0;
      for (let s = 0; s < SUPER * SUPER; s++) {
        const x = px + ((s % SUPER) + 0.5) / SUPER;
        const y = py + (Math.floor(s / SUPER) + 0.5) / SUPER;
        if (!inside((x - cx) / radius, (y - cy) / radius)) continue;
        covered += 1;
        const h = 0.5 / SUPER;
        x1 = Math.min(x1, x - h);
        y1 = Math.min(y1, y - h);
        x2 = Math.max(x2, x + h);
        y2 = Math.max(y2, y + h);
      }
      const share = covered / (SUPER * SUPER);
      for (let c = 0; c < 3; c++) {
        const at = (py * side + px) * 3 + c;
        pixels[at] = Math.round(pixels[at]! * (1 - share) + paint[c]! * share);
      }
    }
  }
  return [x1, y1, x2 - x1, y2 - y1];
}

/** PNG file content. Level 6 without palette: the same bytes for the same pixels and the same sharp. */
export async function encodePng(pixels: Uint8Array, side: number): Promise<Buffer> {
  return sharp(pixels, { raw: { width: side, height: side, channels: 3 } })
    .png({ compressionLevel: 6, palette: false })
    .toBuffer();
}
