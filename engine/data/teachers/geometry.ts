import type { Box, SeenObject } from './context.ts';

export const centreX = (box: Box): number => (box.x1 + box.x2) / 2;
export const centreY = (box: Box): number => (box.y1 + box.y2) / 2;
export const area = (box: Box): number => (box.x2 - box.x1) * (box.y2 - box.y1);

/** Where the centre of a box lies on a 3×3 grid: `top left`, `middle`, `right` … */
export function place(box: Box): string {
  const row = ['top', '', 'bottom'][Math.min(2, Math.floor(centreY(box) * 3))]!;
  const column = ['left', '', 'right'][Math.min(2, Math.floor(centreX(box) * 3))]!;
  return [row, column].filter((word) => word !== '').join(' ') || 'middle';
}

export type Relation = 'to the left of' | 'to the right of' | 'above' | 'below';

/**
 * How `a` lies from `b`, where the boxes are apart in exactly one axis (or much farther apart in one); null where no single word is safe.
 */
export function relation(a: Box, b: Box): Relation | null {
  const dx = Math.max(b.x1 - a.x2, a.x1 - b.x2);
  const dy = Math.max(b.y1 - a.y2, a.y1 - b.y2);
  if (dx > 0 && dx > 2 * dy) return centreX(a) < centreX(b) ? 'to the left of' : 'to the right of';
  if (dy > 0 && dy > 2 * dx) return centreY(a) < centreY(b) ? 'above' : 'below';
  return null;
}

/** Objects by category, in order of first appearance. */
export function byCategory(objects: readonly SeenObject[]): Map<string, SeenObject[]> {
  const groups = new Map<string, SeenObject[]>();
  for (const object of objects) {
    const group = groups.get(object.category);
    if (group) group.push(object);
    else groups.set(object.category, [object]);
  }
  return groups;
}

/** Objects that are the only one of their category: those that a sentence can name without doubt. */
export function singles(objects: readonly SeenObject[]): SeenObject[] {
  return [...byCategory(objects).values()].filter((group) => group.length === 1).map((group) => group[0]!);
}
