import type { Reporter } from '../diagnostics/diagnostic.ts';
import { Source } from '../diagnostics/source.ts';
import type { Span } from '../diagnostics/source.ts';
import { didYouMean } from '../diagnostics/suggest.ts';
import { parseSetting } from '../parse/parse.ts';
import { blockSpec, findAttribute } from '../schema/index.ts';
import type { AttributeSpec, BlockSpec, Type } from '../schema/types.ts';
import type { Attribute, Block, Path, Segment, StringValue, Value } from '../syntax/ast.ts';
import type { Decl, Param, Scope } from './scope.ts';

/** One change of a value by its path: from `--set`, or from the braces of a variant. */
export interface Override {
  path: Path;
  value: Value;
}

/** `path=value` of the command line → an override, or null when it has no `=` (reported). */
export function readSetting(argument: string, reporter: Reporter): Override | null {
  const source = new Source('--set', argument, 'set');
  const parsed = parseSetting(source);
  if (parsed !== null) return parsed;
  const equals = argument.indexOf('=');
  const path = equals < 0 ? null : barePath(argument.slice(0, equals), source);
  if (path === null) {
    const whole = { source, start: 0, end: Math.max(1, argument.length) };
    reporter.report('LLV0701', whole, { text: argument });
    return null;
  }
  const start = equals + 1;
  const value: StringValue = {
    kind: 'string',
    parts: [{ literal: argument.slice(start).trim() }],
    span: { source, start, end: argument.length },
    block: null,
  };
  return { path, value };
}

/** A scope in which the path has the new value. Unknown paths are reported and change nothing. */
export function applyOverride(scope: Scope, override: Override, reporter: Reporter): Scope {
  const [head, ...rest] = override.path.segments;
  if (head === undefined) return scope;
  const param = scope.params.get(head.name);
  if (param !== undefined && rest.length === 0) return overrideParam(scope, param, override, reporter);
  if (rest.length === 0 && findAttribute(blockSpec('file'), head.name) !== null) {
    const settings = new Map(scope.settings).set(head.name, attributeFor(override, override.value, override.path));
    return { ...scope, settings };
  }
  if (scope.lost.has(head.name)) return scope;
  const decl = scope.decls.get(head.name);
  if (decl === undefined || decl.spec === null) {
    if (decl === undefined)
      unknown(override, head, [...scope.params.keys(), ...scope.decls.keys(), 'seed'], 'in this file', reporter);
    return scope;
  }
  const [attribute, ...deeper] = rest;
  if (attribute === undefined) {
    unknown(override, head, [], `a ${decl.kind}; name one of its attributes (\`${head.name}.…\`)`, reporter);
    return scope;
  }
  const found = findAttribute(decl.spec, attribute.name);
  if (found === null || attribute.range !== null) {
    unknown(override, attribute, Object.keys(decl.spec.attributes), `of \`${head.name}\``, reporter);
    return scope;
  }
  const old = decl.attributes.get(found.name);
  const value = replace(old?.value ?? null, found.spec, found.name, deeper, override, reporter);
  if (value === null) return scope;
  const attributes = new Map(decl.attributes).set(
    found.name,
    attributeFor(override, value, old?.path ?? override.path),
  );
  return { ...scope, decls: new Map(scope.decls).set(head.name, { ...decl, attributes } satisfies Decl) };
}

/** The value with `path` inside it changed; null when there is no such place (reported). */
function replace(
  old: Value | null,
  spec: AttributeSpec,
  name: string,
  path: Segment[],
  override: Override,
  reporter: Reporter,
): Value | null {
  const [head, ...rest] = path;
  if (head === undefined) return override.value;
  const current = old ?? fallback(name, spec);
  const inside = current === null ? null : blockOf(current, spec.type);
  if (current === null || inside === null) {
    unknown(override, head, [], `of \`${name}\`, which has no settings of its own here`, reporter);
    return null;
  }
  const found = findAttribute(inside, head.name);
  if (found === null || head.range !== null) {
    unknown(override, head, Object.keys(inside.attributes), `of \`${name}\``, reporter);
    return null;
  }
  const entries = current.block?.entries ?? [];
  const isOld = (entry: Block['entries'][number]): entry is Attribute =>
    entry.kind === 'attribute' && findAttribute(inside, entry.path.text)?.name === found.name;
  const before = entries.find(isOld);
  const value = replace(before?.value ?? null, found.spec, found.name, rest, override, reporter);
  if (value === null) return null;
  const kept = entries.filter((entry) => !isOld(entry));
  const path1 = before?.path ?? { segments: [head], text: head.name, span: override.path.span };
  const block: Block = {
    span: current.block?.span ?? current.span,
    damaged: current.block?.damaged ?? false,
    entries: [...kept, attributeFor(override, value, path1)],
  };
  return { ...current, block };
}

/** Which block the braces after this value belong to. */
function blockOf(value: Value, type: Type): BlockSpec | null {
  if (type.is === 'block') return blockSpec(type.block);
  if (type.is === 'data') return type.block === null ? null : blockSpec(type.block);
  if (type.is === 'counts') {
    const spec: AttributeSpec = {
      type: { is: 'number', integer: true, units: 'count' },
      required: false,
      default: null,
      doc: '',
    };
    return value.kind === 'block' ? { doc: '', verbs: [], attributes: { train: spec, val: spec, test: spec } } : null;
  }
  if (type.is !== 'choice') return null;
  const word = value.kind === 'call' ? value.name.text : value.kind === 'path' ? value.text : value.kind;
  const form = Object.hasOwn(type.forms, word) ? type.forms[word] : undefined;
  return form?.block == null ? null : blockSpec(form.block);
}

function fallback(name: string, spec: AttributeSpec): Value | null {
  if (spec.default === null) return null;
  return parseSetting(new Source('default', `${name} = ${spec.default}`))?.value ?? null;
}

function overrideParam(scope: Scope, param: Param, override: Override, reporter: Reporter): Scope {
  if (param.kind === 'let') {
    const related = [{ span: param.name.span, message: 'declared here' }];
    reporter.report('LLV0703', override.path.span, { name: param.name.text }, { related });
    return scope;
  }
  const { value } = override;
  const wantsText = param.value.kind === 'string' && value.kind !== 'string' && value.span.source.origin === 'set';
  const next = wantsText ? asText(value) : value;
  return { ...scope, params: new Map(scope.params).set(param.name.text, { ...param, value: next }) };
}

/** What stands after the `=` of a `--set`, as a string: nobody should have to quote quotes for a shell. */
function asText(value: Value): StringValue {
  const { source } = value.span;
  const text = source.text.slice(source.text.indexOf('=') + 1).trim();
  return { kind: 'string', parts: [{ literal: text }], span: value.span, block: null };
}

function attributeFor(override: Override, value: Value, path: Path): Attribute {
  return { kind: 'attribute', path, value, span: override.path.span };
}

function unknown(override: Override, segment: Segment, names: string[], where: string, reporter: Reporter): void {
  const help = didYouMean(segment.name, names, 'what can be changed');
  reporter.report('LLV0702', segment.span, { path: override.path.text, name: segment.name, where }, { help });
}

function barePath(text: string, source: Source): Path | null {
  if (!/^\s*[A-Za-z_]\w*(\.[A-Za-z_]\w*)*\s*$/.test(text)) return null;
  const span: Span = { source, start: 0, end: text.length };
  const segments = text
    .trim()
    .split('.')
    .map((name): Segment => ({ name, range: null, span }));
  return { segments, text: text.trim(), span };
}
