import { integer, optional, required } from './build.ts';
import { DATA_BLOCKS } from './data.ts';
import { MODEL_BLOCKS } from './model.ts';
import { STAGE_BLOCKS } from './stages.ts';
import type { AttributeSpec, BlockSpec } from './types.ts';

/** The one table of the language: block → attribute → type, unit, default, meaning. A new attribute or stage kind is an entry here. */
export const SCHEMA: Record<string, BlockSpec> = {
  file: {
    doc: 'Settings at the top of the file.',
    verbs: ['assert'],
    attributes: { seed: optional(integer(0), 'Seed of the run when no ablation lists seeds.', '0') },
  },
  ...MODEL_BLOCKS,
  ...DATA_BLOCKS,
  ...STAGE_BLOCKS,
  ablation: {
    doc: 'Copies of the experiment with changes, measured side by side; the first variant is the base row.',
    verbs: ['variant'],
    attributes: {
      measure: required({ is: 'metric' }, 'What the table shows: `STAGE.METRIC`.'),
      seeds: optional({ is: 'list', of: integer(0), orOne: true }, 'Seeds; each variant runs once with each.'),
    },
  },
};

export const STAGE_KINDS: readonly string[] = Object.keys(STAGE_BLOCKS)
  .filter((name) => name.startsWith('stage '))
  .map((name) => name.slice('stage '.length));

/** The block's entry in the table; asking for one that is not there is a mistake of ours. */
export function blockSpec(name: string): BlockSpec {
  const spec = SCHEMA[name];
  if (spec === undefined) throw new Error(`no block ${name} in the schema`);
  return spec;
}

/** An attribute by its name or its alias. */
export function findAttribute(spec: BlockSpec, name: string): { name: string; spec: AttributeSpec } | null {
  const direct = Object.hasOwn(spec.attributes, name) ? spec.attributes[name] : undefined;
  if (direct !== undefined) return { name, spec: direct };
  for (const [own, attribute] of Object.entries(spec.attributes)) {
    if (attribute.alias === name) return { name: own, spec: attribute };
  }
  return null;
}
