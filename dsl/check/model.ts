import type { Context } from '../plan/context.ts';
import type { ContrastPlan, LanguagePlan, VisionPlan } from '../plan/types.ts';
import type { Settings } from '../resolve/values.ts';

/** Sizes of a vision tower that cannot go together. */
export function checkVision(context: Context, plan: VisionPlan, settings: Settings): void {
  divides(context, settings, ['width', plan.width], ['heads', plan.heads]);
  divides(context, settings, ['image', plan.image], ['patch', plan.patch]);
  const layer = plan.featureLayer;
  if (layer !== null && (layer > -1 || layer < -(plan.layers + 1))) {
    const help = `allowed: layer -${plan.layers + 1} (the embedding) to layer -1 (the last)`;
    context.reporter.report('LLV0305', settings.spanOf('features'), { layer, layers: plan.layers }, { help });
  }
}

/** Sizes of CLIP's text side that cannot go together. */
export function checkContrast(context: Context, plan: ContrastPlan, settings: Settings): void {
  divides(context, settings, ['width', plan.width], ['heads', plan.heads]);
}

/** Sizes of a language model that cannot go together; RoPE turns pairs, so a head's size is even. */
export function checkLanguage(context: Context, plan: LanguagePlan, settings: Settings): void {
  if (settings.maybe('head_dim', 'number') === null) {
    divides(context, settings, ['width', plan.width], ['heads', plan.heads]);
  }
  divides(context, settings, ['heads', plan.heads], ['kv_heads', plan.kvHeads]);
  if (Number.isInteger(plan.headDim)) divides(context, settings, ['head_dim', plan.headDim], ['2', 2]);
}

/** Patches (and the class token) that one picture puts into a sequence. */
export function imageTokens(plan: VisionPlan): number {
  return Math.floor(plan.image / plan.patch) ** 2 + (plan.featureSelect === 'patches_and_class' ? 1 : 0);
}

function divides(context: Context, settings: Settings, what: [string, number], by: [string, number]): void {
  if (what[1] % by[1] === 0) return;
  const params = { what: what[0], value: what[1], by: by[0], divisor: by[1] };
  const related = by[0] === '2' ? [] : [{ span: settings.spanOf(by[0]), message: `\`${by[0]}\` = ${by[1]}` }];
  const near = [Math.floor(what[1] / by[1]) * by[1], Math.ceil(what[1] / by[1]) * by[1]].filter((n) => n > 0);
  context.reporter.report('LLV0301', settings.spanOf(what[0]), params, {
    help: `nearest: ${near.join(' or ')}`,
    related,
  });
}
