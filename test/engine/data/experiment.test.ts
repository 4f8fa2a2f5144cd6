import { readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compile } from '../../../dsl/compile.ts';
import { nodeFiles } from '../../../dsl/files.ts';
import { checkDataset } from '../../../engine/data/formats/index.ts';
import { inFolder, needsReal, REAL_DATA } from './support.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const FILE = join(ROOT, 'experiments/coco.llava');

const compiled = (set: string[]): ReturnType<typeof compile> =>
  compile(readFileSync(FILE, 'utf8'), { file: FILE, files: nodeFiles, set, cwd: ROOT });

describe('experiments/coco.llava', () => {
  it('compiles before its data is there', () => {
    const { plan, diagnostics } = compiled(['dir=nowhere', 'split=train2017']);
    expect(diagnostics.filter((d) => d.severity === 'error')).toEqual([]);
    expect(plan!.stages.map((stage) => stage.name).sort()).toEqual(['align', 'instruct', 'read', 'see', 'tune']);
    const from = plan!.stages.find((stage) => stage.name === 'instruct')!.config;
    expect(from).toMatchObject({
      from: {
        captions: { file: '../nowhere/annotations/captions_train2017.json' },
        images: { file: '../nowhere/train2017' },
      },
    });
  });

  it.skipIf(needsReal('coco_mini')).each(['val2017', 'train2017'])(
    'finds its files in genuine COCO (%s)',
    async (split) => {
      const { plan, diagnostics } = compiled([`dir=${relative(ROOT, join(REAL_DATA, 'coco_mini'))}`, `split=${split}`]);
      expect(diagnostics).toEqual([]);
      const warnings: string[] = [];
      for (const { config } of plan!.stages) {
        const datasets =
          config.kind === 'train' ? config.data.map((d) => d.dataset) : config.kind === 'generate' ? [config.from] : [];
        for (const dataset of datasets)
          await checkDataset(dataset, inFolder(join(ROOT, 'experiments')), { onWarning: (m) => warnings.push(m) });
      }
      expect(warnings.length).toBeGreaterThan(0);
      for (const warning of warnings) expect(warning).toMatch(/listed pictures are absent and left out/);
    },
  );
});
