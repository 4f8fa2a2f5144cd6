import { checkRules } from '../check/rules.ts';
import { checkTrain } from '../check/train.ts';
import { verbOf } from '../resolve/attributes.ts';
import type { Decl } from '../resolve/scope.ts';
import { Broken } from '../resolve/values.ts';
import type { Of } from '../resolve/values.ts';
import type { Rule } from '../syntax/ast.ts';
import type { Context } from './context.ts';
import { lowerData } from './lower-data.ts';
import type { IdOf } from './lower-data.ts';
import { partsFor } from './lower-model.ts';
import type { FreezeRule, ModelPlan, Objective, SchedulePlan, TrainConfig } from './types.ts';

/** A train stage; `whole` is its model with all parts. Throws `Broken` where a problem was reported. */
export function lowerTrain(context: Context, decl: Decl, from: string[], whole: ModelPlan, idOf: IdOf): TrainConfig {
  const settings = context.settings(decl);
  const objective = settings.get('objective', 'word').value as Objective;
  const model = partsFor(whole, objective);
  const data = settings.get('data', 'data');
  const lr = settings.numberOr('lr', null);
  const weightDecay = settings.number('weight_decay');
  const rules = decl.rules.map((rule) => lowerRule(context, rule, lr));
  const changes = decl.changes.map((change) => {
    const unit = change.unit.text;
    const value = context.evaluator.number(change.value, { is: 'number', integer: true, min: 0 }, `at ${unit}`);
    if (unit !== 'epoch' && unit !== 'step') {
      context.reporter.report(
        'LLV0201',
        change.unit.span,
        { name: 'at', found: unit },
        { help: 'allowed: epoch or step' },
      );
      throw new Broken();
    }
    if (value === null) throw new Broken();
    const inner = change.body.entries.flatMap((entry) => {
      if (entry.kind === 'rule') return [lowerRule(context, entry, lr)];
      const verb = entry.kind === 'attribute' ? entry.path.text : verbOf(entry);
      context.reporter.report(
        'LLV0109',
        entry.span,
        { verb, where: `\`at ${unit}\`` },
        { help: 'only freeze and unfreeze may stand here' },
      );
      return [];
    });
    return { at: unit === 'epoch' ? { epoch: value.value } : { step: value.value }, rules: inner };
  });
  const batch = settings.number('batch');
  const optimizer = settings.get('optimizer', 'choice').settings;
  if (optimizer === null) throw new Broken();
  const config: TrainConfig = {
    kind: 'train',
    objective,
    model,
    from: from.map(idOf),
    data: data.uses.map((use, index) => ({
      dataset: lowerData(context, use, idOf),
      limit:
        use.limit ?? (data.uses.length === 1 && index === 0 ? (data.settings?.numberOr('limit', null) ?? null) : null),
    })),
    sample: data.settings?.get('sample', 'word').value === 'uniform' ? 'uniform' : 'concat',
    order: settings.get('order', 'word').value === 'answer_first' ? 'answer_first' : 'reason_first',
    rules,
    changes,
    epochs: settings.numberOr('epochs', null),
    steps: settings.numberOr('steps', null),
    batch,
    microBatch: settings.numberOr('micro_batch', batch),
    length: settings.numberOr('length', defaultLength(model)),
    schedule: lowerSchedule(settings.get('schedule', 'choice')),
    optimizer: {
      beta1: optimizer.number('beta1'),
      beta2: optimizer.number('beta2'),
      epsilon: optimizer.number('epsilon'),
      weightDecay,
    },
    clip: settings.numberOr('clip', null),
    checkpoint: lowerCheckpoint(context, decl),
    precision: 'f32',
  };
  checkTrain(context, decl, settings, config, whole);
  checkRules(context, decl, config, whole);
  return config;
}

function defaultLength(model: ModelPlan): number {
  return model.language?.context ?? model.contrast?.context ?? 0;
}

function lowerRule(context: Context, rule: Rule, stageLr: number | null): FreezeRule {
  const option = (name: string) => rule.options.find((o) => o.name.text === name);
  const number = (name: string, above: boolean): number | null => {
    const found = option(name);
    if (found === undefined) return null;
    const value = context.evaluator.value(found.value, { is: 'number', ...(above ? { above: 0 } : { min: 0 }) }, name);
    if (value?.is !== 'number') throw new Broken();
    return value.value;
  };
  const unfreezes = rule.verb === 'unfreeze';
  const own = number('lr', true);
  return {
    verb: rule.verb,
    patterns: rule.patterns.map((path) => path.text),
    lr: unfreezes ? (own ?? stageLr) : null,
    weightDecay: number('weight_decay', false),
    decayPerLayer: number('decay', true),
  };
}

function lowerSchedule(choice: Of<'choice'>): SchedulePlan {
  const warmup = choice.settings?.get('warmup', 'number');
  if (warmup === undefined) throw new Broken();
  const inSteps = warmup.unit === 'steps' || warmup.unit === 'step';
  return {
    kind: choice.form === 'linear' || choice.form === 'constant' ? choice.form : 'cosine',
    warmup: inSteps ? { steps: warmup.value } : { fraction: warmup.value },
  };
}

/** Without a `checkpoint` statement: every 100 steps, the last two are kept. */
function lowerCheckpoint(context: Context, decl: Decl): TrainConfig['checkpoint'] {
  const written = decl.checkpoint;
  if (written === null) return { everySteps: 100, keep: 2 };
  const every = {
    ...written.every,
    unit: written.every.unit === 'steps' || written.every.unit === 'step' ? null : written.every.unit,
  };
  const type = { is: 'number', integer: true, min: 1, units: 'count' } as const;
  const steps = context.evaluator.number(every, type, 'checkpoint every');
  const keep = written.keep === null ? null : context.evaluator.number(written.keep, type, 'keep');
  if (steps === null || (written.keep !== null && keep === null)) throw new Broken();
  return { everySteps: steps.value, keep: keep?.value ?? 2 };
}
