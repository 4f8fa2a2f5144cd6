import { load, type Binding, type ExecutorKind } from '../../../ops/backend/index.ts';
import { div, gradients, Program, type Graph, type HostTensor, type Value } from '../../../ops/graph/index.ts';
import { VisionEncoder } from '../../../ops/generate/features.ts';
import { Generator } from '../../../ops/generate/greedy.ts';
import { featureCount, visionFeatures } from '../../../ops/models/clip.ts';
import { fromHuggingFace } from '../../../ops/models/huggingface.ts';
import { imageFeatures, llavaEmbeddings } from '../../../ops/models/llava.ts';
import { llamaHidden, logitsOf } from '../../../ops/models/llama.ts';
import { instructLoss } from '../../../ops/models/losses.ts';
import { parameters } from '../../../ops/models/parameters.ts';
import { weightsOf } from '../../../ops/models/weights.ts';
import { createTrainer, initialState, scheduleFactor, warmupSteps } from '../../../ops/train/index.ts';
import { batchOf, type ParityCase, type TrainingRun } from './case.ts';

/** Something that came out otherwise than in the reference. */
export interface Difference {
  what: string;
  error: number;
  allowed: number;
}

const VALUES = 1e-4;
const GRADIENTS = 1e-3;
/**
 * Gradients that are zero in exact arithmetic (the bias of a key projection shifts all scores of a query alike) are rounding noise on
 * both sides: below this share of the whole gradient's norm they count as equal.
 */
const NOISE = 1e-7;

export interface Comparison {
  /** How many numbers or tensors were compared: a comparison of nothing proves nothing. */
  checks: number;
  differences: Difference[];
}

/** All that a case expects, compared on one executor. */
export async function compareCase(parity: ParityCase, binding: Binding, kind: ExecutorKind): Promise<Comparison> {
  const tally = new Tally();
  compareForward(tally, parity, binding, kind);
  compareCurve(tally, 'align', parity, binding, kind);
  compareCurve(tally, 'tune', parity, binding, kind);
  await compareGreedy(tally, parity, binding, kind);
  return { checks: tally.checks, differences: tally.differences };
}

class Tally {
  checks = 0;
  readonly differences: Difference[] = [];

  check(what: string, error: number, allowed: number): void {
    this.checks++;
    // A NaN is a difference too.
    if (!(error <= allowed)) this.differences.push({ what, error, allowed });
  }

  /** Largest difference over the largest number of the reference. */
  tensor(what: string, got: ArrayLike<number>, wanted: ArrayLike<number>, allowed: number): void {
    let [most, scale] = [got.length === wanted.length ? 0 : NaN, 0];
    for (let i = 0; i < wanted.length; i++) {
      most = Math.max(most, Math.abs(got[i]! - wanted[i]!));
      scale = Math.max(scale, Math.abs(wanted[i]!));
    }
    this.check(what, most / scale, allowed);
  }

  number(what: string, got: number, wanted: number, allowed: number, floor = 0): void {
    const gap = Math.abs(got - wanted);
    this.check(what, gap <= floor ? 0 : gap / Math.abs(wanted), allowed);
  }
}

/** Vision features, image features, logits, loss and gradients of one pass over the whole batch. */
function compareForward(tally: Tally, parity: ParityCase, binding: Binding, kind: ExecutorKind): void {
  const { config, io, expected } = parity;
  const all = parameters(config);
  const [batch, length] = io.get('input_ids')!.shape as [number, number];
  const { images, inputs } = batchOf(parity, 0, batch);
  const program = new Program();
  program.define('forward', (g) => forward(g, parity, batch, length, images));
  program.define('backward', (g) => {
    const { loss, count } = instructLoss(g, config, { batch, length, images, cached: false });
    const mean = div(loss, count);
    const derivatives = gradients(
      g,
      mean,
      all.map(({ name, shape }) => g.variable(name, shape)),
    );
    return { loss: mean, ...Object.fromEntries(derivatives.map((d, i) => [all[i]!.name, d])) };
  });
  const executable = load(binding, program, kind);
  executable.write(parity.weights);
  const { labels, ...forwardInputs } = inputs;
  const attention = { dtype: 'i32' as const, ...io.get('attention_mask')! };
  const made = executable.run('forward', { ...forwardInputs, attention_mask: attention });
  for (const name of ['vision_features', 'image_features', 'logits'])
    tally.tensor(name, made[name]!.data, io.get(name)!.data, VALUES);
  const backward = executable.run('backward', { ...forwardInputs, labels: labels! });
  executable.dispose();
  tally.number('loss', backward.loss!.data[0]!, expected.loss, VALUES);
  compareGradients(tally, parity, backward);
}

function forward(
  g: Graph,
  { config }: ParityCase,
  batch: number,
  length: number,
  images: number,
): Record<string, Value> {
  const w = weightsOf(g, config);
  const vision = config.vision!;
  const ids = g.input('input_ids', [batch, length], 'i32');
  const attended = g.input('attention_mask', [batch, length], 'i32');
  const slots = g.input('image_slots', [batch, length], 'i32');
  const pixels = g.input('pixel_values', [images, 3, vision.image, vision.image]);
  const pictures = { features: visionFeatures(w, vision, pixels) };
  const embeddings = llavaEmbeddings(w, config, ids, { pictures, slots });
  return {
    vision_features: pictures.features,
    image_features: imageFeatures(w, config, pictures),
    logits: logitsOf(w, config.language!, llamaHidden(w, config.language!, embeddings, attended)),
  };
}

