import { COLOURS, PLACES, SHAPES, SIZES, type Colour, type Shape, type Size } from './facts.ts';
import type { Random } from './random.ts';

export interface Thing {
  /** 0–8, row by row from the top left. */
  cell: number;
  colour: Colour;
  shape: Shape;
  size: Size;
}

/** Things in reading order, at most one in a cell. */
export type Scene = readonly Thing[];

export const GRID = 3;
export const CELLS = GRID * GRID;

export const rowOf = (thing: Thing): number => Math.floor(thing.cell / GRID);
export const columnOf = (thing: Thing): number => thing.cell % GRID;
export const placeOf = (thing: Thing): string => PLACES[thing.cell]!;

/** Equal for scenes that show the same, however the paint and the exact places differ. */
export function sceneKey(scene: Scene): string {
  return scene.map((t) => `${String(t.cell)}${t.size} ${t.colour} ${t.shape}`).join(';');
}

export function inReadingOrder(things: readonly Thing[]): Scene {
  return [...things].sort((a, b) => a.cell - b.cell);
}

export function drawThing(random: Random, cell: number): Thing {
  return { cell, colour: random.pick(COLOURS), shape: random.pick(SHAPES), size: random.pick(SIZES) };
}

/** A scene of `count` things in different cells. */
export function drawScene(random: Random, count: number): Scene {
  const cells = random.sample(
    Array.from({ length: CELLS }, (_, i) => i),
    count,
  );
  return inReadingOrder(cells.map((cell) => drawThing(random, cell)));
}

/** The same scene but for one attribute of one thing: a near twin, which a contrastive model must tell apart. */
export function drawTwin(random: Random, scene: Scene): Scene {
  const at = random.below(scene.length);
  const things = scene.map((t) => ({ ...t }));
  const thing = things[at]!;
  const other = <T>(items: readonly T[], not: T): T => random.pick(items.filter((item) => item !== not));
  switch (random.weighted([2, 4, 1])) {
    case 0:
      thing.colour = other(COLOURS, thing.colour);
      break;
    case 1:
      thing.shape = other(SHAPES, thing.shape);
      break;
    default:
      thing.size = other(SIZES, thing.size);
  }
  return inReadingOrder(things);
}
