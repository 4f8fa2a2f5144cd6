/**
 * Milliseconds of a LLaMA training step (forward, backward, clip, AdamW):
 *
 *     node test/bench/train-step.ts [tiny|mini|small] [graph|eager] [THREADS]
 */
import { findTensorFlow } from '../../engine/setup/tensorflow.ts';
import { openBinding } from '../../ops/backend/index.ts';
import type { HostTensor } from '../../ops/graph/index.ts';
import { initialise } from '../../ops/models/initialise.ts';
import { textLoss } from '../../ops/models/losses.ts';
import { parameters } from '../../ops/models/parameters.ts';
import { createTrainer, initialState, randomInt } from '../../ops/train/index.ts';

const SIZES = {
  tiny: { width: 128, layers: 4, heads: 4, mlp: 344, vocab: 512, length: 128, batch: 16 },
  mini: { width: 96, layers: 3, heads: 4, mlp: 256, vocab: 400, length: 64, batch: 16 },
  small: { width: 512, layers: 8, heads: 8, mlp: 1376, vocab: 4096, length: 256, batch: 8 },
};

const [, , sizeName = 'mini', executor = 'graph', threads = '1'] = process.argv;
const size = SIZES[sizeName as keyof typeof SIZES];
const found = findTensorFlow();
if (!size || (executor !== 'graph' && executor !== 'eager'))
  throw new Error('usage: train-step.ts [tiny|mini|small] [graph|eager] [threads]');
if (!found) throw new Error('TensorFlow is not set up here');
Object.assign(process.env, {
  TF_NUM_INTRAOP_THREADS: threads,
  TF_NUM_INTEROP_THREADS: threads,
  TF_CPP_MIN_LOG_LEVEL: '2',
});

const { width, layers, heads, mlp, vocab, length, batch } = size;
const config = {
  vision: null,
  contrast: null,
  projector: null,
  language: {
    layers,
    width,
    heads,
    kvHeads: heads,
    headDim: width / heads,
    mlp,
    vocab,
    context: length,
    ropeTheta: 10000,
    rmsNormEps: 1e-5,
    tieEmbeddings: false,
  },
};
const binding = openBinding(found.binding);
const specs = parameters(config);
const started = performance.now();
const trainer = createTrainer({
  binding,
  executor,
  parameters: specs,
  groups: [{ names: specs.map((p) => p.name), weightDecay: 0.01 }],
  buckets: { text: (g) => textLoss(g, config, { batch, length }) },
  clip: 1,
  state: initialState(initialise(config, 0)),
});
const ids: HostTensor = {
  dtype: 'i32',
  shape: [batch, length],
  data: Int32Array.from({ length: batch * length }, (_, i) => randomInt(0, 'ids', i, vocab)),
};
const micro = [{ bucket: 'text', inputs: { input_ids: ids, labels: ids } }];
const loaded = performance.now();
trainer.step(micro, [1e-3]);
const first = performance.now();
const times: number[] = [];
let loss = 0;
const cpu = process.cpuUsage();
for (let i = 0; i < (sizeName === 'small' ? 5 : 30); i++) {
  const start = performance.now();
  loss = trainer.step(micro, [1e-3]).loss;
  times.push(performance.now() - start);
}
const { user, system } = process.cpuUsage(cpu);
const cpuPerStep = (user + system) / 1000 / times.length;
times.sort((a, b) => a - b);
console.log(
  `${sizeName} ${executor} ${threads} thread(s): load ${(loaded - started).toFixed(0)} ms, first step ${(first - loaded).toFixed(0)} ms, ` +
    `then median ${times[times.length >> 1]!.toFixed(1)}, best ${times[0]!.toFixed(1)} ms (${cpuPerStep.toFixed(1)} ms of CPU time); loss ${loss.toFixed(5)}; ` +
    `${binding.getNumOfTensors()} tensors live, ${(process.memoryUsage().rss / 2 ** 20).toFixed(0)} MiB`,
);
