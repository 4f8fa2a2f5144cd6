import type { ReportOptions, Reporter } from '../diagnostics/diagnostic.ts';
import type { Code } from '../diagnostics/catalogue.ts';
import { Source } from '../diagnostics/source.ts';
import type { Span } from '../diagnostics/source.ts';
import { didYouMean, listOf } from '../diagnostics/suggest.ts';
import { parseSetting } from '../parse/parse.ts';
import { blockSpec } from '../schema/index.ts';
import type { AttributeSpec, BlockSpec, NumberType, Type } from '../schema/types.ts';
import { applyUnit, BASE, UNIT_REQUIRED, UNITS } from '../schema/units.ts';
import type { Attribute, PathValue, Value } from '../syntax/ast.ts';
import { evaluateData } from './data-use.ts';
import { attributesOf } from './attributes.ts';
import type { Decl, Param, Scope } from './scope.ts';
import { Settings } from './values.ts';
import type { Evaluated, Of } from './values.ts';

/** Values of the tree → values with units, references and defaults settled. What is wrong is reported and becomes null. */
export class Evaluator {
  readonly scope: Scope;
  readonly reporter: Reporter;
  readonly #resolving = new Set<string>();

  constructor(scope: Scope, reporter: Reporter) {
    this.scope = scope;
    this.reporter = reporter;
  }

  /** All attributes of a block, defaults filled in; required ones that are missing are reported. */
  settings(
    spec: BlockSpec,
    attributes: ReadonlyMap<string, Attribute>,
    where: string,
    span: Span,
    damaged = false,
  ): Settings {
    const values = new Map<string, Evaluated | null>();
    for (const [name, attribute] of Object.entries(spec.attributes)) {
      const written = attributes.get(name);
      if (written !== undefined) {
        values.set(name, this.value(written.value, attribute.type, name));
      } else if (attribute.default !== null) {
        values.set(name, this.value(defaultValue(name, attribute), attribute.type, name));
      } else if (attribute.required) {
        if (!damaged)
          this.reporter.report('LLV0106', span, { name, where }, { help: `add \`${name} = …\`: ${attribute.doc}` });
        values.set(name, null);
      }
    }
    return new Settings(values, span, damaged);
  }

  /** Settings in braces after a value; an absent block has the defaults. */
  nested(block: string, value: Value): Settings {
    const spec = blockSpec(block);
    const where = `\`${describeValue(value)}\``;
    const { attributes, damaged } = attributesOf(value.block, spec, where, this.reporter);
    return this.settings(spec, attributes, where, value.span, damaged);
  }

  value(written: Value, type: Type, name: string): Evaluated | null {
    const value = this.#dereference(written, type);
    if (value === null) return null;
    if (value.block !== null && value.kind !== 'block' && !takesBlock(type)) {
      return this.#fail('LLV0204', value.block.span, { name });
    }
    switch (type.is) {
      case 'number':
        return this.number(value, type, name);
      case 'word':
        return this.#word(value, type.values, name);
      case 'boolean': {
        const word = this.#word(value, ['true', 'false'], name);
        return word === null ? null : { is: 'boolean', value: word.value === 'true', span: word.span };
      }
      case 'string':
      case 'file':
        return this.#string(value, name);
      case 'secret':
        return this.#secret(value, name);
      case 'ref':
        return this.#reference(value, type, name);
      case 'data':
        return evaluateData(this, value, type, name);
      case 'metric':
        return this.#metric(value, name);
      case 'list':
        return this.#list(value, type, name);
      case 'block':
        if (value.kind !== 'block') return this.#wrong(value, name, 'settings in braces');
        return { is: 'block', settings: this.nested(type.block, value), span: value.span };
      case 'counts':
        return this.#counts(value, name);
      case 'choice':
        return this.#choice(value, type, name);
    }
  }

