import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compile } from '../../dsl/compile.ts';
import type { Compiled } from '../../dsl/compile.ts';
import { nodeFiles, noFiles } from '../../dsl/files.ts';
import type { FileReader } from '../../dsl/files.ts';
import type { Plan, StageNode, TrainConfig } from '../../dsl/plan/types.ts';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** Every experiment of the repository, as paths from its root. */
export const examples = readdirSync(join(root, 'experiments'), { recursive: true, encoding: 'utf8' })
  // A run leaves a folder named .llava beside its experiment.
  .filter((file) => /[^/]\.llava$/.test(file))
  .map((file) => `experiments/${relative('', file).replaceAll('\\', '/')}`)
  .sort();

export function example(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

export function compileExample(file: string, set: string[] = []): Compiled {
  return compile(example(file), { file, files: nodeFiles, set, cwd: root });
}

/** Compiles a text as `/home/me/exp/x.llava` would be, called from `/home/me`. */
export function compileText(text: string, set: string[] = [], files: FileReader = noFiles): Compiled {
  return compile(text, { file: 'exp/x.llava', files, set, cwd: '/home/me' });
}

/** `CODE line` of each diagnostic. */
export function codes(compiled: Compiled): string[] {
  return compiled.diagnostics.map((d) => `${d.code} ${d.span.source.position(d.span.start).line}`);
}

export function errors(compiled: Compiled): string[] {
  return compiled.diagnostics.filter((d) => d.severity === 'error').map((d) => `${d.code} ${d.message}`);
}

/** The plan of a text that must compile. */
export function planOf(text: string, set: string[] = []): Plan {
  const compiled = compileText(text, set);
  if (compiled.plan === null) throw new Error(errors(compiled).join('\n'));
  return compiled.plan;
}

/** The node that does a stage in a variant. */
export function nodeOf(plan: Plan, variant: string, stage: string): StageNode {
  const id = plan.variants.find((v) => v.id === variant)?.stages[stage];
  const node = plan.stages.find((s) => s.id === id);
  if (node === undefined) throw new Error(`${variant} has no stage ${stage}`);
  return node;
}

export function trainOf(plan: Plan, stage: string, variant = 'main#0'): TrainConfig {
  const { config } = nodeOf(plan, variant, stage);
  if (config.kind !== 'train') throw new Error(`${stage} is no train stage`);
  return config;
}

/** A whole small experiment; `edit` changes its text. */
export const SMALL = `experiment small_one

param dir = "data"

model small {
  vision    = clip      { layers = 4, width = 64, heads = 4, image = 48, patch = 16, features = before_last }
  contrast  = clip_text { layers = 2, width = 64, heads = 4 }
  projector = linear
  language  = llama     { layers = 3, width = 96, heads = 4, context = 160, template = short }
}

stage world : synthesize { seed = 7 }
dataset scenes    { format = coco        from = world }
dataset corpus    { format = text        from = world }
dataset questions { format = science_qa  from = world }

stage see : train {
  model     = small
  objective = contrastive
  data      = scenes.train
  unfreeze vision, contrast lr 1e-3
  steps     = 700
  batch     = 128
}

stage read : train {
  model     = small
  objective = text
  data      = corpus
  unfreeze language lr 2e-3
  steps     = 1200
  batch     = 16
}

stage instruct : generate {
  from         = scenes.train
  teacher      = offline
  conversation = 600
}

stage align : train {
  model    = small
  from     = [see, read]
  data     = scenes.train
  freeze   vision, language
  unfreeze projector lr 1e-2
  steps    = 400
  batch    = 32
}

stage tune : train {
  from     = align
  data     = [instruct, questions.train]
  freeze   vision
  unfreeze projector, language lr 1e-3
  epochs   = 3
  batch    = 32
}

stage exam : evaluate { model = tune  benchmark = science_qa(questions.test) }
`;

export const ABLATION = `
ablation rows {
  measure = exam.accuracy
  variant base         "Base"         { }                              paper 90.92
  variant last_layer   "Last layer"   { small.vision.features = last } paper 89.96
  variant answer_first "Answer first" { tune.order = answer_first }    paper 89.77
  variant from_scratch "From scratch" { without align }
  variant smaller      "Smaller"      { small.language.width = 64 }
  seeds = [1, 2]
}
`;

/** `SMALL` with one piece of text replaced; the piece must be there. */
export function edited(from: string, to: string, text = SMALL): string {
  if (!text.includes(from)) throw new Error(`not in the text: ${from}`);
  return text.replace(from, () => to);
}
