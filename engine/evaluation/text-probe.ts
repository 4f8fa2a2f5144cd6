import type { BenchmarkPlan, EvaluateConfig } from '../../dsl/plan/types.ts';
import { load } from '../../ops/backend/index.ts';
import { argmax, Program, type Graph } from '../../ops/graph/index.ts';
import type { Tokenizer } from '../../ops/io/tokenizer/tokenizer.ts';
import { required } from '../../ops/models/config.ts';
import { embedTokens, llamaHidden, logitsOf } from '../../ops/models/llama.ts';
import { textLoss } from '../../ops/models/losses.ts';
import { weightsOf } from '../../ops/models/weights.ts';
import { loadDocuments } from '../data/formats/text.ts';
import { IGNORE } from '../data/templates/encode.ts';
import { Cancelled, DataError, type Metrics, type StageContext } from '../stages/types.ts';
import { floatTensor, intTensor } from '../training/host.ts';
import { openTensorFlow } from '../training/session.ts';
import { judgedTokenizer, judgedWeights } from './model.ts';

const BATCH = 32;
const GRAIN = 16;

type TextProbePlan = Extract<BenchmarkPlan, { kind: 'text_probe' }>;

/** A document as the probe reads it. */
interface Document {
  ids: number[];
  /** Position of the option letter in "The answer is X." at its end, or −1. */
  letter: number;
}

/**
 * How well a language model knows its world, on held-out documents (one at a time, from its first token on): `accuracy` of the next token,
 * `perplexity`, and, over documents that end in "The answer is X.", `letter_accuracy`: of the token X given all before it.
 */
export async function textProbe(context: StageContext<EvaluateConfig>, plan: TextProbePlan): Promise<Metrics> {
  const { config, resolve, signal, progress } = context;
  if (plan.data.format !== 'text') throw new DataError(`text_probe reads \`format = text\`, not ${plan.data.format}`);
  const binding = await openTensorFlow();
  const weights = await judgedWeights(context);
  const tokenizer = await judgedTokenizer(context);
  const model = config.modelPlan;
  const { context: limit } = required(model, 'language');
  const texts = loadDocuments(plan.data, (ref) => resolve(ref)).slice(0, plan.limit ?? undefined);
  const documents = texts.map((text) => tokenise(text, tokenizer, limit));
  const length = Math.ceil(documents.reduce((most, { ids }) => Math.max(most, ids.length), 1) / GRAIN) * GRAIN;

  const program = new Program();
  program.define('probe', (g: Graph) => {
    const { loss, count } = textLoss(g, model, { batch: BATCH, length });
    const w = weightsOf(g, model);
    const language = required(model, 'language');
    const hidden = llamaHidden(w, language, embedTokens(w, g.inputs.get('input_ids')!));
    return { loss, count, next: argmax(logitsOf(w, language, hidden), -1) };
  });
  const executable = load(binding, program);
  try {
    const used = [...weights].filter(([name]) => program.variables.has(name));
    executable.write(new Map(used.map(([name, t]) => [name, floatTensor(t.shape, t.data as Float32Array)])));
    let loss = 0;
    const tokens = { right: 0, all: 0 };
    const letters = { right: 0, all: 0 };
    for (let start = 0; start < documents.length; start += BATCH) {
      if (signal.aborted) throw new Cancelled('the probe starts anew next time');
      const batch = documents.slice(start, start + BATCH);
      const out = executable.run('probe', inputs(batch, length, tokenizer.id('<pad>')));
      loss += out['loss']!.data[0]!;
      const next = out['next']!.data;
      batch.forEach(({ ids, letter }, row) => {
        for (let at = 1; at < ids.length; at++) {
          const right = next[row * length + at - 1] === ids[at] ? 1 : 0;
          tokens.right += right;
          tokens.all++;
          if (at === letter) {
            letters.right += right;
            letters.all++;
          }
        }
      });
      progress({ phase: 'probe', done: start + batch.length, total: documents.length, unit: 'samples' });
    }
    return {
      accuracy: tokens.right / tokens.all,
      perplexity: Math.exp(loss / tokens.all),
      count: documents.length,
      ...(letters.all > 0 ? { letter_accuracy: letters.right / letters.all, letters: letters.all } : {}),
    };
  } finally {
    executable.dispose();
  }
}

function tokenise(text: string, tokenizer: Tokenizer, limit: number): Document {
  const ids = [tokenizer.id('<s>'), ...tokenizer.encodeText(text), tokenizer.id('</s>')].slice(0, limit);
  const answer = /The answer is ([A-Z])\.$/.exec(text);
  if (!answer) return { ids, letter: -1 };
  // Tokens never reach over a word's end, so the text up to the letter has the same tokens alone as within the whole.
  const before = 1 + tokenizer.encodeText(text.slice(0, -2).trimEnd()).length;
  return { ids, letter: before < ids.length ? before : -1 };
}

function inputs(batch: readonly Document[], length: number, pad: number) {
  const ids = new Int32Array(BATCH * length).fill(pad);
  const labels = new Int32Array(BATCH * length).fill(IGNORE);
  batch.forEach((document, row) => {
    ids.set(document.ids, row * length);
    labels.set(document.ids, row * length);
  });
  const shape = [BATCH, length];
  return { input_ids: intTensor({ shape, data: ids }), labels: intTensor({ shape, data: labels }) };
}
