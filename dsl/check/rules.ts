import { missingLr, namesOfRule, resolveRules } from '../model/freeze.ts';
import { parametersOf } from '../model/parameters.ts';
import { matchPattern } from '../model/pattern.ts';
import type { Context } from '../plan/context.ts';
import type { FreezeRule, ModelPlan, TrainConfig } from '../plan/types.ts';
import { listOf } from '../diagnostics/suggest.ts';
import type { Decl } from '../resolve/scope.ts';
import type { Path, Rule } from '../syntax/ast.ts';

/** Freeze and unfreeze: patterns that match nothing, rates on frozen things, missing rates, stages in which nothing is trained. */
export function checkRules(context: Context, decl: Decl, config: TrainConfig, whole: ModelPlan): void {
  const written = [decl.rules, ...decl.changes.map((c) => c.body.entries.filter((e): e is Rule => e.kind === 'rule'))];
  const lowered = [config.rules, ...config.changes.map((c) => c.rules)];
  const known = parametersOf(whole).map((p) => p.name);
  const used = parametersOf(config.model).map((p) => p.name);
  const stage = decl.name.text;
  let sound = true;

  for (const rule of written.flat()) {
    for (const pattern of rule.patterns) {
      if (!checkPattern(context, rule, pattern, known, used, config, stage)) sound = false;
    }
    if (rule.verb === 'freeze') {
      for (const option of rule.options) {
        sound = false;
        const help = `remove \`${option.name.text}\`, or write \`unfreeze\``;
        context.reporter.report('LLV0503', option.name.span, { option: option.name.text }, { help });
      }
    }
  }
  if (!sound) return;

  const inForce: FreezeRule[] = [];
  const inForceWritten: Rule[] = [];
  for (const [index, rules] of lowered.entries()) {
    inForce.push(...rules);
    inForceWritten.push(...(written[index] ?? []));
    const states = resolveRules(config.model, inForce);
    const trained = [...states.values()].some((state) => state.trained);
    if (!trained) {
      if (decl.damaged) return;
      const rule = inForceWritten.at(-1);
      const related = rule === undefined ? [] : [{ span: rule.span, message: 'the last rule in force' }];
      const help = `add a rule such as \`unfreeze ${partsOf(config.model)[0] ?? 'projector'} lr 2e-3\`; what no rule names is frozen`;
      context.reporter.report('LLV0501', decl.name.span, { stage }, { help, related });
      return;
    }
    for (const name of missingLr(states)) {
      const rule = inForceWritten[states.get(name)?.rule ?? -1];
      if (rule === undefined) continue;
      const patterns = rule.patterns.map((p) => p.text).join(', ');
      const help = `write \`unfreeze ${patterns} lr 2e-5\`, or \`lr = 2e-5\` in the stage`;
      context.reporter.report('LLV0504', rule.span, { patterns }, { help });
    }
    if (index === 0) checkShadowed(context, config, inForceWritten);
  }
}

/** An `unfreeze` with a rate whose parameters are all frozen again by later rules of the same list. */
function checkShadowed(context: Context, config: TrainConfig, written: Rule[]): void {
  const names = parametersOf(config.model).map((p) => p.name);
  const states = resolveRules(config.model, config.rules);
  for (const [index, rule] of config.rules.entries()) {
    if (rule.verb !== 'unfreeze') continue;
    const own = namesOfRule(rule, names);
    if (own.some((name) => states.get(name)?.trained !== false)) continue;
    const place = written[index];
    const winner = written[states.get(own[0] ?? '')?.rule ?? -1];
    if (place === undefined) continue;
    const related = winner === undefined ? [] : [{ span: winner.span, message: 'this later rule freezes it' }];
    const help = 'later rules win: move this one below, or remove it';
    const option = place.options.find((o) => o.name.text === 'lr');
    context.reporter.report('LLV0503', option?.name.span ?? place.span, { option: 'lr' }, { help, related });
  }
}

function checkPattern(
  context: Context,
  rule: Rule,
  pattern: Path,
  known: string[],
  used: string[],
  config: TrainConfig,
  stage: string,
): boolean {
  const { problem } = matchPattern(pattern.text, known);
  if (problem !== null) {
    const [near] = problem.near;
    const help =
      near !== undefined
        ? `did you mean \`${near}\`?`
        : problem.allowed.length > 0
          ? `allowed: ${listOf(problem.allowed)}`
          : null;
    const exact = pattern.text.length === pattern.span.end - pattern.span.start;
    const span = exact
      ? { ...pattern.span, start: pattern.span.start + problem.start, end: pattern.span.start + problem.end }
      : pattern.span;
    context.reporter.report('LLV0502', span, { pattern: pattern.text, stage, problem: problem.message }, { help });
    return false;
  }
  if (rule.verb === 'freeze' || matchPattern(pattern.text, used).parameters.length > 0) return true;
  const help = `it can train ${listOf(partsOf(config.model))}`;
  context.reporter.report(
    'LLV0510',
    pattern.span,
    { pattern: pattern.text, stage, objective: config.objective },
    { help },
  );
  return false;
}

function partsOf(model: ModelPlan): string[] {
  return (['projector', 'vision', 'contrast', 'language'] as const).filter((part) => model[part] !== null);
}
