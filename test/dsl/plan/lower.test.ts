import { describe, expect, it } from 'vitest';
import { codes, compileText, edited, nodeOf, planOf, SMALL, trainOf } from '../helpers.ts';

describe('a plan', () => {
  it('is the same, byte for byte, each time and from wherever it is made', () => {
    const once = JSON.stringify(planOf(SMALL));
    expect(JSON.stringify(planOf(SMALL))).toBe(once);
    expect(once).not.toContain('/home/me');
  });

  it('gives a stage only the parts of the model that it reads', () => {
    const plan = planOf(SMALL);
    const see = trainOf(plan, 'see').model;
    expect(see).toMatchObject({ vision: { featureLayer: null, featureSelect: null }, projector: null, language: null });
    expect(see.contrast).toMatchObject({ layers: 2, mlp: 256, embed: 64, context: 77 });
    expect(trainOf(plan, 'read').model).toMatchObject({ vision: null, contrast: null, language: { template: null } });
    expect(trainOf(plan, 'tune').model).toMatchObject({
      vision: { featureLayer: -2, featureSelect: 'patches', mlp: 256 },
      contrast: null,
      language: { template: 'short', kvHeads: 4, headDim: 24, mlp: 256 },
    });
  });

  it('takes the model of a stage from the stage it goes on from', () => {
    expect(trainOf(planOf(SMALL), 'tune').model.name).toBe('small');
  });

  it('names the files of a stage by format and split', () => {
    const plan = planOf(SMALL);
    const world = nodeOf(plan, 'main#0', 'world').id;
    const instruct = nodeOf(plan, 'main#0', 'instruct').id;
    expect(trainOf(plan, 'align').data[0]?.dataset).toEqual({
      format: 'coco',
      name: 'scenes.train',
      captions: { stage: world, path: 'captions_train.json' },
      instances: { stage: world, path: 'instances_train.json' },
      images: { stage: world, path: 'images' },
      samples: null,
    });
    expect(trainOf(plan, 'tune').data.map((d) => d.dataset)).toMatchObject([
      {
        format: 'instruct',
        file: { stage: instruct, path: 'instruct.json' },
        images: { stage: world, path: 'images' },
        samples: 600,
      },
      { format: 'science_qa', problems: { stage: world, path: 'science_qa/problems.json' }, split: 'train' },
    ]);
    expect(trainOf(plan, 'read').data[0]?.dataset).toMatchObject({ file: { path: 'text.txt' } });
    expect(nodeOf(plan, 'main#0', 'tune').inputs).toEqual([nodeOf(plan, 'main#0', 'align').id, instruct, world]);
  });

  it('fills in what the text leaves out', () => {
    const tune = trainOf(planOf(SMALL), 'tune');
    expect(tune).toMatchObject({
      schedule: { kind: 'cosine', warmup: { fraction: 0.03 } },
      optimizer: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 },
      microBatch: 32,
      length: 160,
      clip: null,
      checkpoint: { everySteps: 100, keep: 2 },
      sample: 'concat',
      epochs: 3,
      steps: null,
    });
  });

  it('reads rules in order, with rates, decay and changes while training', () => {
    const text = edited(
      'freeze   vision\n  unfreeze projector, language lr 1e-3',
      `freeze   vision
  lr = 1e-3
  unfreeze projector
  unfreeze language.layers[1..2].self_attn lr 2e-5 weight_decay 0.1 decay 0.9 per layer
  at epoch 2 { unfreeze vision.layers[-2..] lr 2e-6 }
  checkpoint every 500 steps keep 3`,
    );
    const tune = trainOf(planOf(text), 'tune');
    expect(tune.rules).toEqual([
      { verb: 'freeze', patterns: ['vision'], lr: null, weightDecay: null, decayPerLayer: null },
      { verb: 'unfreeze', patterns: ['projector'], lr: 1e-3, weightDecay: null, decayPerLayer: null },
      {
        verb: 'unfreeze',
        patterns: ['language.layers[1..2].self_attn'],
        lr: 2e-5,
        weightDecay: 0.1,
        decayPerLayer: 0.9,
      },
    ]);
    expect(tune.changes).toMatchObject([
      { at: { epoch: 2 }, rules: [{ patterns: ['vision.layers[-2..]'], lr: 2e-6 }] },
    ]);
    expect(tune.checkpoint).toEqual({ everySteps: 500, keep: 3 });
  });

  it('asks and reads answers in the order in which the model was trained', () => {
    const plan = planOf(edited('  epochs   = 3', '  order = answer_first\n  epochs   = 3'));
    expect(nodeOf(plan, 'main#0', 'exam').config).toMatchObject({
      order: 'answer_first',
      model: nodeOf(plan, 'main#0', 'tune').id,
    });
  });

  it('probes the vision tower whatever the projector reads', () => {
    const text = `${SMALL}\nstage eyes : evaluate { model = see  benchmark = linear_probe(scenes.val, shape) { limit = 50 } }\nassert eyes.accuracy >= 80%`;
    const before = nodeOf(planOf(text), 'main#0', 'eyes');
    expect(before.config).toMatchObject({
      modelPlan: { language: null, vision: { featureLayer: null } },
      benchmark: { limit: 50 },
    });
    expect(before.asserts).toEqual([{ metric: 'accuracy', op: '>=', value: 0.8, text: 'assert eyes.accuracy >= 80%' }]);
    expect(nodeOf(planOf(text, ['small.vision.features=last']), 'main#0', 'eyes').id).toBe(before.id);
  });

  it('holds the name of a secret, never its value', () => {
    process.env['LLAVA_TEST_KEY'] = 'sk-very-secret';
    const teacher = 'openai("gpt-4") { key = env("LLAVA_TEST_KEY"), budget = 500 usd, rate = 200/min }';
    const plan = planOf(edited('teacher      = offline', `teacher = ${teacher}`));
    expect(nodeOf(plan, 'main#0', 'instruct').config).toMatchObject({
      teacher: { kind: 'openai', model: 'gpt-4', keyEnv: 'LLAVA_TEST_KEY', budgetUsd: 500, perMinute: 200 },
    });
    expect(JSON.stringify(plan)).not.toContain('sk-very-secret');
  });

  it('orders stages with `after` without reading anything of them', () => {
    const plan = planOf(edited('  from     = align', '  from     = align\n  after    = see'));
    const tune = nodeOf(plan, 'main#0', 'tune');
    expect(tune.after).toEqual([nodeOf(plan, 'main#0', 'see').id]);
    expect(tune.id).toBe(nodeOf(planOf(SMALL), 'main#0', 'tune').id);
  });
});