function compareGradients(tally: Tally, { io, expected }: ParityCase, made: Record<string, HostTensor>): void {
  const noise = NOISE * Math.hypot(...Object.values(expected.grad_norm));
  for (const [stored, norm] of Object.entries(expected.grad_norm)) {
    const gradient = made[fromHuggingFace(stored) ?? stored];
    if (gradient) tally.number(`gradient norm of ${stored}`, Math.hypot(...gradient.data), norm, GRADIENTS, noise);
    else tally.check(`gradient norm of ${stored}: no such parameter`, NaN, GRADIENTS);
  }
  for (const [name, wanted] of io) {
    if (!name.startsWith('grad.')) continue;
    const stored = name.slice('grad.'.length);
    const gradient = made[fromHuggingFace(stored) ?? stored]!;
    const isNoise = Math.hypot(...wanted.data) < noise && Math.hypot(...gradient.data) < noise;
    if (!isNoise) tally.tensor(`gradient of ${stored}`, gradient.data, wanted.data, GRADIENTS);
  }
}

const MODULES: Readonly<Record<string, string>> = {
  vision_tower: 'vision.',
  multi_modal_projector: 'projector.',
  language_model: 'language.',
  lm_head: 'language.lm_head.',
};

/** Ten AdamW steps, micro-batches weighted by their supervised tokens, cosine schedule with warmup, gradient clipping. */
function compareCurve(
  tally: Tally,
  which: 'align' | 'tune',
  parity: ParityCase,
  binding: Binding,
  kind: ExecutorKind,
): void {
  const run: TrainingRun = parity.expected[which];
  const { config, io } = parity;
  const [rows, length] = io.get('input_ids')!.shape as [number, number];
  const prefixes = run.train.map((module) => MODULES[module] ?? `${module}.`);
  const names = parameters(config)
    .map(({ name }) => name)
    .filter((name) => prefixes.some((prefix) => name.startsWith(prefix)));
  const buckets: Record<string, (g: Graph) => { loss: Value; count: Value }> = {};
  const micro = Array.from({ length: Math.ceil(rows / run.micro) }, (_, i) => {
    const [from, to] = [i * run.micro, Math.min(rows, (i + 1) * run.micro)];
    const { images, inputs } = batchOf(parity, from, to);
    const bucket = `${to - from}x${images}`;
    buckets[bucket] = (g) => instructLoss(g, config, { batch: to - from, length, images, cached: false });
    return { bucket, inputs };
  });
  const trainer = createTrainer({
    binding,
    executor: kind,
    parameters: parameters(config),
    groups: [{ names, weightDecay: run.weight_decay }],
    buckets,
    clip: run.clip,
    state: initialState(
      new Map([...parity.weights].map(([name, { shape, data }]) => [name, { shape, data: data as Float32Array }])),
    ),
  });
  const warmup = warmupSteps(run.warmup, run.steps);
  for (const wanted of run.curve) {
    const lr = run.lr * scheduleFactor({ kind: 'cosine', warmupSteps: warmup, totalSteps: run.steps }, wanted.step - 1);
    const got = trainer.step(micro, [lr]);
    const at = `${which}, step ${wanted.step}`;
    tally.check(`${at}: lr`, Math.abs(lr - wanted.lr) / run.lr, GRADIENTS);
    tally.number(`${at}: loss`, got.loss, wanted.loss, GRADIENTS);
    tally.number(`${at}: gradient norm`, got.gradNorm, wanted.grad_norm, GRADIENTS);
  }
  trainer.dispose();
}

/** Tokens that greedy decoding makes after the first row's prompt. */
async function compareGreedy(tally: Tally, parity: ParityCase, binding: Binding, kind: ExecutorKind): Promise<void> {
  const { config, weights, expected, io } = parity;
  const length = io.get('input_ids')!.shape[1]!;
  const ids = (io.get('input_ids')!.data as Int32Array).slice(0, expected.prompt_length);
  const hasPicture = ids.filter((id) => id === expected.image_token).length === featureCount(config.vision!);
  const encoder = new VisionEncoder(binding, config, weights, { batch: 1, executor: kind });
  const picture = (io.get('pixel_values')!.data as Float32Array).slice(0, 3 * config.vision!.image ** 2);
  const features = encoder.encode(picture);
  encoder.dispose();
  const generator = new Generator(binding, config, weights, {
    // Two rows, of which one is only there to be in the way: a row's answer must not depend on the others.
    batch: 2,
    buckets: [length],
    maxNewTokens: expected.greedy.length,
    eos: 2,
    pad: 0,
    imageToken: expected.image_token,
    executor: kind,
  });
  const [answer] = await generator.generate([hasPicture ? { ids, features } : { ids }, { ids: [1, 5] }]);
  generator.dispose();
  const end = expected.greedy.indexOf(2);
  const wanted = end < 0 ? expected.greedy : expected.greedy.slice(0, end);
  tally.check(`greedy tokens ${answer!.join(' ')}`, answer!.join() === wanted.join() ? 0 : NaN, 0);
}
