import { captionsOf } from './captions.ts';
import { Random } from './random.ts';
import { drawScene, drawTwin, sceneKey, type Scene } from './scene.ts';

export interface Shown {
  scene: Scene;
  captions: string[];
}

/** How many things a picture holds, 1 to 4. Pictures of one thing are the hardest negatives for a contrastive model. */
const COUNT_WEIGHTS = [35, 30, 20, 15];
/** Share of pictures that differ from the one before in a single attribute. */
const TWINS = 0.2;

/**
 * The scenes of a split with their captions; none of `forbidden` (keys). A scene may come twice in a split: there are only 540 of
 * one thing.
 */
export function drawPictures(seed: number, split: string, count: number, forbidden: ReadonlySet<string>): Shown[] {
  const random = new Random(seed, `pictures/${split}`);
  const shown: Shown[] = [];
  let last: Scene | null = null;
  while (shown.length < count) {
    const scene: Scene =
      last && random.chance(TWINS) ? drawTwin(random, last) : drawScene(random, 1 + random.weighted(COUNT_WEIGHTS));
    if (forbidden.has(sceneKey(scene))) continue;
    last = scene;
    shown.push({ scene, captions: captionsOf(random, scene) });
  }
  return shown;
}
