import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Plan } from '../../../dsl/plan/types.ts';
import type { StageView, TrainDetails } from '../../../engine/planview/types.ts';
import { openHome } from '../../../engine/store/home.ts';
import { lookupStages } from '../../../engine/store/lookup.ts';
import { Store } from '../../../engine/store/store.ts';
import { folderWith, MINI, planOf, root, textOf, viewOf } from './plans.ts';

const paper = (name: string) => join(root, 'experiments/paper', `${name}.llava`);
const paperPlan = (name: string): Plan => planOf(readFileSync(paper(name), 'utf8'), paper(name));
const stage = (stages: StageView[], name: string): StageView => stages.find((view) => view.name === name)!;
const training = (stages: StageView[], name: string) => stage(stages, name).details as TrainDetails;

describe("the paper's experiments", () => {
  it('LLaVA 13B: steps, freeze tables and trained parameters of both stages', async () => {
    const { stages } = await viewOf(paperPlan('llava-13b'), paper('llava-13b'));
    const align = training(stages, 'align');
    expect(align.samples).toEqual({
      samples: 595_375,
      source: 'declared in the file; data/cc3m_595k/chat.json is absent',
    });
    expect(align.cost!.steps).toBe(4652);
    expect(align.phases).toEqual([
      {
        fromStep: 0,
        trained: 1024 * 5120 + 5120,
        frozen: 303_179_776 + 13_015_864_320,
        modules: [
          { module: 'vision', parameters: 303_179_776, trained: false, lr: null, weightDecay: null },
          {
            module: 'projector',
            parameters: 5_248_000,
            trained: true,
            lr: { least: 2e-3, most: 2e-3 },
            weightDecay: 0,
          },
          { module: 'language', parameters: 13_015_864_320, trained: false, lr: null, weightDecay: null },
        ],
      },
    ]);
    const tune = training(stages, 'tune');
    expect(tune.samples).toEqual({ samples: 158_000, source: 'as instruct is told to make' });
    expect(tune.cost!.steps).toBe(14_814);
    expect(tune.phases[0]!.trained).toBe(5_248_000 + 13_015_864_320);
  });

  it('LLaVA 7B: the same with 6.7 billion', async () => {
    const { stages } = await viewOf(paperPlan('llava-7b'), paper('llava-7b'));
    expect(training(stages, 'tune').phases[0]!.modules.map((row) => [row.module, row.parameters])).toEqual([
      ['vision', 303_179_776],
      ['projector', 1024 * 4096 + 4096],
      ['language', 6_738_415_616],
    ]);
  });

  it('ScienceQA: 12 epochs of 12,726 questions, and what each row of the ablation does anew', async () => {
    const view = await viewOf(paperPlan('science-qa'), paper('science-qa'));
    expect(training(view.stages, 'science').cost!.steps).toBe(12 * 398);
    expect(view.ablations[0]!.rows.map(({ name, paper, own }) => [name, paper, own.join(' ')])).toEqual([
      ['best', 90.92, ''],
      ['last_layer', 89.96, 'align science exam'],
      ['answer_first', 89.77, 'science exam'],
      ['from_scratch', 85.81, 'science exam'],
      ['small', 89.84, 'align science exam'],
    ]);
    expect(view.work).toEqual({ total: 13, cached: 0 });
  });

  it.each(['llava-13b', 'llava-7b', 'science-qa'])('%s reads as it should', async (name) => {
    const text = await textOf(paperPlan(name), paper(name));
    await expect(`${text}\n`).toMatchFileSnapshot(`golden/${name}.txt`);
  });
});

