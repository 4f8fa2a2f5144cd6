import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SynthesizeConfig } from '../../../dsl/plan/types.ts';
import { writeWorld } from '../../../engine/world/write.ts';

export const TINY: SynthesizeConfig = {
  kind: 'synthesize',
  world: 'scenes',
  images: 60,
  validationImages: 20,
  imageSize: 48,
  documents: 200,
  questions: { train: 150, val: 60, test: 120 },
};

const noHooks = {
  progress: (): void => undefined,
  check: (): void => undefined,
};

/** Draws a world into a folder of its own; `remove` it afterwards. */
export async function drawWorld(
  config: SynthesizeConfig,
  seed: number,
): Promise<{ dir: string; metrics: Record<string, number>; remove(): void }> {
  const dir = mkdtempSync(join(tmpdir(), 'llava-world-'));
  const metrics = await writeWorld(dir, config, seed, noHooks);
  return {
    dir,
    metrics,
    remove: () => {
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
