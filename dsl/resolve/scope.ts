import type { Reporter } from '../diagnostics/diagnostic.ts';
import { didYouMean, listOf } from '../diagnostics/suggest.ts';
import type { Span } from '../diagnostics/source.ts';
import { FORMATS } from '../schema/data.ts';
import { blockSpec, findAttribute, SCHEMA, STAGE_KINDS } from '../schema/index.ts';
import type { BlockSpec } from '../schema/types.ts';
import type {
  Assertion,
  At,
  Attribute,
  BlockItem,
  Checkpoint,
  Entry,
  File,
  ListValue,
  Name,
  Rule,
  Value,
  Variant,
} from '../syntax/ast.ts';

/** A `param` or a `let`. */
export interface Param {
  kind: 'param' | 'let';
  name: Name;
  value: Value;
  allowed: ListValue | null;
}

/** A named block, its statements sorted by kind. Immutable: overrides make copies. */
export interface Decl {
  kind: 'model' | 'dataset' | 'stage' | 'ablation';
  name: Name;
  /** Of a stage: `train`, `evaluate` … */
  stageKind: string | null;
  /** Entry of the schema table; null when the kind or format is unknown (reported). */
  spec: BlockSpec | null;
  /** By the attribute's own name, aliases resolved. */
  attributes: ReadonlyMap<string, Attribute>;
  rules: readonly Rule[];
  changes: readonly At[];
  checkpoint: Checkpoint | null;
  asserts: readonly Assertion[];
  variants: readonly Variant[];
}

/** Everything that a file declares. Immutable: each variant has its own. */
export interface Scope {
  experiment: string;
  /** The whole file. */
  span: Span;
  params: ReadonlyMap<string, Param>;
  decls: ReadonlyMap<string, Decl>;
  settings: ReadonlyMap<string, Attribute>;
  asserts: readonly Assertion[];
  /** Stages that `without` takes out. */
  removed: ReadonlyMap<string, Span>;
}

/** Abstract tree → names. Reports duplicates, unknown attributes, and statements where they do not belong. */
export function declare(file: File, reporter: Reporter): Scope {
  const params = new Map<string, Param>();
  const decls = new Map<string, Decl>();
  const settings = new Map<string, Attribute>();
  const asserts: Assertion[] = [];
  const names = new Map<string, Name>();
  let experiment: Name | null = null;

  const claim = (name: Name): boolean => {
    const first = names.get(name.text);
    if (first !== undefined) {
      reporter.report(
        'LLV0101',
        name.span,
        { name: name.text },
        { related: [{ span: first.span, message: 'first here' }] },
      );
      return false;
    }
    names.set(name.text, name);
    return true;
  };

  for (const item of file.items) {
    switch (item.kind) {
      case 'experiment':
        if (experiment !== null) {
          reporter.report('LLV0102', item.span, {}, { related: [{ span: experiment.span, message: 'first here' }] });
        }
        experiment ??= item.name;
        break;
      case 'param':
      case 'let':
        if (claim(item.name)) params.set(item.name.text, item);
        break;
      case 'import':
        reporter.report('LLV0901', item.span, { what: '`import`' });
        break;
      case 'sweep':
        reporter.report('LLV0901', item.name.span, { what: '`sweep`' });
        break;
      case 'assertion':
        asserts.push(item);
        break;
      case 'attribute':
        addAttribute(settings, item, blockSpec('file'), 'the top of the file', reporter);
        break;
      default:
        if (item.copyOf !== null) reporter.report('LLV0901', item.copyOf.span, { what: 'a copy with changes' });
        if (claim(item.name)) decls.set(item.name.text, declareBlock(item, item.kind, reporter));
    }
  }
  if (experiment === null) {
    const start = file.items[0]?.span.start ?? 0;
    reporter.report('LLV0107', { ...file.span, start, end: start + 1 });
  }
  return {
    experiment: experiment?.text ?? 'unnamed',
    span: file.span,
    params,
    decls,
    settings,
    asserts,
    removed: new Map(),
  };
}