describe('a chain with all stage kinds and an ablation', () => {
  const file = '/nowhere/mini.llava';
  const view = () => viewOf(planOf(MINI, file), file);

  it('reads as it should', async () => {
    await expect(`${await textOf(planOf(MINI, file), file)}\n`).toMatchFileSnapshot('golden/mini.txt');
  });

  it('tells seeds of the same work together, and what variants share once', async () => {
    const { stages } = await view();
    expect(stages.filter(({ name }) => name === 'see').map(({ variants, nodes }) => [variants, nodes.length])).toEqual([
      [null, 2],
    ]);
    expect(stages.filter(({ name }) => name === 'read').map(({ variants }) => variants)).toEqual([
      ['best', 'last_layer', 'answer_first'],
      ['wide'],
    ]);
  });

  it('tells how variants differ, by the field of the plan', async () => {
    const { stages } = await view();
    const differences = Object.fromEntries(
      stages.filter(({ name }) => name === 'tune').map((each) => [each.variants!.join(), each.differences]),
    );
    expect(differences['best']).toEqual([]);
    expect(differences['last_layer']).toEqual([{ path: 'model.vision.featureLayer', before: -2, now: -1 }]);
    expect(differences['answer_first']).toEqual([{ path: 'order', before: 'reason_first', now: 'answer_first' }]);
  });

  it('splits the freeze table only where modules differ, and at the steps at which rules change', async () => {
    const { phases } = training((await view()).stages, 'tune');
    expect(phases.map((phase) => phase.fromStep)).toEqual([0, 7]);
    const rows = phases.map((phase) =>
      phase.modules.map(({ module, trained, lr }) => [module, trained, lr?.most ?? null]),
    );
    expect(rows[0]).toEqual([
      ['vision.embeddings', false, null],
      ['vision.pre_layrnorm', false, null],
      ['vision.layers[0..1]', false, null],
      ['vision.layers[2]', true, 1e-4],
      ['vision.post_layernorm', false, null],
      ['projector', true, 1e-3],
      ['language', true, 1e-3],
    ]);
    expect(rows[1]!.slice(5)).toEqual([
      ['projector', true, 1e-3],
      ['language.embed_tokens', true, 1e-3],
      ['language.layers[0..1]', false, null],
      ['language.layers[2..3]', true, 1e-3],
      ['language.norm', true, 1e-3],
      ['language.lm_head', true, 1e-3],
    ]);
  });

  it('warns of layers that are trained above the one that is read', async () => {
    const { notes } = training((await view()).stages, 'tune');
    expect(notes).toEqual(['vision.layers[2]: unfrozen, but nothing that the loss sees is computed with it']);
    const last = planOf(MINI, file, ['small.vision.features=last']);
    expect(training((await viewOf(last, file)).stages, 'tune').notes).toEqual([]);
  });

  it('counts what other stages are told to make, as each use takes it', async () => {
    const { stages } = await view();
    expect(stage(stages, 'see').data).toEqual([
      { name: 'scenes.train', count: { samples: 400, source: 'as world is told to make' } },
    ]);
    expect(stage(stages, 'eye_test').data[0]!.count.samples).toBe(50);
    expect(stage(stages, 'tune').data.map(({ count }) => count)).toEqual([
      { samples: 150, source: 'as instruct is told to make' },
      { samples: 50, source: 'the first of 90, as world is told to make' },
    ]);
    expect(training(stages, 'see').cost!.steps).toBe(2 * 6);
    expect(training(stages, 'tune').cost!.steps).toBe(2 * 7);
  });

  it('squeezes many layers that differ only in their rates into few lines', async () => {
    const many = ['small.language.layers=12'];
    const text = MINI.replace(
      'unfreeze projector, language lr 1e-3',
      'unfreeze projector, language lr 1e-3 decay 0.5 per layer',
    );
    const { stages } = await viewOf(planOf(text, file, many), file);
    const layers = training(stages, 'tune').phases[0]!.modules.filter(({ module }) =>
      module.startsWith('language.layers'),
    );
    expect(layers).toMatchObject([{ module: 'language.layers[*]', lr: { least: 1e-3 * 0.5 ** 11, most: 1e-3 } }]);
    const part = text.replace('unfreeze projector, language', 'unfreeze projector, language.layers[-8..].self_attn');
    const parts = training((await viewOf(planOf(part, file, many), file)).stages, 'tune').phases[0]!.modules;
    expect(parts.filter(({ module }) => module.startsWith('language.layers')).map(({ module }) => module)).toEqual([
      'language.layers[0..3]',
      'language.layers[4..11].input_layernorm',
      'language.layers[4..11].self_attn',
      'language.layers[4..11].post_attention_layernorm',
      'language.layers[4..11].mlp',
    ]);
  });
});

