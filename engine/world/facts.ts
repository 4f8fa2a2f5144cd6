/** What is true in the mini world: its colours, shapes and sizes, and the facts that one must know to reason about them. */

export const COLOURS = ['red', 'green', 'blue', 'yellow', 'white', 'pink'] as const;
export const SHAPES = ['circle', 'square', 'triangle', 'cross', 'star'] as const;
export const SIZES = ['small', 'big'] as const;
export const DIRECTIONS = ['north', 'east', 'south', 'west'] as const;

export type Colour = (typeof COLOURS)[number];
export type Shape = (typeof SHAPES)[number];
export type Size = (typeof SIZES)[number];
export type Direction = (typeof DIRECTIONS)[number];

/** Mean colour of the paint, 0–255. */
export const PAINT: Record<Colour, readonly [number, number, number]> = {
  red: [214, 40, 40],
  green: [40, 160, 60],
  blue: [45, 85, 225],
  yellow: [232, 208, 50],
  white: [240, 240, 240],
  pink: [240, 130, 190],
};

/** The magnetic pole that an object of this colour shows. */
export const POLE: Record<Colour, 'north' | 'south'> = {
  red: 'north',
  yellow: 'north',
  white: 'north',
  blue: 'south',
  green: 'south',
  pink: 'south',
};

/** What an object of this shape is made of. */
export const MATERIAL: Record<Shape, string> = {
  circle: 'wood',
  square: 'iron',
  triangle: 'glass',
  cross: 'wax',
  star: 'cork',
};

/** What a material does in water. */
export const IN_WATER: Record<string, 'float' | 'sink'> = {
  wood: 'float',
  iron: 'sink',
  glass: 'sink',
  wax: 'float',
  cork: 'float',
};

/** A word that rhymes with the colour's name. */
export const RHYME: Record<Colour, string> = {
  red: 'bed',
  green: 'queen',
  blue: 'shoe',
  yellow: 'fellow',
  white: 'kite',
  pink: 'drink',
};

export const NAMES = ['Ann', 'Ben', 'Cara', 'Dan', 'Eva', 'Finn', 'Gina', 'Hugo'] as const;

/** Rows from the top, columns from the left: the words for the nine places of the 3×3 grid. */
export const PLACES = [
  'top left',
  'top',
  'top right',
  'left',
  'middle',
  'right',
  'bottom left',
  'bottom',
  'bottom right',
] as const;

/**
 * The choices of closed questions, in the order in which the exam lists them. Every word keeps its letter (as "yes" and "no" do in many
 * real exams): what is examined is seeing and reasoning, not finding a letter in a list, which a model of this size learns last.
 */
export const FORCES = ['attract', 'repel'] as const;
export const FLOATING = ['float', 'sink'] as const;
export const MATERIALS = ['wood', 'iron', 'glass', 'wax', 'cork'] as const;
export const TENSES = ['present', 'past', 'future'] as const;

/** Colours by the letter under which they (and their rhymes) stand: a question shows one of each group. */
export const COLOUR_GROUPS: readonly (readonly Colour[])[] = [
  ['red', 'yellow'],
  ['green', 'white'],
  ['blue', 'pink'],
];
