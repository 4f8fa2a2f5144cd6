import type { Context } from '../plan/context.ts';
import type { ModelPlan, TrainConfig } from '../plan/types.ts';
import type { Decl } from '../resolve/scope.ts';
import { Broken } from '../resolve/values.ts';
import type { Settings } from '../resolve/values.ts';
import { imageTokens } from './model.ts';

/** Numbers of a train stage that cannot go together, and parts that its model lacks. */
export function checkTrain(
  context: Context,
  decl: Decl,
  settings: Settings,
  config: TrainConfig,
  whole: ModelPlan,
): void {
  const stage = decl.name.text;
  const { reporter } = context;
  checkParts(context, decl, config, whole);
  if ((config.epochs === null) === (config.steps === null)) {
    if (settings.damaged) throw new Broken();
    const both = config.epochs !== null;
    const help = both ? 'remove one of the two' : 'add `epochs = 1` or `steps = …`';
    reporter.report('LLV0506', both ? settings.spanOf('steps') : decl.name.span, { stage }, { help });
  }
  if (config.batch % config.microBatch !== 0) {
    const params = { what: 'batch', value: config.batch, by: 'micro_batch', divisor: config.microBatch };
    const related = [{ span: settings.spanOf('micro_batch'), message: `\`micro_batch\` = ${config.microBatch}` }];
    const help = 'the gradients of whole micro-batches are summed up to one batch';
    reporter.report('LLV0301', settings.spanOf('batch'), params, { help, related });
  }
  const { schedule } = config;
  if ('fraction' in schedule.warmup && schedule.warmup.fraction > 1) {
    const help = 'allowed: 0% to 100%, or a number with `steps`';
    reporter.report(
      'LLV0203',
      settings.spanOf('schedule'),
      { name: 'warmup', found: schedule.warmup.fraction },
      { help },
    );
  }
  for (const [index, change] of config.changes.entries()) {
    const at = decl.changes[index];
    if (at === undefined) continue;
    const never =
      ('epoch' in change.at &&
        config.epochs !== null &&
        change.at.epoch >= config.epochs &&
        `the stage has ${config.epochs} epochs, counted from 0`) ||
      ('step' in change.at &&
        config.steps !== null &&
        change.at.step >= config.steps &&
        `the stage has ${config.steps} steps, counted from 0`);
    if (never === false) continue;
    reporter.report('LLV0505', at.value.span, { unit: at.unit.text, value: at.value.value, run: never });
  }
  const { vision } = config.model;
  if (config.objective === 'instruct' && vision !== null) {
    const image = imageTokens(vision);
    if (image >= config.length) {
      const help = `raise \`language.context\`${settings.maybe('length', 'number') ? ' and `length`' : ''} above ${image}, or take fewer patches`;
      const span = settings.maybe('length', 'number')?.span ?? decl.name.span;
      reporter.report('LLV0306', span, { image, length: config.length }, { help });
    }
  }
}

/** Parts of a model that each objective cannot do without. */
function checkParts(context: Context, decl: Decl, config: TrainConfig, whole: ModelPlan): void {
  const needed = {
    instruct: ['vision', 'projector', 'language'],
    contrastive: ['vision', 'contrast'],
    text: ['language'],
  } as const;
  const missing = needed[config.objective].find((part) => whole[part] === null);
  if (missing === undefined) return;
  const model = context.scope.decls.get(whole.name);
  const related = model === undefined ? [] : [{ span: model.name.span, message: `\`${whole.name}\` is declared here` }];
  const params = { stage: decl.name.text, part: missing, model: whole.name };
  const help = `the objective \`${config.objective}\` trains it: add \`${missing} = …\` to the model`;
  context.reporter.report('LLV0304', decl.name.span, params, { help, related });
  throw new Broken();
}
