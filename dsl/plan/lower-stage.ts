import type { Decl } from '../resolve/scope.ts';
import { Broken } from '../resolve/values.ts';
import type { Of } from '../resolve/values.ts';
import { lowerData } from './lower-data.ts';
import type { IdOf } from './lower-data.ts';
import type { Context } from './context.ts';
import { partsFor, visionOnly } from './lower-model.ts';
import type {
  BenchmarkPlan,
  EvaluateConfig,
  GenerateConfig,
  ModelPlan,
  SynthesizeConfig,
  TeacherPlan,
  TrainConfig,
} from './types.ts';

/** `stage world : synthesize` */
export function lowerSynthesize(context: Context, decl: Decl): SynthesizeConfig {
  const settings = context.settings(decl);
  const questions = settings.get('questions', 'block').settings;
  return {
    kind: 'synthesize',
    world: 'scenes',
    images: settings.number('images'),
    validationImages: settings.number('validation_images'),
    imageSize: settings.number('image_size'),
    documents: settings.number('documents'),
    questions: { train: questions.number('train'), val: questions.number('val'), test: questions.number('test') },
  };
}

/** `stage instruct : generate` */
export function lowerGenerate(context: Context, decl: Decl, idOf: IdOf): GenerateConfig {
  const settings = context.settings(decl);
  const [use] = settings.get('from', 'data').uses;
  if (use === undefined) throw new Broken();
  const config: GenerateConfig = {
    kind: 'generate',
    from: lowerData(context, use, idOf),
    teacher: lowerTeacher(settings.get('teacher', 'choice')),
    conversation: settings.number('conversation'),
    detail: settings.number('detail'),
    reasoning: settings.number('reasoning'),
  };
  if (config.conversation + config.detail + config.reasoning === 0 && !settings.damaged) {
    const help = 'say how many: `conversation = 58K`, `detail = 23K`, `reasoning = 77K`';
    context.reporter.report('LLV0508', decl.name.span, { stage: decl.name.text }, { help });
  }
  return config;
}

function lowerTeacher(choice: Of<'choice'>): TeacherPlan {
  if (choice.form === 'offline') return { kind: 'offline' };
  const [model] = choice.args;
  const { settings } = choice;
  if (model?.is !== 'string' || settings === null) throw new Broken();
  return {
    kind: 'openai',
    model: model.value,
    keyEnv: settings.get('key', 'secret').env,
    baseUrl: settings.maybe('url', 'string')?.value ?? null,
    budgetUsd: settings.numberOr('budget', null),
    perMinute: settings.numberOr('rate', null),
  };
}

/** `stage exam : evaluate`; `trained` is the config of the stage that it measures, `whole` that stage's model with all parts. */
export function lowerEvaluate(
  context: Context,
  decl: Decl,
  trained: TrainConfig,
  whole: ModelPlan,
  idOf: IdOf,
): EvaluateConfig {
  const settings = context.settings(decl);
  const choice = settings.get('benchmark', 'choice');
  const benchmark = lowerBenchmark(context, choice, idOf);
  const parts = {
    science_qa: ['vision', 'projector', 'language'],
    linear_probe: ['vision'],
    text_probe: ['language'],
  } as const;
  const model = settings.get('model', 'ref');
  const missing = parts[benchmark.kind].find((part) => trained.model[part] === null);
  if (missing !== undefined) {
    const help = `\`${model.decl.name.text}\` trains with the objective \`${trained.objective}\``;
    const params = { stage: decl.name.text, part: missing, model: whole.name };
    const related = [{ span: model.decl.name.span, message: `\`${model.decl.name.text}\` is declared here` }];
    context.reporter.report('LLV0304', model.span, params, { help, related });
    throw new Broken();
  }
  const order = settings.maybe('order', 'word')?.value ?? trained.order;
  return {
    kind: 'evaluate',
    model: idOf(model.decl.name.text),
    modelPlan: modelOf(benchmark, choice, whole),
    benchmark,
    order: order === 'answer_first' ? 'answer_first' : 'reason_first',
  };
}

function modelOf(benchmark: BenchmarkPlan, choice: Of<'choice'>, whole: ModelPlan): ModelPlan {
  if (benchmark.kind === 'science_qa') return partsFor(whole, 'instruct');
  if (benchmark.kind === 'text_probe') return partsFor(whole, 'text');
  const named = choice.settings?.maybe('features', 'word')?.value;
  return visionOnly(whole, named === undefined ? null : named === 'last' ? -1 : -2);
}

function lowerBenchmark(context: Context, choice: Of<'choice'>, idOf: IdOf): BenchmarkPlan {
  const [data, attribute] = choice.args;
  const { settings } = choice;
  const use = data?.is === 'data' ? data.uses[0] : undefined;
  if (use === undefined || settings === null) throw new Broken();
  const dataset = lowerData(context, use, idOf);
  const limit = settings.numberOr('limit', null);
  switch (choice.form) {
    case 'science_qa':
      return { kind: 'science_qa', data: dataset, limit, maxNewTokens: settings.number('max_new_tokens') };
    case 'linear_probe': {
      const isColor = attribute?.is === 'word' && attribute.value === 'color';
      return { kind: 'linear_probe', data: dataset, attribute: isColor ? 'color' : 'shape', limit };
    }
    default:
      return { kind: 'text_probe', data: dataset, limit };
  }
}
