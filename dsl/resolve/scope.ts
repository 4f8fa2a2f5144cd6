import type { Reporter } from '../diagnostics/diagnostic.ts';
import { didYouMean, listOf } from '../diagnostics/suggest.ts';
import type { Span } from '../diagnostics/source.ts';
import { FORMATS } from '../schema/data.ts';
import { addAttribute, verbOf, whereVerb } from './attributes.ts';
import { blockSpec, SCHEMA, STAGE_KINDS } from '../schema/index.ts';
import type { BlockSpec } from '../schema/types.ts';
import type {
  Assertion,
  At,
  Attribute,
  BlockItem,
  Checkpoint,
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
  /** Something in it did not parse or is unknown: what seems to be missing may only be misspelt. */
  damaged: boolean;
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
  /** Names that lines with syntax errors may have declared. */
  lost: ReadonlySet<string>;
}

/** Abstract tree → names. Reports duplicates, unknown attributes, and statements where they do not belong. */
export function declare(file: File, lost: ReadonlySet<string>, reporter: Reporter): Scope {
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
  if (experiment === null && !lost.has('experiment')) {
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
    lost,
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
  let damaged = item.body.damaged;
  for (const entry of item.body.entries) {
    if (entry.kind === 'attribute') {
      if (spec !== null && !addAttribute(attributes, entry, spec, where, reporter)) damaged = true;
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
    damaged,
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
    if (item.body.damaged) return null;
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