describe('paths', () => {
  const text = `experiment paths
param dir = "data"
model m {
  vision   = clip { layers = 1, width = 8, heads = 1, image = 8, patch = 4 }
  language = llama { layers = 1, width = 8, heads = 1, context = 64 }
}
dataset d { format = coco  captions = "\${dir}/c.json"  boxes = "\${dir}/sub/i.json"  images = "img" }
stage s : train { model = m  data = d  unfreeze projector lr 1e-3  steps = 1  batch = 1 }
`;
  const files = (set: string[]) => trainOf(planOf(text, set), 's').data[0]?.dataset;

  it('in the file stay as they are written', () => {
    expect(files([])).toMatchObject({
      captions: { file: 'data/c.json' },
      instances: { file: 'data/sub/i.json' },
      images: { file: 'img' },
    });
  });

  it('of the command line are rewritten relative to the experiment', () => {
    expect(files(['dir=../coco'])).toMatchObject({ captions: { file: '../../coco/c.json' }, images: { file: 'img' } });
    expect(files(['d.captions=here/c.json'])).toMatchObject({ captions: { file: '../here/c.json' } });
    expect(files(['d.captions="exp/c.json"'])).toMatchObject({ captions: { file: 'c.json' } });
    expect(files(['d.boxes=/abs/i.json'])).toMatchObject({ instances: { file: '/abs/i.json' } });
  });

  it('that lead nowhere are warnings, and the plan is made', () => {
    const compiled = compileText(text);
    expect(codes(compiled)).toEqual(['LLV0405 7', 'LLV0405 7', 'LLV0405 7']);
    expect(compiled.plan).not.toBeNull();
  });
});

describe('the model of a stage', () => {
  it('is the only one of the file when neither the stage nor its `from` names one', () => {
    const text = edited('  model     = small\n  objective = contrastive', '  objective = contrastive');
    expect(nodeOf(planOf(text), 'main#0', 'see').id).toBe(nodeOf(planOf(SMALL), 'main#0', 'see').id);
  });
});