describe('samples of files on disk', () => {
  const text = (declared: string) => `experiment e
model m {
  vision = clip { layers = 2, width = 8, heads = 2, image = 8, patch = 4 }
  language = llama { layers = 2, width = 8, heads = 2, context = 16, mlp = 16 }
}
dataset pairs { format = instruct, file = "data/pairs.json"${declared} }
stage align : train { model = m   data = pairs   unfreeze projector lr 1e-3   epochs = 1   batch = 4 }
`;
  const pairs = JSON.stringify(
    Array.from({ length: 9 }, (_, i) => ({
      id: String(i),
      conversations: [
        { from: 'human', value: 'What is it?' },
        { from: 'gpt', value: 'A cat.' },
      ],
    })),
  );
  const samples = async (folder: string, declared = '') => {
    const file = join(folder, 'e.llava');
    return training((await viewOf(planOf(text(declared), file), file)).stages, 'align');
  };

  it('are counted where they are, whatever is declared', async () => {
    const folder = folderWith({ 'data/pairs.json': pairs });
    const align = await samples(folder);
    expect(align.samples).toEqual({ samples: 9, source: 'counted in data/pairs.json' });
    expect(align.cost!.steps).toBe(3);
    const both = await samples(folder, ', samples = 1000');
    expect(both.samples).toEqual({ samples: 9, source: 'counted in data/pairs.json; the file declares 1,000' });
  });

  it('are as declared where the file is absent', async () => {
    const align = await samples(folderWith({}), ', samples = 1000');
    expect(align.samples).toEqual({ samples: 1000, source: 'declared in the file; data/pairs.json is absent' });
    expect(align.cost!.steps).toBe(250);
  });

  it('are an error with the path where neither is', async () => {
    const folder = folderWith({});
    await expect(samples(folder)).rejects.toThrow(`${join(folder, 'data/pairs.json')} does not exist`);
    await expect(samples(folder)).rejects.toMatchObject({ name: 'DataError' });
  });

  it('are an error where the file is cut off', async () => {
    const folder = folderWith({ 'data/pairs.json': pairs.slice(0, 100) });
    await expect(samples(folder, ', samples = 9')).rejects.toMatchObject({ name: 'DataError' });
    await expect(samples(folder)).rejects.toThrow('pairs.json');
  });
});

describe('what the store holds', () => {
  it('is cached, and what reads it runs; nothing is written where no state is', async () => {
    const folder = folderWith({});
    const file = join(folder, 'mini.llava');
    const plan = planOf(MINI, file);
    await viewOf(plan, file);
    expect(existsSync(join(folder, '.llava'))).toBe(false);

    const home = openHome(join(folder, '.llava'));
    const chain = {
      ...plan,
      stages: plan.stages.filter(({ name, seed }) => ['world', 'read'].includes(name) && seed === 1),
    };
    const world = chain.stages.find(({ name }) => name === 'world')!;
    const { key } = (await lookupStages(home, chain, folder)).get(world.id)!;
    await new Store(home).cached(key, async (dir) => {
      writeFileSync(join(dir, 'text.txt'), 'One document.\n\nAnother.\n\nA third.\n');
      return {};
    });

    const view = await viewOf(chain, file);
    expect(view.work).toEqual({ total: chain.stages.length, cached: 1 });
    expect(stage(view.stages, 'world').nodes[0]).toMatchObject({ id: world.id, standing: { state: 'cached' } });
    const read = stage(view.stages, 'read');
    expect(read.nodes[0]!.standing).toEqual({
      state: 'will run',
      reason: 'not in the store with these settings, data and seed',
    });
    expect(read.data[0]!.count).toEqual({ samples: 3, source: 'counted in what world made' });
  });
});