  /** A number with its unit applied and its range checked. */
  number(value: Value, type: NumberType, name: string): Of<'number'> | null {
    if (value.kind !== 'number') return this.#wrong(value, name, 'a number');
    const { unit, span } = value;
    const result = applyUnit(value.value, unit, type.units);
    if (result === null) {
      const units = type.units === undefined ? [] : Object.keys(UNITS[type.units]);
      const help =
        type.units === undefined
          ? `write \`${name} = ${value.value}\`: it has no unit`
          : `allowed: ${listOf(units)} (${BASE[type.units]})`;
      return this.#fail('LLV0202', span, { name, unit: unit ?? '' }, { help });
    }
    if (unit === null && type.units !== undefined && UNIT_REQUIRED.has(type.units)) {
      const units = Object.keys(UNITS[type.units]);
      return this.#fail(
        'LLV0207',
        span,
        { name },
        {
          help: `write \`${value.value}${units[0]?.startsWith('/') ? '' : ' '}${units[0] ?? ''}\`; allowed: ${listOf(units)}`,
        },
      );
    }
    const range = rangeOf(type);
    const outside =
      (type.min !== undefined && result < type.min) ||
      (type.max !== undefined && result > type.max) ||
      (type.above !== undefined && result <= type.above);
    if (outside || (type.integer === true && !Number.isInteger(result))) {
      return this.#fail('LLV0203', span, { name, found: result }, { help: `allowed: ${range}` });
    }
    return { is: 'number', value: result, unit, span };
  }

  /** The declaration that a name stands for; unknown names are reported. */
  lookup(name: string, span: Span, wanted: string, fits: (decl: Decl) => boolean): Decl | null {
    const decl = this.scope.decls.get(name);
    if (decl !== undefined) return decl;
    if (this.scope.lost.has(name)) return null;
    const candidates = [...this.scope.decls.values()].filter(fits).map((d) => d.name.text);
    return this.#fail(
      'LLV0103',
      span,
      { name },
      {
        help: didYouMean(name, candidates, `${wanted}s in this file`),
        once: name,
      },
    );
  }

  fail(code: Code, span: Span, params: Record<string, string | number>, options: ReportOptions = {}): null {
    return this.#fail(code, span, params, options);
  }

  #fail(code: Code, span: Span, params: Record<string, string | number>, options: ReportOptions = {}): null {
    this.reporter.report(code, span, params, options);
    return null;
  }

  #wrong(value: Value, name: string, wanted: string): null {
    return this.#fail('LLV0205', value.span, { name, wanted, found: kindOf(value) });
  }

  /** Follows a word that names a `param` or a `let`, unless the word itself is a value here. */
  #dereference(value: Value, type: Type): Value | null {
    if (value.kind !== 'path' || value.path.segments.length !== 1) return value;
    const word = value.text;
    if (type.is === 'word' && type.values.includes(word)) return value;
    if (type.is === 'choice' && Object.hasOwn(type.forms, word)) return value;
    const param = this.scope.params.get(word);
    if (param === undefined) return value;
    return this.#guarded(param, value.span, () => this.#dereference(param.value, type));
  }

  /** Runs `body` unless the parameter is being resolved already: parameters that name each other in a circle. */
  #guarded<T>(param: Param, span: Span, body: () => T): T | null {
    if (this.#resolving.has(param.name.text)) return this.#fail('LLV0110', span, { name: param.name.text });
    this.#resolving.add(param.name.text);
    try {
      return body();
    } finally {
      this.#resolving.delete(param.name.text);
    }
  }

  #word(value: Value, allowed: readonly string[], name: string): Of<'word'> | null {
    const word =
      value.kind === 'path' ? value.text : value.kind === 'string' ? (this.#string(value, name)?.value ?? null) : null;
    if (word === null) return this.#wrong(value, name, listOf(allowed));
    if (allowed.includes(word)) return { is: 'word', value: word, span: value.span };
    return this.#fail('LLV0201', value.span, { name, found: word }, { help: didYouMean(word, allowed, 'allowed') });
  }

  #string(value: Value, name: string): Of<'string'> | null {
    if (value.kind !== 'string') {
      if (value.span.source.origin === 'set') return bareString(value);
      return this.#wrong(value, name, 'a string in quotes');
    }
    let text = '';
    let origin: 'file' | 'set' = value.span.source.origin;
    for (const [index, part] of value.parts.entries()) {
      if ('literal' in part) {
        text += part.literal;
        continue;
      }
      const param = this.scope.params.get(part.reference);
      if (param === undefined) {
        const help = didYouMean(part.reference, this.scope.params.keys(), 'params and lets');
        return this.#fail('LLV0103', part.span, { name: part.reference }, { help });
      }
      const piece = this.#guarded(param, part.span, () => this.#text(param.value, name));
      if (piece === null) return null;
      text += piece.value;
      if (index === 0) origin = piece.origin;
    }
    return { is: 'string', value: text, origin, span: value.span };
  }

  /** A parameter as a piece of text. */
  #text(value: Value, name: string): Of<'string'> | null {
    if (value.kind === 'number') {
      return {
        is: 'string',
        value: `${value.value}${value.unit ?? ''}`,
        origin: value.span.source.origin,
        span: value.span,
      };
    }
    if (value.kind === 'path') {
      const param = this.scope.params.get(value.text);
      if (param !== undefined) return this.#guarded(param, value.span, () => this.#text(param.value, name));
      return { is: 'string', value: value.text, origin: value.span.source.origin, span: value.span };
    }
    return this.#string(value, name);
  }

  #secret(value: Value, name: string): Of<'secret'> | null {
    const [arg] = value.kind === 'call' ? value.args : [];
    if (value.kind !== 'call' || value.name.text !== 'env' || arg?.kind !== 'string' || value.args.length !== 1) {
      return this.#fail(
        'LLV0206',
        value.span,
        { name },
        { help: `write \`${name} = env("NAME")\` and set the variable NAME` },
      );
    }
    const env = this.#string(arg, name);
    return env === null ? null : { is: 'secret', env: env.value, span: value.span };
  }

  #reference(value: Value, type: Extract<Type, { is: 'ref' }>, name: string): Of<'ref'> | null {
    if (value.kind !== 'path' || value.path.segments.length !== 1)
      return this.#wrong(value, name, `the name of a ${type.to}`);
    const fits = (decl: Decl): boolean =>
      decl.kind === type.to && (type.stageKinds === undefined || type.stageKinds.includes(decl.stageKind ?? ''));
    const wanted = type.stageKinds === undefined ? type.to : `${listOf(type.stageKinds)} stage`;
    const decl = this.lookup(value.text, value.span, wanted, fits);
    if (decl === null) return null;
    if (!fits(decl)) return this.wrongKind(decl, value.span, name, wanted, fits);
    return { is: 'ref', decl, span: value.span };
  }

  /** Points at the use and at the declaration. */
  wrongKind(decl: Decl, span: Span, name: string, wanted: string, fits: (decl: Decl) => boolean): null {
    if (decl.spec === null) return null;
    const kind = decl.stageKind === null ? decl.kind : `${decl.stageKind} stage`;
    const candidates = [...this.scope.decls.values()].filter(fits).map((d) => d.name.text);
    const help = candidates.length === 0 ? null : `${wanted}s in this file: ${listOf(candidates)}`;
    const related = [{ span: decl.name.span, message: `\`${decl.name.text}\` is declared here` }];
    return this.#fail('LLV0111', span, { name, found: decl.name.text, kind, wanted }, { help, related });
  }

  #metric(value: Value, name: string): Of<'metric'> | null {
    const [stage, metric] = value.kind === 'path' ? value.path.segments : [];
    if (value.kind !== 'path' || stage === undefined || metric === undefined || value.path.segments.length !== 2) {
      return this.#wrong(value, name, 'STAGE.METRIC');
    }
    const isStage = (decl: Decl): boolean => decl.kind === 'stage';
    const decl = this.lookup(stage.name, stage.span, 'stage', isStage);
    if (decl === null) return null;
    if (!isStage(decl)) return this.wrongKind(decl, stage.span, name, 'stage', isStage);
    return { is: 'metric', stage: decl, metric: metric.name, span: value.span };
  }

  #list(value: Value, type: Extract<Type, { is: 'list' }>, name: string): Of<'list'> | null {
    if (value.kind !== 'list' && !type.orOne) return this.#wrong(value, name, 'a list');
    const written = value.kind === 'list' ? value.items : [value];
    const items = written.map((item) => this.value(item, type.of, name));
    if (items.some((item) => item === null)) return null;
    return { is: 'list', items: items.filter((item) => item !== null), span: value.span };
  }

  #counts(value: Value, name: string): Of<'counts'> | null {
    const type: NumberType = { is: 'number', integer: true, units: 'count', min: 0 };
    if (value.kind !== 'block') {
      const number = this.number(value, type, name);
      return number === null ? null : { is: 'counts', all: number.value, splits: {}, span: value.span };
    }
    const spec = {
      doc: '',
      verbs: [],
      attributes: Object.fromEntries(['train', 'val', 'test'].map((s) => [s, countSpec(type)])),
    };
    const settings = this.settings(
      spec,
      attributesOf(value.block, spec, `\`${name}\``, this.reporter).attributes,
      name,
      value.span,
    );
    const splits: Record<string, number> = {};
    for (const split of ['train', 'val', 'test']) {
      const number = settings.maybe(split, 'number');
      if (number !== null) splits[split] = number.value;
    }
    return { is: 'counts', all: null, splits, span: value.span };
  }

  #choice(value: Value, type: Extract<Type, { is: 'choice' }>, name: string): Of<'choice'> | null {
    if (value.kind === 'number' && Object.hasOwn(type.forms, 'number')) {
      const number = this.number({ ...value, block: null }, { is: 'number', integer: true, min: 0 }, name);
      const block = type.forms['number']?.block ?? null;
      const settings = block === null ? null : this.nested(block, value);
      return number === null
        ? null
        : { is: 'choice', form: 'number', args: [], number: number.value, settings, span: value.span };
    }
    const word = choiceWord(value);
    if (word === null) return this.#wrong(value, name, formsOf(type));
    const form = Object.hasOwn(type.forms, word) ? type.forms[word] : undefined;
    if (form === undefined) {
      return this.#fail(
        'LLV0201',
        value.span,
        { name, found: word },
        { help: didYouMean(word, Object.keys(type.forms), 'allowed') },
      );
    }
    const given = value.kind === 'call' ? value.args : [];
    const needed = form.args.filter((a) => !a.optional).length;
    if (given.length < needed || given.length > form.args.length) {
      const help =
        form.args.length === 0 ? `write \`${word}\`` : `write \`${word}(${form.args.map((a) => a.name).join(', ')})\``;
      return this.#fail(
        'LLV0208',
        value.span,
        { name: word, found: given.length, wanted: needed === 1 ? '1 argument' : `${needed} arguments` },
        { help },
      );
    }
    const args = given.map((arg, index) => this.value(arg, form.args[index]!.type, form.args[index]!.name));
    if (value.block !== null && form.block === null) return this.#fail('LLV0204', value.block.span, { name: word });
    const settings = form.block === null ? null : this.nested(form.block, value);
    if (args.some((a) => a === null)) return null;
    const layer = word === 'layer' ? Number(/-?\d+$/.exec(value.kind === 'path' ? value.text : '')?.[0] ?? NaN) : null;
    return {
      is: 'choice',
      form: word,
      args: args.filter((a) => a !== null),
      number: layer,
      settings,
      span: value.span,
    };
  }
}

