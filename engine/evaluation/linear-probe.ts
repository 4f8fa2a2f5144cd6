import type { BenchmarkPlan, EvaluateConfig } from '../../dsl/plan/types.ts';
import type { Binding } from '../../ops/backend/index.ts';
import { add, argmax, matmul, type Graph, type Value } from '../../ops/graph/index.ts';
import { gridOf, required } from '../../ops/models/config.ts';
import { crossEntropy } from '../../ops/nn/cross-entropy.ts';
import { createTrainer, initialState } from '../../ops/train/index.ts';
import { loadCoco, type CocoImage } from '../data/formats/coco.ts';
import { DataError, type Metrics, type StageContext } from '../stages/types.ts';
import { featureTable, type FeatureTable } from '../training/features.ts';
import { floatTensor, vectorOfInts } from '../training/host.ts';
import { openTensorFlow } from '../training/session.ts';
import { judgedWeights } from './model.ts';

type LinearProbePlan = Extract<BenchmarkPlan, { kind: 'linear_probe' }>;

/** Of every five pictures, four fit the classifier and one tests it. */
const FOLD = 5;
const STEPS = 300;
const LEARNING_RATE = 0.05;

interface Example {
  picture: number;
  patch: number;
  label: string;
}

/**
 * What a linear classifier can read of an object's attribute out of the patch feature where the object's centre lies: how much the
 * vision tower sees, before any language model is joined to it. Metric `accuracy`, on pictures that the classifier was not fitted on.
 */
export async function linearProbe(context: StageContext<EvaluateConfig>, plan: LinearProbePlan): Promise<Metrics> {
  if (plan.data.format !== 'coco') throw new DataError(`linear_probe reads \`format = coco\`, not ${plan.data.format}`);
  const { images } = await loadCoco(plan.data, (ref) => context.resolve(ref), {
    onWarning: (message) => {
      context.log.warn(message);
    },
  });
  const used = images.slice(0, plan.limit ?? undefined);
  // The features that the projector will read: before the last layer, where the file does not say otherwise.
  const vision = required(context.config.modelPlan, 'vision');
  const model = {
    ...context.config.modelPlan,
    vision: { ...vision, featureLayer: vision.featureLayer ?? -2, featureSelect: 'patches' as const },
  };
  const grid = gridOf(vision);
  const examples = used.flatMap((image, picture) => examplesOf(image, picture, grid, plan.attribute));
  const labels = [...new Set(examples.map((example) => example.label))].sort();
  if (labels.length < 2) throw new DataError('linear_probe needs objects of at least two kinds in its pictures');

  const binding = await openTensorFlow();
  const weights = await judgedWeights(context);
  const paths = used.map((image) => image.file);
  const table = await featureTable(context, binding, model, weights, paths);
  const numbers = new Map(labels.map((label, i) => [label, i]));
  const sets = [true, false].map((fit) => {
    const chosen = examples.filter(({ picture }) => (picture % FOLD !== FOLD - 1) === fit);
    return {
      features: gatherPatches(table, chosen, vision.width),
      labels: Int32Array.from(chosen, ({ label }) => numbers.get(label)!),
    };
  });
  const accuracy = classify(binding, sets[0]!, sets[1]!, vision.width, labels.length);
  context.progress({ phase: 'probe', done: used.length, total: used.length, unit: 'images' });
  return { accuracy, count: sets[1]!.labels.length, classes: labels.length };
}

/** Objects whose centre lies in the square that CLIP's preprocessing keeps (shortest side resized, centre cropped). */
function examplesOf(image: CocoImage, picture: number, grid: number, attribute: 'shape' | 'color'): Example[] {
  const side = Math.min(image.width, image.height);
  const left = (image.width - side) / 2;
  const top = (image.height - side) / 2;
  return image.objects.flatMap(({ category, bbox: [x, y, width, height] }) => {
    const column = Math.floor(((x + width / 2 - left) / side) * grid);
    const row = Math.floor(((y + height / 2 - top) / side) * grid);
    if (column < 0 || row < 0 || column >= grid || row >= grid) return [];
    // Categories of the mini world are a colour and a shape: `red star`.
    const words = category.split(' ');
    const label = attribute === 'shape' ? words.at(-1)! : words[0]!;
    return [{ picture, patch: row * grid + column, label }];
  });
}

function gatherPatches(table: FeatureTable, examples: readonly Example[], width: number): Float32Array {
  const data = new Float32Array(examples.length * width);
  examples.forEach(({ picture, patch }, i) => {
    data.set(table.one(picture).subarray(patch * width, (patch + 1) * width), i * width);
  });
  return data;
}

interface Labelled {
  features: Float32Array;
  labels: Int32Array;
}

/** Fits multinomial logistic regression on all of `fit` at once; returns the share of `test` that it gets right. */
function classify(binding: Binding, fit: Labelled, test: Labelled, width: number, classes: number): number {
  standardise(fit.features, test.features, width);
  const parameters = [
    { name: 'probe.weight', shape: [classes, width] },
    { name: 'probe.bias', shape: [classes] },
  ];
  const logits = (g: Graph, rows: number): Value =>
    add(
      matmul(g.input('features', [rows, width]), g.variable('probe.weight', [classes, width]), { transposeB: true }),
      g.variable('probe.bias', [classes]),
    );
  const trainer = createTrainer({
    binding,
    parameters,
    groups: [{ names: parameters.map((p) => p.name), weightDecay: 0.01 }],
    buckets: {
      fit: (g) => {
        const rows = fit.labels.length;
        return { loss: crossEntropy(logits(g, rows), g.input('labels', [rows], 'i32')), count: g.constant(rows) };
      },
    },
    functions: { test: (g) => ({ answers: argmax(logits(g, test.labels.length), -1) }) },
    clip: null,
    state: initialState(
      new Map(
        parameters.map(({ name, shape }) => [
          name,
          { shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)) },
        ]),
      ),
    ),
  });
  try {
    const inputs = {
      features: floatTensor([fit.labels.length, width], fit.features),
      labels: vectorOfInts(fit.labels),
    };
    for (let step = 0; step < STEPS; step++) trainer.step([{ bucket: 'fit', inputs }], [LEARNING_RATE]);
    const { answers } = trainer.run('test', { features: floatTensor([test.labels.length, width], test.features) });
    const right = test.labels.reduce((n, label, i) => n + (answers!.data[i] === label ? 1 : 0), 0);
    return right / test.labels.length;
  } finally {
    trainer.dispose();
  }
}

/** Brings each feature to mean 0 and deviation 1 over the fitting set, in place in both sets. */
function standardise(fit: Float32Array, test: Float32Array, width: number): void {
  const rows = fit.length / width;
  for (let column = 0; column < width; column++) {
    let sum = 0;
    let squares = 0;
    for (let at = column; at < fit.length; at += width) {
      sum += fit[at]!;
      squares += fit[at]! ** 2;
    }
    const mean = sum / rows;
    const deviation = Math.sqrt(Math.max(0, squares / rows - mean ** 2)) + 1e-6;
    for (const set of [fit, test]) {
      for (let at = column; at < set.length; at += width) set[at] = (set[at]! - mean) / deviation;
    }
  }
}
