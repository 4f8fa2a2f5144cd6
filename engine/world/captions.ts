import type { Random } from './random.ts';
import { columnOf, placeOf, rowOf, type Scene, type Thing } from './scene.ts';

const nameOf = (t: Thing): string => `${t.colour} ${t.shape}`;

/** `a`, `a and b`, `a, b and c`. */
export function listing(parts: readonly string[]): string {
  if (parts.length < 2) return parts.join('');
  return `${parts.slice(0, -1).join(', ')} and ${parts[parts.length - 1]!}`;
}

/** Every thing, in reading order. Sizes are left to the eye: no caption speaks of them. */
export function plainCaption(scene: Scene): string {
  return listing(scene.map((t) => `a ${nameOf(t)}`));
}

/** Every thing with its place, in reading order: the caption that says all. */
export function placedCaption(scene: Scene): string {
  return listing(scene.map((t) => `a ${nameOf(t)} at the ${placeOf(t)}`));
}

/** How one thing lies from another, when that is one word: same row or same column. */
export function relation(a: Thing, b: Thing): string | null {
  if (rowOf(a) === rowOf(b)) return columnOf(a) < columnOf(b) ? 'left of' : 'right of';
  if (columnOf(a) === columnOf(b)) return rowOf(a) < rowOf(b) ? 'above' : 'below';
  return null;
}

function relationCaption(random: Random, scene: Scene): string | null {
  const pairs = scene.flatMap((a) => scene.filter((b) => b !== a && relation(a, b)).map((b) => [a, b] as const));
  if (pairs.length === 0) return null;
  const [a, b] = random.pick(pairs);
  return `a ${nameOf(a)} ${relation(a, b)!} a ${nameOf(b)}`;
}

/** Two or three captions of different detail, as different people would write them. */
export function captionsOf(random: Random, scene: Scene): string[] {
  const how = relationCaption(random, scene);
  return [placedCaption(scene), plainCaption(scene), ...(how ? [how] : [])];
}
