import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SynthesizeConfig } from '../../dsl/plan/types.ts';
import { DataError } from '../stages/types.ts';
import { cocoFiles, fileName } from './coco.ts';
import { drawTexts } from './corpus.ts';
import { drawPicture, encodePng } from './draw.ts';
import { drawExam } from './exam/draw.ts';
import { numberProblems, problemsFile, splitsFile, type NumberedProblem } from './exam/files.ts';
import { drawPictures, type Shown } from './pictures.ts';
import { Random } from './random.ts';
import { GRID, sceneKey } from './scene.ts';

export interface WriteHooks {
  progress(phase: string, done: number, total: number, unit: 'images' | 'samples'): void;
  /** Throws to stop between batches. */
  check(): void;
}

/** PNG files encoded at once: enough for libvips' threads. */
const BATCH = 64;

/**
 * Write the mini world into `dir`: COCO files and pictures, texts, the exam. The same config and seed give the same bytes.
 * @returns counts of what was written
 */
export async function writeWorld(
  dir: string,
  config: SynthesizeConfig,
  seed: number,
  hooks: WriteHooks,
): Promise<Record<string, number>> {
  const side = config.imageSize;
  if (side % GRID !== 0 || side < 24) {
    throw new DataError(
      `image_size: ${String(side)} does not fit; it must be a multiple of ${String(GRID)} and at least 24`,
    );
  }
  // The exam comes first: the pictures of its val and test splits are then kept out of the training pictures.
  const taken = new Set<string>();
  const exam = drawExam(seed, config.questions, taken);
  const problems = numberProblems(exam);
  const validation = drawPictures(seed, 'val', config.validationImages, taken);
  for (const { scene } of validation) taken.add(sceneKey(scene));
  const training = drawPictures(seed, 'train', config.images, taken);

  const pictures = training.length + validation.length + problems.filter((p) => p.scene).length;
  const painter = new Painter(hooks, pictures);
  await mkdir(join(dir, 'images'), { recursive: true });
  let first = 1;
  for (const [split, shown] of [
    ['train', training],
    ['val', validation],
  ] as const) {
    await writeCoco(dir, seed, side, split, first, shown, painter);
    first += shown.length;
  }
  await writeExam(dir, seed, side, problems, painter);
  await painter.flush();

  const heldOut = Math.max(1, Math.round(config.documents / 20));
  await writeFile(join(dir, 'text.txt'), drawTexts(seed, 'train', config.documents).join('\n\n') + '\n');
  await writeFile(join(dir, 'text_val.txt'), drawTexts(seed, 'val', heldOut).join('\n\n') + '\n');
  return {
    images: training.length,
    validation_images: validation.length,
    captions: [...training, ...validation].reduce((sum, p) => sum + p.captions.length, 0),
    objects: [...training, ...validation].reduce((sum, p) => sum + p.scene.length, 0),
    documents: config.documents,
    questions: problems.length,
    questions_with_image: problems.filter((p) => p.scene).length,
  };
}

/** Encodes and writes pictures some at a time. */
class Painter {
  private readonly hooks: WriteHooks;
  private readonly total: number;
  private waiting: Promise<void>[] = [];
  private done = 0;

  constructor(hooks: WriteHooks, total: number) {
    this.hooks = hooks;
    this.total = total;
  }

  async add(path: string, pixels: Uint8Array, side: number): Promise<void> {
    this.waiting.push(encodePng(pixels, side).then((png) => writeFile(path, png)));
    if (this.waiting.length >= BATCH) await this.flush();
  }

  async flush(): Promise<void> {
    const batch = this.waiting;
    this.waiting = [];
    await Promise.all(batch);
    this.done += batch.length;
    this.hooks.progress('draw', this.done, this.total, 'images');
    this.hooks.check();
  }
}

async function writeCoco(
  dir: string,
  seed: number,
  side: number,
  split: string,
  first: number,
  shown: readonly Shown[],
  painter: Painter,
): Promise<void> {
  const random = new Random(seed, `paint/${split}`);
  const boxes: [number, number, number, number][][] = [];
  for (const [i, { scene }] of shown.entries()) {
    const drawn = drawPicture(random, scene, side);
    boxes.push(drawn.boxes);
    await painter.add(join(dir, 'images', fileName(first + i)), drawn.pixels, side);
  }
  const files = cocoFiles(split, first, side, shown, boxes);
  await writeFile(join(dir, `captions_${split}.json`), JSON.stringify(files.captions));
  await writeFile(join(dir, `instances_${split}.json`), JSON.stringify(files.instances));
}

async function writeExam(
  dir: string,
  seed: number,
  side: number,
  problems: readonly NumberedProblem[],
  painter: Painter,
): Promise<void> {
  const random = new Random(seed, 'paint/exam');
  const root = join(dir, 'science_qa');
  await mkdir(join(root, 'images'), { recursive: true });
  for (const problem of problems) {
    if (!problem.scene) continue;
    await mkdir(join(root, 'images', problem.pid));
    await painter.add(
      join(root, 'images', problem.pid, 'image.png'),
      drawPicture(random, problem.scene, side).pixels,
      side,
    );
  }
  await writeFile(join(root, 'problems.json'), JSON.stringify(problemsFile(problems)));
  await writeFile(join(root, 'pid_splits.json'), JSON.stringify(splitsFile(problems)));
}
