import type { SynthesizeConfig } from '../../dsl/plan/types.ts';
import { Cancelled, type StageKind } from './types.ts';

/** `stage world : synthesize`: the mini world's pictures, texts and exam, drawn anew from the seed (seconds; nothing to resume). */
export const stage: StageKind<SynthesizeConfig> = {
  kind: 'synthesize',
  version: 3,
  files: () => [],
  async run({ config, seed, out, signal, progress, log }) {
    const { writeWorld } = await import('../world/write.ts');
    const metrics = await writeWorld(out, config, seed, {
      progress: (phase, done, total, unit) => {
        progress({ phase, done, total, unit });
      },
      check: () => {
        if (signal.aborted) throw new Cancelled('the world was not finished; it is drawn again from the start');
      },
    });
    log.info(metrics, 'the mini world is drawn');
    return { metrics };
  },
};
