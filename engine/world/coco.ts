import { COLOURS, SHAPES } from './facts.ts';
import type { Shown } from './pictures.ts';

/** COCO's id of a category: one for each colour and shape, from 1. */
export const CATEGORIES = COLOURS.flatMap((colour) =>
  SHAPES.map((shape) => ({ name: `${colour} ${shape}`, shape })),
).map((category, i) => ({ supercategory: category.shape as string, id: i + 1, name: category.name }));

const categoryId = new Map(CATEGORIES.map((c) => [c.name, c.id]));

export const fileName = (id: number): string => `${String(id).padStart(12, '0')}.png`;

type Box = readonly [number, number, number, number];

const round = (x: number): number => Math.round(x * 100) / 100;

/** COCO's two annotation files (captions, instances) for pictures with the ids `first`, `first + 1`, … */
export function cocoFiles(
  split: string,
  first: number,
  side: number,
  pictures: readonly Shown[],
  boxes: readonly (readonly Box[])[],
): { captions: object; instances: object } {
  const info = { description: `Mini world scenes, ${split}`, version: '1.0', contributor: 'llava synthesize' };
  const licenses = [{ id: 1, name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' }];
  const images = pictures.map((_, i) => ({
    license: 1,
    file_name: fileName(first + i),
    height: side,
    width: side,
    id: first + i,
  }));
  // Annotation ids stay apart between the splits because picture ids do (at most 10 per picture).
  const captions = pictures.flatMap((picture, i) =>
    picture.captions.map((caption, n) => ({ image_id: first + i, id: (first + i) * 10 + n, caption })),
  );
  const instances = pictures.flatMap((picture, i) =>
    picture.scene.map((thing, n) => {
      const [x, y, w, h] = boxes[i]![n]!;
      return {
        segmentation: [[x, y, x + w, y, x + w, y + h, x, y + h].map(round)],
        area: round(w * h),
        iscrowd: 0,
        image_id: first + i,
        bbox: [x, y, w, h].map(round),
        category_id: categoryId.get(`${thing.colour} ${thing.shape}`)!,
        id: (first + i) * 10 + n,
      };
    }),
  );
  return {
    captions: { info, licenses, images, annotations: captions },
    instances: { info, licenses, images, annotations: instances, categories: CATEGORIES },
  };
}