function choiceWord(value: Value): string | null {
  if (value.kind === 'call') return value.name.text;
  if (value.kind !== 'path') return null;
  return value.path.segments[0]?.name === 'layer' ? 'layer' : value.text;
}

function formsOf(type: Extract<Type, { is: 'choice' }>): string {
  return listOf(
    Object.entries(type.forms).map(([word, form]) =>
      form.args.length > 0 ? `${word}(…)` : word === 'number' ? 'a number' : word,
    ),
  );
}

function countSpec(type: Type): AttributeSpec {
  return { type, required: false, default: null, doc: 'Samples of this split.' };
}

function takesBlock(type: Type): boolean {
  return type.is === 'choice' || type.is === 'data' || type.is === 'block' || type.is === 'list';
}

/** The bare text of a `--set` argument, for places that want a string: `--set dir=../data`. */
export function bareString(value: Value): Of<'string'> {
  const { source } = value.span;
  const text = source.text.slice(source.text.indexOf('=') + 1).trim();
  return { is: 'string', value: text, origin: 'set', span: value.span };
}

const defaults = new Map<string, Value>();

/** A default of the schema table, read with the language's own parser. */
function defaultValue(name: string, spec: AttributeSpec): Value {
  const text = `${name} = ${spec.default ?? ''}`;
  const known = defaults.get(text);
  if (known !== undefined) return known;
  const parsed = parseSetting(new Source('default', text));
  if (parsed === null) throw new Error(`the schema's default does not parse: ${text}`);
  defaults.set(text, parsed.value);
  return parsed.value;
}

function rangeOf(type: NumberType): string {
  const whole = type.integer === true ? 'a whole number' : 'a number';
  const bounds: string[] = [];
  if (type.above !== undefined) bounds.push(`above ${type.above}`);
  if (type.min !== undefined) bounds.push(`${type.min} or more`);
  if (type.max !== undefined) bounds.push(`at most ${type.max}`);
  return bounds.length === 0 ? whole : `${whole}, ${bounds.join(' and ')}`;
}

function kindOf(value: Value): string {
  const names = {
    number: 'a number',
    string: 'a string',
    list: 'a list',
    block: 'a block',
    call: 'a call',
    path: 'a name',
  };
  return value.kind === 'path' || value.kind === 'call' ? `\`${describeValue(value)}\`` : names[value.kind];
}

function describeValue(value: Value): string {
  if (value.kind === 'call') return `${value.name.text}(…)`;
  if (value.kind === 'path') return (value satisfies PathValue).text;
  return value.span.source.text.slice(value.span.start, value.span.end).split('\n')[0]!.slice(0, 40);
}
