import { languageSizes, visionSizes } from '../model/huggingface.ts';
import { Broken } from '../resolve/values.ts';
import type { Of, Settings } from '../resolve/values.ts';
import type { Decl } from '../resolve/scope.ts';
import { checkContrast, checkLanguage, checkVision } from '../check/model.ts';
import type { Context } from './context.ts';
import type {
  ContrastPlan,
  LanguagePlan,
  ModelPlan,
  Objective,
  ProjectorPlan,
  TemplateName,
  VisionPlan,
} from './types.ts';

/** A model with all its parts. Sizes that are not written come from `config`, then from the defaults. Throws `Broken`. */
export function lowerModel(context: Context, decl: Decl): ModelPlan {
  const settings = context.settings(decl);
  const vision = settings.maybe('vision', 'choice');
  const contrast = settings.maybe('contrast', 'choice');
  const language = settings.maybe('language', 'choice');
  let broken = false;
  // One part's problems do not hide another's.
  const part = <T>(choice: Of<'choice'> | null, lower: (context: Context, choice: Of<'choice'>) => T): T | null => {
    try {
      return choice === null ? null : lower(context, choice);
    } catch (error) {
      if (!(error instanceof Broken)) throw error;
      broken = true;
      return null;
    }
  };
  const model: ModelPlan = {
    name: decl.name.text,
    vision: part(vision, lowerVision),
    contrast: part(contrast, lowerContrast),
    projector: lowerProjector(settings.get('projector', 'choice')),
    language: part(language, lowerLanguage),
  };
  if (broken) throw new Broken();
  return model;
}

/** The parts that an objective reads; the others are null, so that changing them does not change the stage's id. */
export function partsFor(model: ModelPlan, objective: Objective): ModelPlan {
  const { name, vision, contrast, projector, language } = model;
  switch (objective) {
    case 'instruct':
      return { name, vision, contrast: null, projector, language };
    case 'contrastive':
      return { name, vision: withoutFeatures(vision), contrast, projector: null, language: null };
    case 'text':
      return {
        name,
        vision: null,
        contrast: null,
        projector: null,
        language: language && { ...language, template: null },
      };
  }
}

/** Vision tower alone, for a probe that reads its last hidden state, or the one it names. */
export function visionOnly(model: ModelPlan, featureLayer: number | null): ModelPlan {
  const { name, vision } = model;
  return {
    name,
    vision: vision && { ...withoutFeatures(vision)!, featureLayer },
    contrast: null,
    projector: null,
    language: null,
  };
}

function withoutFeatures(vision: VisionPlan | null): VisionPlan | null {
  return vision && { ...vision, featureLayer: null, featureSelect: null };
}

function lowerVision(context: Context, choice: Of<'choice'>): VisionPlan {
  const settings = sizesOf(choice);
  const known = choice.form === 'hub' ? fromConfig(context, settings, visionSizes) : null;
  const need = needer(context, choice, settings, known);
  const layers = need('layers', known?.layers);
  const width = need('width', known?.width);
  const plan: VisionPlan = {
    source: sourceOf(choice),
    layers,
    width,
    heads: need('heads', known?.heads),
    mlp: settings.numberOr('mlp', known?.mlp ?? 4 * width),
    image: need('image', known?.image),
    patch: need('patch', known?.patch),
    layerNormEps: settings.numberOr('layer_norm_eps', known?.layerNormEps ?? 1e-5),
    initializerRange: settings.numberOr('initializer_range', known?.initializerRange ?? 0.02),
    activation: settings.maybe('activation', 'word')?.value === 'gelu' ? 'gelu' : (known?.activation ?? 'quick_gelu'),
    featureLayer: featureLayer(settings.get('features', 'choice'), layers),
    featureSelect: settings.get('tokens', 'word').value === 'patches' ? 'patches' : 'patches_and_class',
  };
  need.done();
  checkVision(context, plan, settings);
  return plan;
}

function lowerContrast(context: Context, choice: Of<'choice'>): ContrastPlan {
  const settings = sizesOf(choice);
  const width = settings.number('width');
  const plan: ContrastPlan = {
    layers: settings.number('layers'),
    width,
    heads: settings.number('heads'),
    mlp: settings.numberOr('mlp', 4 * width),
    context: settings.number('context'),
    embed: settings.numberOr('embed', width),
    vocab: settings.number('vocab'),
  };
  checkContrast(context, plan, settings);
  return plan;
}

