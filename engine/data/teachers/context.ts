import type { CocoImage } from '../formats/coco.ts';

/** A box as the paper gives it to the teacher: corners, as fractions of the picture's width and height. */
export interface Box {
  x1: number;
  y1: number;
  x2: number;
  y2: number;
}

export interface SeenObject {
  category: string;
  box: Box;
}

/** What a teacher knows of a picture: sentences and boxes, never pixels. */
export interface SceneContext {
  captions: string[];
  objects: SeenObject[];
}

const clamp = (x: number): number => Math.min(1, Math.max(0, x));

/** COCO's [x, y, width, height] in pixels becomes (x1, y1, x2, y2) in 0–1. */
export function contextOf(image: CocoImage): SceneContext {
  return {
    captions: image.captions.map((caption) => caption.trim().replace(/\s+/g, ' ')),
    objects: image.objects.map(({ category, bbox: [x, y, w, h] }) => ({
      category,
      box: {
        x1: clamp(x / image.width),
        y1: clamp(y / image.height),
        x2: clamp((x + w) / image.width),
        y2: clamp((y + h) / image.height),
      },
    })),
  };
}

/** `person: [0.681, 0.242, 0.774, 0.694]`, three decimals. */
export function boxLine({ category, box }: SeenObject): string {
  return `${category}: [${[box.x1, box.y1, box.x2, box.y2].map((x) => x.toFixed(3)).join(', ')}]`;
}

/** The paper's text for the teacher: the captions, an empty line, the boxes (Liu et al. 2023, table 1). */
export function contextText({ captions, objects }: SceneContext): string {
  return [captions.join('\n'), objects.map(boxLine).join('\n')].filter((part) => part !== '').join('\n\n');
}
