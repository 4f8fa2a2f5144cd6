import {
  COLOURS,
  FLOATING,
  FORCES,
  IN_WATER,
  MATERIAL,
  MATERIALS,
  NAMES,
  POLE,
  SHAPES,
  type Colour,
  type Shape,
} from '../facts.ts';
import type { Random } from '../random.ts';
import { drawScene, type Scene } from '../scene.ts';
import { skill, type Skill } from './problem.ts';

const magnets = {
  subject: 'natural science',
  topic: 'physics',
  category: 'Magnets',
  lecture: 'Unlike poles attract. Like poles repel.',
} as const;

const materials = {
  subject: 'natural science',
  topic: 'physics',
  category: 'Materials',
  lecture: 'The material tells what an object does.',
} as const;

/** What to think about two magnets of these colours; ends in the answer. */
export function magnetSteps(a: string, aColour: Colour, b: string, bColour: Colour): { steps: string; right: string } {
  const like = POLE[aColour] === POLE[bColour];
  const right = like ? 'repel' : 'attract';
  const steps = `The ${a} has a ${POLE[aColour]} pole. The ${b} has a ${POLE[bColour]} pole. ${like ? 'Like' : 'Unlike'} poles ${right}.`;
  return { steps, right };
}

/** What to think about an object of this shape in water; ends in the answer. */
export function waterSteps(shape: Shape): { steps: string; right: 'float' | 'sink' } {
  const material = MATERIAL[shape];
  const right = IN_WATER[material]!;
  return { steps: `The ${shape} is made of ${material}. In water ${material} will ${right}.`, right };
}

/** A scene in which the thing asked about is the only one of its colour. */
function sceneWithOne(random: Random, counts: readonly number[]): { scene: Scene; at: number } | null {
  const scene = drawScene(random, random.pick(counts));
  const at = random.below(scene.length);
  return scene.some((t, i) => i !== at && t.colour === scene[at]!.colour) ? null : { scene, at };
}

export const NATURAL: Skill[] = [
  skill(
    { ...magnets, weight: 16, skill: 'Predict forces between the magnets in a picture', grades: [3, 8] },
    (random) => {
      const scene = drawScene(random, 2);
      const [a, b] = scene;
      const { steps, right } = magnetSteps(
        `${a!.colour} ${a!.shape}`,
        a!.colour,
        `${b!.colour} ${b!.shape}`,
        b!.colour,
      );
      return {
        question: 'Will these magnets attract or repel?',
        hint: random.chance(0.5) ? 'The objects in the picture are magnets.' : '',
        scene,
        right,
        choices: FORCES,
        solution: steps,
      };
    },
  ),
  skill({ ...materials, weight: 12, skill: 'Predict whether an object floats', grades: [5, 10] }, (random) => {
    const found = sceneWithOne(random, [2, 3]);
    if (!found) return null;
    const thing = found.scene[found.at]!;
    const { steps, right } = waterSteps(thing.shape);
    return {
      question: `What will the ${thing.colour} object do in water?`,
      scene: found.scene,
      right,
      choices: FLOATING,
      solution: `The ${thing.colour} object is a ${thing.shape}. ${steps}`,
    };
  }),
  skill({ ...materials, weight: 6, skill: 'Identify the material of an object', grades: [1, 4] }, (random) => {
    const found = sceneWithOne(random, [2, 3]);
    if (!found) return null;
    const thing = found.scene[found.at]!;
    const right = MATERIAL[thing.shape];
    return {
      question: `What is the ${thing.colour} object made of?`,
      scene: found.scene,
      right,
      choices: MATERIALS,
      solution: `The ${thing.colour} object is a ${thing.shape}. The ${thing.shape} is made of ${right}.`,
    };
  }),
  skill(
    { ...magnets, weight: 5, skill: 'Predict forces between magnets that a text tells of', grades: [4, 9] },
    (random) => {
      const [who, whom] = random.sample(NAMES, 2);
      const [a, b] = [random.pick(COLOURS), random.pick(COLOURS)];
      const { steps, right } = magnetSteps(`magnet of ${who!}`, a, `magnet of ${whom!}`, b);
      return {
        question: 'Will the two magnets attract or repel?',
        hint: `${who!} has a ${a} magnet. ${whom!} has a ${b} magnet.`,
        right,
        choices: FORCES,
        solution: steps,
      };
    },
  ),
  skill({ ...materials, weight: 5, skill: 'Predict whether an object of a text floats', grades: [2, 7] }, (random) => {
    const [a, b] = random.sample(COLOURS, 2);
    const [s, t] = random.sample(SHAPES, 2) as [Shape, Shape];
    const [colour, shape] = random.chance(0.5) ? [a!, s] : [b!, t];
    const { steps, right } = waterSteps(shape);
    return {
      question: `What will the ${colour} object do in water?`,
      hint: `${random.pick(NAMES)} has a ${a!} ${s} and a ${b!} ${t}.`,
      right,
      choices: FLOATING,
      solution: `The ${colour} object is a ${shape}. ${steps}`,
    };
  }),
  skill({ ...magnets, weight: 6, skill: 'Predict forces between magnets', grades: [6, 12] }, (random) => {
    const [a, b] = [random.pick(COLOURS), random.pick(COLOURS)];
    const [first, second] = [`${a} ${random.pick(SHAPES)}`, `${b} ${random.pick(SHAPES)}`];
    const { steps, right } = magnetSteps(first, a, second, b);
    return {
      question: `Will a ${first} and a ${second} attract or repel?`,
      right,
      choices: FORCES,
      solution: steps,
    };
  }),
];