function declareBlock(item: BlockItem, kind: Decl['kind'], reporter: Reporter): Decl {
  const specName = specNameOf(item, reporter);
  const spec = specName === null ? null : blockSpec(specName);
  const where =
    kind === 'stage'
      ? `a ${item.stageKind?.text ?? ''} stage`
      : `${kind === 'ablation' ? 'an' : 'a'} ${specName ?? kind}`;
  const attributes = new Map<string, Attribute>();
  const rules: Rule[] = [];
  const changes: At[] = [];
  const asserts: Assertion[] = [];
  const variants: Variant[] = [];
  let checkpoint: Checkpoint | null = null;
  for (const entry of item.body.entries) {
    if (entry.kind === 'attribute') {
      if (spec !== null) addAttribute(attributes, entry, spec, where, reporter);
      continue;
    }
    const verb = verbOf(entry);
    if (spec === null) continue;
    if (!spec.verbs.includes(verb)) {
      reporter.report('LLV0109', entry.span, { verb, where }, { help: whereVerb(verb) });
      continue;
    }
    if (entry.kind === 'rule') rules.push(entry);
    if (entry.kind === 'at') changes.push(entry);
    if (entry.kind === 'assertion') asserts.push(entry);
    if (entry.kind === 'variant') variants.push(entry);
    if (entry.kind === 'checkpoint') {
      if (checkpoint !== null) {
        reporter.report(
          'LLV0104',
          entry.span,
          { name: 'checkpoint' },
          { related: [{ span: checkpoint.span, message: 'first here' }] },
        );
      }
      checkpoint ??= entry;
    }
  }
  return {
    kind,
    name: item.name,
    stageKind: item.stageKind?.text ?? null,
    spec,
    attributes,
    rules,
    changes,
    checkpoint,
    asserts,
    variants,
  };
}

function specNameOf(item: BlockItem, reporter: Reporter): string | null {
  if (item.kind === 'stage' && item.stageKind !== null) {
    const name = `stage ${item.stageKind.text}`;
    if (Object.hasOwn(SCHEMA, name)) return name;
    const help = didYouMean(item.stageKind.text, STAGE_KINDS, 'kinds of stages');
    reporter.report('LLV0108', item.stageKind.span, { kind: item.stageKind.text }, { help });
    return null;
  }
  if (item.kind !== 'dataset') return item.kind;
  const format = item.body.entries.find((e) => e.kind === 'attribute' && e.path.text === 'format');
  const value = format?.kind === 'attribute' ? format.value : null;
  if (value === null) {
    const help = `add \`format = …\`: ${listOf(FORMATS)}`;
    reporter.report('LLV0106', item.name.span, { name: 'format', where: `dataset \`${item.name.text}\`` }, { help });
    return null;
  }
  const word = value.kind === 'path' ? value.text : null;
  if (word !== null && (FORMATS as readonly string[]).includes(word)) return `dataset ${word}`;
  const help = word === null ? `formats: ${listOf(FORMATS)}` : didYouMean(word, FORMATS, 'formats');
  reporter.report('LLV0201', value.span, { name: 'format', found: word ?? 'this' }, { help });
  return null;
}

/** Sorts the entries of a nested block into attributes; statements have no place there. */
export function attributesOf(
  entries: readonly Entry[],
  spec: BlockSpec,
  where: string,
  reporter: Reporter,
): Map<string, Attribute> {
  const attributes = new Map<string, Attribute>();
  for (const entry of entries) {
    if (entry.kind === 'attribute') addAttribute(attributes, entry, spec, where, reporter);
    else reporter.report('LLV0109', entry.span, { verb: verbOf(entry), where }, { help: whereVerb(verbOf(entry)) });
  }
  return attributes;
}

function addAttribute(
  into: Map<string, Attribute>,
  entry: Attribute,
  spec: BlockSpec,
  where: string,
  reporter: Reporter,
): void {
  const [head] = entry.path.segments;
  if (head === undefined) return;
  const found = findAttribute(spec, head.name);
  if (found === null || entry.path.segments.length > 1 || head.range !== null) {
    const names = [...Object.keys(spec.attributes), ...spec.verbs];
    const help =
      found === null
        ? didYouMean(head.name, names, 'what may stand here')
        : `write the settings in braces: \`${head.name} = … { … }\``;
    reporter.report('LLV0105', entry.path.span, { name: entry.path.text, where }, { help });
    return;
  }
  const first = into.get(found.name);
  if (first !== undefined) {
    const related = [{ span: first.path.span, message: 'first here' }];
    reporter.report('LLV0104', entry.path.span, { name: head.name }, { related });
    return;
  }
  into.set(found.name, entry);
}

/** The word that begins a statement. */
export function verbOf(entry: Exclude<Entry, Attribute>): string {
  if (entry.kind === 'rule') return entry.verb;
  return entry.kind === 'assertion' ? 'assert' : entry.kind;
}

function whereVerb(verb: string): string | null {
  if (verb === 'without') return '`without` belongs into the braces of a variant';
  const homes = Object.entries(SCHEMA).filter(([, spec]) => spec.verbs.includes(verb));
  return homes.length === 0
    ? null
    : `\`${verb}\` belongs into ${listOf(homes.map(([name]) => (name === 'file' ? 'the top of the file' : name)))}`;
}
