import { Ajv } from 'ajv';
import type { ValidateFunction } from 'ajv';
import schema from './schema.json' with { type: 'json' };
import type { Plan } from './types.ts';

let compiled: ValidateFunction<Plan> | null = null;

/** What is wrong with a plan by its published schema (`schema.json`), one line each; empty when it holds. */
export function planProblems(plan: unknown): string[] {
  const validate = (compiled ??= new Ajv({ allErrors: true, strict: true, discriminator: false }).compile<Plan>(
    schema,
  ));
  if (validate(plan)) return [];
  return (validate.errors ?? []).map(
    (e) => `${e.instancePath === '' ? 'the plan' : e.instancePath} ${e.message ?? 'is wrong'}`,
  );
}

/** A plan read from outside; throws an Error that names what is wrong. */
export function readPlan(json: unknown): Plan {
  const [problem, ...more] = planProblems(json);
  if (problem === undefined) return json as Plan;
  throw new Error(`this is no plan: ${problem}${more.length === 0 ? '' : ` (and ${more.length} more problems)`}`);
}
