import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BenchmarkPlan, EvaluateConfig } from '../../dsl/plan/types.ts';
import { Generator, type Prompt } from '../../ops/generate/greedy.ts';
import type { Tokenizer } from '../../ops/io/tokenizer/tokenizer.ts';
import { featureCount } from '../../ops/models/clip.ts';
import { scoreScienceQa } from '../benchmarks/science-qa.ts';
import { bucketsFor } from '../data/batches/buckets.ts';
import { loadScienceQa, type Problem } from '../data/formats/science-qa.ts';
import { questionTurns } from '../data/samples/science-qa.ts';
import { encodePrompt } from '../data/templates/encode.ts';
import { Cancelled, DataError, type Metrics, type StageContext } from '../stages/types.ts';
import { writeFileAtomic } from '../store/files.ts';
import { featureTable, type FeatureTable } from '../training/features.ts';
import { IMAGE_TOKEN } from '../training/objectives/instruct.ts';
import { openTensorFlow } from '../training/session.ts';
import { judgedTokenizer, judgedWeights } from './model.ts';

/** Questions answered at once. */
const BATCH = 64;
/** Answers are kept this often; an attempt that was cut off goes on after the last kept chunk. */
const CHUNK = BATCH * 4;

/** Tokens of "The answer is A." and the end. */
const SHORTEST_ANSWER = 8;

type ScienceQaPlan = Extract<BenchmarkPlan, { kind: 'science_qa' }>;

/**
 * ScienceQA (Lu et al., 2022) as LLaVA is asked it: greedy answers, read by "The answer is X.". The artifact keeps every answer in
 * `predictions.json`, in the form that `llava eval science-qa --predictions` reads.
 */
export async function scienceQa(context: StageContext<EvaluateConfig>, plan: ScienceQaPlan): Promise<Metrics> {
  const all = await loadScienceQa(plan.data as Parameters<typeof loadScienceQa>[0], (ref) => context.resolve(ref), {
    absentImages: 'error',
  });
  const problems = plan.limit === null ? all : all.slice(0, plan.limit);
  const outputs = await answers(context, plan, problems);
  await writeFile(
    join(context.out, 'predictions.json'),
    JSON.stringify({ outputs: Object.fromEntries(outputs) }, null, 1) + '\n',
  );

  const score = scoreScienceQa(problems, outputs);
  const columns = Object.entries(score.columns).filter((entry): entry is [string, number] => entry[1] !== null);
  return {
    accuracy: score.accuracy,
    count: score.count,
    unparsable: score.unparsable,
    ...Object.fromEntries(columns),
  };
}

/** The model's answer to each problem, by pid. */
async function answers(
  context: StageContext<EvaluateConfig>,
  plan: ScienceQaPlan,
  problems: readonly Problem[],
): Promise<Map<string, string>> {
  const { config, work, progress, signal, checkLease, log } = context;
  const binding = await openTensorFlow();
  const weights = await judgedWeights(context);
  const tokenizer = await judgedTokenizer(context);
  const prompts = encodePrompts(config, tokenizer, problems);
  const longest = Math.max(...prompts.map((ids) => ids.length));
  const limit = config.modelPlan.language!.context;
  // What the context leaves is for the answer; one that is cut off there is counted as unparsable.
  const maxNewTokens = Math.min(plan.maxNewTokens, limit - longest);
  if (maxNewTokens < SHORTEST_ANSWER) {
    throw new DataError(
      `the longest question has ${longest} tokens, which leaves no room for an answer in the model's context of ${limit}. Raise \`context\``,
    );
  }
  const { features, imageOf } = await pictures(context, problems, weights);

  const generator = new Generator(binding, config.modelPlan, weights, {
    batch: BATCH,
    buckets: bucketsFor(
      prompts.map((ids) => ids.length),
      limit,
    ),
    maxNewTokens,
    eos: tokenizer.id('</s>'),
    pad: tokenizer.id('<pad>'),
    imageToken: features ? tokenizer.id(IMAGE_TOKEN) : null,
  });
  try {
    await mkdir(work, { recursive: true });
    const outputs = new Map<string, string>();
    for (let start = 0; start < problems.length; start += CHUNK) {
      const chunk = problems.slice(start, start + CHUNK);
      const file = join(work, `answers-${String(start).padStart(6, '0')}.json`);
      let texts = await keptAnswers(file, chunk);
      if (texts === null) {
        if (signal.aborted)
          throw new Cancelled(`stopped after ${start} of ${problems.length} questions; their answers are kept`);
        const asked = chunk.map((_, i): Prompt => {
          const image = imageOf[start + i]!;
          return { ids: prompts[start + i]!, ...(features && image >= 0 ? { features: features.one(image) } : {}) };
        });
        const tokens = await generator.generate(asked, {
          onProgress: (done) => {
            progress({ phase: 'answer', done: start + done, total: problems.length, unit: 'questions' });
          },
        });
        texts = tokens.map((ids) => tokenizer.decode(ids).trim());
        checkLease();
        writeFileAtomic(file, JSON.stringify(chunk.map((problem, i) => [problem.pid, texts![i]])));
      } else {
        log.info({ file }, 'answers kept from an earlier attempt');
      }
      chunk.forEach((problem, i) => outputs.set(problem.pid, texts![i]!));
    }
    return outputs;
  } finally {
    generator.dispose();
  }
}

function encodePrompts(config: EvaluateConfig, tokenizer: Tokenizer, problems: readonly Problem[]): number[][] {
  const { vision, language } = config.modelPlan;
  const encoding = {
    template: language!.template!,
    tokenizer,
    imageTokens: featureCount(vision!),
    imageTokenId: tokenizer.id(IMAGE_TOKEN),
  };
  return problems.map((problem) => encodePrompt(questionTurns(problem), encoding));
}

/** Features of the problems' pictures, and which one each problem shows (−1: none). */
async function pictures(
  context: StageContext<EvaluateConfig>,
  problems: readonly Problem[],
  weights: Awaited<ReturnType<typeof judgedWeights>>,
): Promise<{ features: FeatureTable | null; imageOf: number[] }> {
  const paths = [...new Set(problems.flatMap((problem) => (problem.image === null ? [] : [problem.image])))];
  const number = new Map(paths.map((path, i) => [path, i]));
  const imageOf = problems.map((problem) => (problem.image === null ? -1 : number.get(problem.image)!));
  if (paths.length === 0) return { features: null, imageOf };
  const features = await featureTable(context, await openTensorFlow(), context.config.modelPlan, weights, paths);
  return { features, imageOf };
}

/** Answers that an earlier attempt has written, or null. */
async function keptAnswers(file: string, chunk: readonly Problem[]): Promise<string[] | null> {
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text === null) return null;
  const rows = JSON.parse(text) as [string, string][];
  return rows.length === chunk.length && rows.every(([pid], i) => pid === chunk[i]!.pid)
    ? rows.map(([, t]) => t)
    : null;
}
