/**
 * The ops against Hugging Face transformers: `npx vitest run parity`. `LLAVA_PARITY=DIR` takes other cases (every subfolder of DIR with an
 * expected.json) instead of the two in test/fixtures/parity.
 */
import { basename, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ExecutorKind } from '../../../ops/backend/index.ts';
import { openTensorFlow } from '../tensorflow.ts';
import { casesIn, loadCase, type ParityCase } from './case.ts';
import { compareCase } from './compare.ts';

const own = join(import.meta.dirname, '../../fixtures/parity');
const dir = process.env.LLAVA_PARITY ?? own;
const cases = casesIn(dir);
const executors: ExecutorKind[] = ['graph', 'eager'];
const binding = openTensorFlow();

it('finds cases to compare', () => {
  expect(cases, `${dir} holds no folder with an expected.json`).not.toEqual([]);
});

describe.skipIf(!binding)('parity with Hugging Face transformers', () => {
  for (const folder of cases)
    for (const kind of executors)
      it(`${basename(folder)} on ${kind}: features, logits, loss, gradients, both training curves, greedy tokens`, async () => {
        const parity = await loadCase(folder);
        const { checks, differences } = await compareCase(parity, binding!, kind);
        expect(differences).toEqual([]);
        expect(checks).toBeGreaterThan(Object.keys(parity.expected.grad_norm).length + 60);
      });
});

describe.skipIf(!binding)('corrupted expectations', () => {
  let parity: ParityCase;
  beforeAll(async () => {
    parity = await loadCase(join(own, 'a'));
  });

  /** What the comparison complains about when a copy of the case was changed. */
  async function complaints(corrupt: (copy: ParityCase) => void): Promise<string[]> {
    const copy = structuredClone(parity);
    corrupt(copy);
    return (await compareCase(copy, binding!, 'eager')).differences.map(({ what }) => what);
  }

  it('are each told, and nothing else is', async () => {
    const found = await complaints(({ expected, io }) => {
      io.get('vision_features')!.data[5]! += 0.01;
      io.get('logits')!.data[1000]! += 0.01;
      expected.loss *= 1.001;
      expected.grad_norm['model.language_model.norm.weight']! *= 1.002;
      io.get('grad.model.multi_modal_projector.linear_1.weight')!.data[7]! += 0.01;
      expected.align.curve[9]!.loss *= 1.002;
      expected.tune.curve[5]!.grad_norm *= 1.002;
      expected.tune.curve[3]!.lr *= 1.01;
      expected.greedy[20]! += 1;
    });
    expect(found.slice(0, -1)).toEqual([
      'vision_features',
      'logits',
      'loss',
      'gradient norm of model.language_model.norm.weight',
      'gradient of model.multi_modal_projector.linear_1.weight',
      'align, step 10: loss',
      'tune, step 4: lr',
      'tune, step 6: gradient norm',
    ]);
    expect(found.at(-1)).toMatch(/^greedy tokens /);
  });

  it('include another weight than the one that was trained', async () => {
    const found = await complaints(({ weights }) => {
      weights.get('language.layers.1.mlp.up_proj.weight')!.data[0]! += 0.5;
    });
    expect(found).toContain('logits');
    expect(found.length).toBeGreaterThan(10);
  });
});
