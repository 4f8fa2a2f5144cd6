import type { Reporter } from '../diagnostics/diagnostic.ts';
import { didYouMean, listOf } from '../diagnostics/suggest.ts';
import { findAttribute, SCHEMA } from '../schema/index.ts';
import type { BlockSpec } from '../schema/types.ts';
import type { Attribute, Block, Entry } from '../syntax/ast.ts';

/** The attributes of a block by their own names, aliases resolved. */
export interface Attributes {
  attributes: Map<string, Attribute>;
  /** Something in the block did not parse or is unknown: what seems to be missing may only be misspelt. */
  damaged: boolean;
}

/** Sorts the entries of a block in braces into attributes; statements have no place there. */
export function attributesOf(block: Block | null, spec: BlockSpec, where: string, reporter: Reporter): Attributes {
  const attributes = new Map<string, Attribute>();
  let damaged = block?.damaged ?? false;
  for (const entry of block?.entries ?? []) {
    if (entry.kind === 'attribute') {
      if (!addAttribute(attributes, entry, spec, where, reporter)) damaged = true;
    } else {
      reporter.report('LLV0109', entry.span, { verb: verbOf(entry), where }, { help: whereVerb(verbOf(entry)) });
    }
  }
  return { attributes, damaged };
}

/** Adds one attribute; false when it is unknown here or given twice (reported). */
export function addAttribute(
  into: Map<string, Attribute>,
  entry: Attribute,
  spec: BlockSpec,
  where: string,
  reporter: Reporter,
): boolean {
  const [head] = entry.path.segments;
  if (head === undefined) return false;
  const found = findAttribute(spec, head.name);
  if (found === null || entry.path.segments.length > 1 || head.range !== null) {
    const names = [...Object.keys(spec.attributes), ...spec.verbs];
    const help =
      found === null
        ? didYouMean(head.name, names, 'what may stand here')
        : `write the settings in braces: \`${head.name} = … { … }\``;
    reporter.report('LLV0105', entry.path.span, { name: entry.path.text, where }, { help });
    return false;
  }
  const first = into.get(found.name);
  if (first !== undefined) {
    const related = [{ span: first.path.span, message: 'first here' }];
    reporter.report('LLV0104', entry.path.span, { name: head.name }, { related });
    return false;
  }
  into.set(found.name, entry);
  return true;
}

/** The word that begins a statement. */
export function verbOf(entry: Exclude<Entry, Attribute>): string {
  if (entry.kind === 'rule') return entry.verb;
  return entry.kind === 'assertion' ? 'assert' : entry.kind;
}

/** Which blocks a statement belongs into. */
export function whereVerb(verb: string): string | null {
  if (verb === 'without') return '`without` belongs into the braces of a variant';
  const homes = Object.entries(SCHEMA).filter(([, spec]) => spec.verbs.includes(verb));
  return homes.length === 0
    ? null
    : `\`${verb}\` belongs into ${listOf(homes.map(([name]) => (name === 'file' ? 'the top of the file' : name)))}`;
}
