import type { UnitFamily } from './types.ts';

/** What each unit multiplies its number by, per family; the base unit of the family is named in `BASE`. */
export const UNITS: Record<UnitFamily, Record<string, number>> = {
  count: { K: 1e3, M: 1e6, B: 1e9 },
  fraction: { '%': 0.01 },
  duration: { s: 1, min: 60, h: 3600, d: 86400 },
  money: { usd: 1 },
  rate: { '/s': 60, '/min': 1, '/h': 1 / 60 },
  warmup: { '%': 0.01, steps: 1, step: 1 },
};

/** What a number of the family means once units are applied. */
export const BASE: Record<UnitFamily, string> = {
  count: 'a count',
  fraction: 'a fraction from 0 to 1',
  duration: 'seconds',
  money: 'US dollars',
  rate: 'per minute',
  warmup: 'a fraction of all steps, or a number of steps',
};

/** Families whose numbers must carry a unit. */
export const UNIT_REQUIRED: ReadonlySet<UnitFamily> = new Set(['duration', 'money', 'rate']);

/** Applies a unit, or null when the family does not know it. Rounds away binary noise (`3%` is 0.03 exactly as written). */
export function applyUnit(value: number, unit: string | null, family: UnitFamily | undefined): number | null {
  if (unit === null) return value;
  const factor = family === undefined ? undefined : UNITS[family][unit];
  return factor === undefined ? null : Number((value * factor).toPrecision(15));
}
