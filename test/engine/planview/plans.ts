import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import pc from 'picocolors';
import { onTestFinished } from 'vitest';
import { compile } from '../../../dsl/compile.ts';
import { nodeFiles } from '../../../dsl/files.ts';
import type { Plan } from '../../../dsl/plan/types.ts';
import { describePlan } from '../../../engine/planview/describe.ts';
import { standingsOf } from '../../../engine/planview/standing.ts';
import { planText } from '../../../engine/planview/text.ts';
import type { PlanView } from '../../../engine/planview/types.ts';

export const root = resolve(import.meta.dirname, '../../..');
export const plain = pc.createColors(false);

/** A small chain with all stage kinds and an ablation, after the pattern of the mini world. */
export const MINI = `experiment mini
model small {
  vision    = clip  { layers = 3, width = 8, heads = 2, image = 12, patch = 4, features = before_last }
  contrast  = clip_text { layers = 1, width = 8, heads = 2, context = 6, embed = 8, vocab = 300 }
  projector = linear
  language  = llama { layers = 4, width = 12, heads = 2, vocab = 300, context = 32, mlp = 24, template = short }
}
stage world : synthesize { images = 400, validation_images = 50, image_size = 12, documents = 200, questions = { train = 90, val = 10, test = 40 } }
dataset scenes    { format = coco, from = world }
dataset corpus    { format = text, from = world }
dataset questions { format = science_qa, from = world }
stage see : train {
  model = small   objective = contrastive   data = scenes.train
  unfreeze vision, contrast lr 1e-3
  epochs = 2   batch = 64
}
stage read : train { model = small   objective = text   data = corpus   unfreeze language lr 2e-3   steps = 20   batch = 8 }
stage eye_test : evaluate { model = see   benchmark = linear_probe(scenes.val, shape) }
assert eye_test.accuracy >= 0.8
stage instruct : generate { from = scenes.train   teacher = offline   conversation = 60   detail = 30   reasoning = 60 }
stage tune : train {
  model = small   from = [see, read]   after = eye_test
  data  = [instruct, questions.train { limit = 50 }]
  freeze vision
  unfreeze projector, language lr 1e-3
  unfreeze vision.layers[-1] lr 1e-4
  epochs = 2   batch = 32   weight_decay = 0.1
  at epoch 1 { freeze language.layers[0..1] }
}
stage exam : evaluate { model = tune   benchmark = science_qa(questions.test) }
ablation design {
  measure = exam.accuracy
  variant best         "Best"         { }                              paper 90.92
  variant last_layer   "Last layer"   { small.vision.features = last } paper 89.96
  variant answer_first "Answer first" { tune.order = answer_first }
  variant wide         "Wide"         { small.language.width = 16 }
  seeds = [1, 2]
}
`;

/** The plan of a text; a text with errors fails the test with their messages. */
export function planOf(text: string, file: string, set: string[] = []): Plan {
  const { plan, diagnostics } = compile(text, { file, files: nodeFiles, set, cwd: dirname(file) });
  if (!plan) throw new Error(diagnostics.map((d) => `${d.code} ${d.message}`).join('\n'));
  return plan;
}

export async function viewOf(plan: Plan, file: string): Promise<PlanView> {
  return describePlan(plan, file, await standingsOf(plan, join(dirname(file), '.llava'), dirname(file)));
}

export async function textOf(plan: Plan, file: string): Promise<string> {
  return planText(await viewOf(plan, file), plain);
}

/** A folder with these files, gone when the test has ended. */
export function folderWith(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'llava-plan-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}