function lowerProjector(choice: Of<'choice'>): ProjectorPlan {
  const [layers] = choice.args;
  return {
    layers: choice.form === 'linear' ? 1 : layers?.is === 'number' ? layers.value : 2,
    activation: 'gelu',
    bias: sizesOf(choice).get('bias', 'boolean').value,
  };
}

function lowerLanguage(context: Context, choice: Of<'choice'>): LanguagePlan {
  const settings = sizesOf(choice);
  const known = choice.form === 'hub' ? fromConfig(context, settings, languageSizes) : null;
  const need = needer(context, choice, settings, known);
  const width = need('width', known?.width);
  const heads = need('heads', known?.heads);
  const sameShape = known === null || (width === known.width && heads === known.heads);
  const template = settings.get('template', 'word').value;
  const plan: LanguagePlan = {
    source: sourceOf(choice),
    layers: need('layers', known?.layers),
    width,
    heads,
    kvHeads: settings.numberOr('kv_heads', (sameShape ? known?.kvHeads : undefined) ?? heads),
    headDim: settings.numberOr('head_dim', (sameShape ? known?.headDim : undefined) ?? width / heads),
    mlp: settings.numberOr('mlp', (sameShape ? known?.mlp : undefined) ?? llamaMlp(width)),
    vocab: need('vocab', known?.vocab),
    context: need('context', known?.context),
    ropeTheta: settings.numberOr('rope_theta', known?.ropeTheta ?? 10000),
    rmsNormEps: settings.numberOr('rms_norm_eps', known?.rmsNormEps ?? 1e-6),
    initializerRange: settings.numberOr('initializer_range', known?.initializerRange ?? 0.02),
    tieEmbeddings: settings.maybe('tie_embeddings', 'boolean')?.value ?? known?.tieEmbeddings ?? false,
    template: template as TemplateName,
    tokenizer: { kind: choice.form === 'hub' ? 'hub' : 'bpe' },
  };
  need.done();
  checkLanguage(context, plan, settings);
  return plan;
}

/** LLaMA's inner size: 2/3 of 4 × width (Touvron et al., 2023, section 2.2), rounded up to a multiple of 8. */
function llamaMlp(width: number): number {
  return Math.ceil((8 * width) / 3 / 8) * 8;
}

/** As an index from the end: -1 is the last layer's output, -(layers + 1) the embedding. */
function featureLayer(choice: Of<'choice'>, layers: number): number {
  if (choice.form === 'last') return -1;
  if (choice.form === 'before_last') return -2;
  const index = choice.number ?? -2;
  return index < 0 ? index : index - (layers + 1);
}

function sourceOf(choice: Of<'choice'>): VisionPlan['source'] {
  const [repo] = choice.args;
  return choice.form === 'hub' && repo?.is === 'string' ? { kind: 'hub', repo: repo.value } : { kind: 'random' };
}

function sizesOf(choice: Of<'choice'>): Settings {
  if (choice.settings === null) throw new Broken();
  return choice.settings;
}

/** Reads the file of `config`, or null when none is named. Throws `Broken` when it cannot be read (reported). */
function fromConfig<T>(context: Context, settings: Settings, read: (config: unknown) => T): T | null {
  const config = settings.maybe('config', 'string');
  if (config === null) return null;
  const file = context.planPath(config);
  const fail = (problem: string): never => {
    context.reporter.report(
      'LLV0303',
      config.span,
      { file, problem },
      { help: 'the path is relative to the experiment file' },
    );
    throw new Broken();
  };
  const text = context.place.files.read(context.diskPath(file));
  if (text === null) return fail('it is not there');
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return fail(error instanceof Error ? error.message : 'it is not JSON');
  }
  try {
    return read(json);
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
}

interface Needer {
  (name: string, known: number | undefined): number;
  /** Reports all sizes that were asked for and are not there, in one diagnostic. */
  done(): void;
}

function needer(context: Context, choice: Of<'choice'>, settings: Settings, known: object | null): Needer {
  const missing: string[] = [];
  const need = (name: string, fromFile: number | undefined): number => {
    const value = settings.numberOr(name, fromFile);
    if (value === undefined) missing.push(name);
    return value ?? 1;
  };
  const done = (): void => {
    if (missing.length === 0) return;
    const [repo] = choice.args;
    const help =
      known === null
        ? 'add `config = "path/config.json"` of the model, or write the sizes in the braces'
        : 'write them in the braces: config.json does not say them';
    const params = { repo: repo?.is === 'string' ? repo.value : choice.form, missing: missing.join(', ') };
    context.reporter.report('LLV0302', choice.span, params, { help });
    throw new Broken();
  };
  return Object.assign(need, { done });
}
