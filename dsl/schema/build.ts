import type { AttributeSpec, Form, NumberType, Type, UnitFamily } from './types.ts';

/** Short forms in which the schema tables are written. */
export const required = (type: Type, doc: string): AttributeSpec => ({ type, required: true, default: null, doc });
export const optional = (type: Type, doc: string, fallback: string | null = null): AttributeSpec => ({
  type,
  required: false,
  default: fallback,
  doc,
});

export const count = (min = 1): NumberType => ({ is: 'number', integer: true, units: 'count', min });
export const integer = (min?: number, max?: number): NumberType => ({
  is: 'number',
  integer: true,
  ...(min === undefined ? {} : { min }),
  ...(max === undefined ? {} : { max }),
});
export const positive = (units?: UnitFamily): NumberType => ({
  is: 'number',
  above: 0,
  ...(units === undefined ? {} : { units }),
});
export const fromZero = (units?: UnitFamily): NumberType => ({
  is: 'number',
  min: 0,
  ...(units === undefined ? {} : { units }),
});
export const word = (...values: string[]): Type => ({ is: 'word', values });
export const form = (doc: string, block: string | null = null, args: Form['args'] = []): Form => ({ doc, args, block });
export const arg = (name: string, type: Type, doc: string, isOptional = false): Form['args'][number] => ({
  name,
  type,
  optional: isOptional,
  doc,
});
