import type { CstElement, CstNode, IToken } from 'chevrotain';
import { cover } from '../diagnostics/source.ts';
import type { Source, Span } from '../diagnostics/source.ts';
import type {
  Assertion,
  Attribute,
  Block,
  Entry,
  File,
  Item,
  ListValue,
  Name,
  NumberValue,
  Path,
  Rule,
  Segment,
  StringPart,
  Value,
} from './ast.ts';

/**
 * Concrete tree → abstract tree. Nodes that chevrotain gave up (`recoveredNode`) are left out when a needed piece is missing;
 * the parser has reported them already.
 */
export function buildFile(root: CstNode, source: Source, errors: readonly number[]): File {
  return new Builder(source, errors).file(root);
}

/** The tree of one `--set` argument, or null when it is not `path = value`. */
export function buildSetting(root: CstNode, source: Source): { path: Path; value: Value } | null {
  const builder = new Builder(source, []);
  return builder.attempt(() => ({ path: builder.path(node(root, 'path')), value: builder.value(node(root, 'value')) }));
}

/** Thrown when recovery left a hole where a node is needed. */
class Hole extends Error {}

class Builder {
  readonly #source: Source;
  /** Offsets of syntax errors. */
  readonly #errors: readonly number[];

  constructor(source: Source, errors: readonly number[]) {
    this.#source = source;
    this.#errors = errors;
  }

  attempt<T>(make: () => T): T | null {
    try {
      return make();
    } catch (error) {
      if (error instanceof Hole) return null;
      throw error;
    }
  }

  file(root: CstNode): File {
    const items = nodes(root, 'topLevel').flatMap((item) => this.attempt(() => this.item(item)) ?? []);
    return { items, span: { source: this.#source, start: 0, end: this.#source.text.length } };
  }

  item(top: CstNode): Item {
    const cst = only(top);
    const span = this.span(cst);
    switch (cst.name) {
      case 'header':
        return { kind: 'experiment', name: this.name(node(cst, 'name')), span };
      case 'param': {
        const header = node(cst, 'header');
        const kind = token(header, 'Identifier').image === 'let' ? 'let' : 'param';
        const allowed = nodes(cst, 'list')[0];
        return {
          kind,
          name: this.name(node(header, 'name')),
          value: this.value(node(cst, 'value')),
          allowed: allowed === undefined ? null : this.list(allowed),
          span,
        };
      }
      case 'named': {
        const header = node(cst, 'header');
        const word = token(header, 'Identifier').image;
        const copy = nodes(cst, 'name')[0];
        return {
          kind: word === 'model' || word === 'dataset' || word === 'ablation' ? word : 'sweep',
          name: this.name(node(header, 'name')),
          stageKind: null,
          copyOf: copy === undefined ? null : this.name(copy),
          body: this.block(node(cst, 'block')),
          span,
        };
      }
      case 'stage': {
        const header = node(cst, 'header');
        return {
          kind: 'stage',
          name: this.name(node(header, 'name')),
          stageKind: this.name(node(cst, 'name')),
          copyOf: null,
          body: this.block(node(cst, 'block')),
          span,
        };
      }
      case 'importing':
        return { kind: 'import', file: token(cst, 'String').image.slice(1, -1), span };
      case 'assertion':
        return this.assertion(cst);
      case 'attribute':
        return this.attribute(cst);
      default:
        throw new Hole();
    }
  }

  block(cst: CstNode): Block {
    const entries = nodes(cst, 'entry').flatMap((entry) => this.attempt(() => this.entry(entry)) ?? []);
    const span = this.span(cst);
    return { entries, span, damaged: this.#errors.some((at) => at >= span.start && at <= span.end) };
  }

  entry(top: CstNode): Entry {
    const cst = only(top);
    const span = this.span(cst);
    switch (cst.name) {
      case 'attribute':
        return this.attribute(cst);
      case 'rule':
        return this.rule(cst);
      case 'at': {
        const unit = this.name(node(cst, 'name'));
        return {
          kind: 'at',
          unit,
          value: this.number(node(cst, 'number')),
          body: this.block(node(cst, 'block')),
          span,
        };
      }
      case 'checkpoint': {
        const [every, keep] = nodes(cst, 'number');
        if (every === undefined) throw new Hole();
        return {
          kind: 'checkpoint',
          every: this.number(every),
          keep: keep === undefined ? null : this.number(keep),
          span,
        };
      }
      case 'variant': {
        const label = tokens(cst, 'String')[0];
        const [body, paper] = [nodes(cst, 'block')[0], nodes(cst, 'number')[0]];
        return {
          kind: 'variant',
          name: this.name(node(cst, 'name')),
          label: label === undefined ? null : unescape(inner(label.image)),
          body: body === undefined ? { entries: [], span, damaged: false } : this.block(body),
          paper: paper === undefined ? null : this.number(paper),
          span,
        };
      }
      case 'without':
        return { kind: 'without', names: this.patterns(cst), span };
      case 'assertion':
        return this.assertion(cst);
      default:
        throw new Hole();
    }
  }

  attribute(cst: CstNode): Attribute {
    return {
      kind: 'attribute',
      path: this.path(node(cst, 'path')),
      value: this.value(node(cst, 'value')),
      span: this.span(cst),
    };
  }

  rule(cst: CstNode): Rule {
    const verb = token(cst, 'Identifier').image === 'freeze' ? 'freeze' : 'unfreeze';
    const options = nodes(cst, 'ruleOption').flatMap((option) => {
      const word = token(option, 'Identifier');
      return (
        this.attempt(() => ({
          name: { text: word.image, span: this.tokenSpan(word) },
          value: this.value(node(option, 'value')),
        })) ?? []
      );
    });
    return { kind: 'rule', verb, patterns: this.patterns(cst), options, span: this.span(cst) };
  }

  patterns(cst: CstNode): Path[] {
    return nodes(node(cst, 'patterns'), 'path').map((path) => this.path(path));
  }

  assertion(cst: CstNode): Assertion {
    return {
      kind: 'assertion',
      path: this.path(node(cst, 'path')),
      op: token(cst, 'Comparison').image,
      value: this.value(node(cst, 'value')),
      span: this.span(cst),
    };
  }

  name(cst: CstNode): Name {
    const found = token(cst, 'Identifier');
    return { text: found.image, span: this.tokenSpan(found) };
  }

  path(cst: CstNode): Path {
    const segments = nodes(cst, 'segment').map((segment): Segment => {
      const named = nodes(segment, 'name')[0];
      const range = nodes(segment, 'range')[0];
      return {
        name: named === undefined ? '*' : this.name(named).text,
        range: range === undefined ? null : compact(range),
        span: this.span(segment),
      };
    });
    if (segments.length === 0) throw new Hole();
    return { segments, text: segments.map((s) => s.name + (s.range ?? '')).join('.'), span: this.span(cst) };
  }

  value(cst: CstNode): Value {
    const blocks = nodes(cst, 'block').map((block) => this.block(block));
    const main = ['number', 'list', 'call', 'layer', 'sum'].flatMap((kind) => nodes(cst, kind))[0];
    const text = tokens(cst, 'String')[0];
    const trailing = blocks[0] ?? null;
    if (text !== undefined) {
      return { kind: 'string', parts: this.parts(text), span: this.tokenSpan(text), block: trailing };
    }
    if (main === undefined) {
      if (trailing === null) throw new Hole();
      return { kind: 'block', block: trailing, span: trailing.span };
    }
    const span = this.span(main);
    switch (main.name) {
      case 'number':
        return { ...this.number(main), block: trailing };
      case 'list':
        return { ...this.list(main), block: trailing };
      case 'call': {
        const args = nodes(main, 'value').map((arg) => this.value(arg));
        return { kind: 'call', name: this.name(node(main, 'name')), args, span, block: trailing };
      }
      case 'layer': {
        const segment = { name: 'layer', range: null, span };
        const text = `layer ${token(main, 'Number').image}`;
        return { kind: 'path', path: { segments: [segment], text, span }, text, span, block: trailing };
      }
      default: {
        const paths = nodes(main, 'path').map((path) => this.path(path));
        if (paths[0] === undefined) throw new Hole();
        return { kind: 'path', path: paths[0], text: paths.map((p) => p.text).join(' + '), span, block: trailing };
      }
    }
  }

  list(cst: CstNode): ListValue {
    return {
      kind: 'list',
      items: nodes(cst, 'value').map((item) => this.value(item)),
      span: this.span(cst),
      block: null,
    };
  }

  number(cst: CstNode): NumberValue {
    const literal = token(cst, 'Number');
    const match = /^(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(.*)$/.exec(literal.image);
    const apart = tokens(cst, 'unit')[0];
    const unit = (match?.[2] ?? '') + (apart?.image ?? '');
    return {
      kind: 'number',
      value: Number(match?.[1]),
      unit: unit === '' ? null : unit,
      span: this.span(cst),
      block: null,
    };
  }

  /** Splits `"a/${b}/c"`; a backslash escapes `"`, `\`, `n`, `t` and `$`. */
  parts(literal: IToken): StringPart[] {
    const text = inner(literal.image);
    const parts: StringPart[] = [];
    const pattern = /\$\{\s*([^}]*?)\s*\}/g;
    let last = 0;
    for (const match of text.matchAll(pattern)) {
      if (text[match.index - 1] === '\\') continue;
      if (match.index > last) parts.push({ literal: unescape(text.slice(last, match.index)) });
      const start = literal.startOffset + 1 + match.index;
      parts.push({ reference: match[1] ?? '', span: { source: this.#source, start, end: start + match[0].length } });
      last = match.index + match[0].length;
    }
    if (last < text.length || parts.length === 0) parts.push({ literal: unescape(text.slice(last)) });
    return parts;
  }

  /** From the first to the last token that the text really has. */
  span(cst: CstNode): Span {
    const found = [...leaves(cst)];
    if (found.length === 0) throw new Hole();
    return found.map((leaf) => this.tokenSpan(leaf)).reduce(cover);
  }

  tokenSpan(found: IToken): Span {
    return { source: this.#source, start: found.startOffset, end: found.startOffset + found.image.length };
  }
}

function inner(image: string): string {
  return image.replace(/^"/, '').replace(/"$/, '');
}

function unescape(text: string): string {
  const known: Record<string, string> = { n: '\n', t: '\t' };
  return text.replace(/\\(.)/g, (_, char: string) => known[char] ?? char);
}

function compact(range: CstNode): string {
  return [...leaves(range)]
    .sort((a, b) => a.startOffset - b.startOffset)
    .map((leaf) => leaf.image)
    .join('');
}

/** The real tokens below a node, in no particular order. */
function* leaves(cst: CstNode): Generator<IToken> {
  for (const children of Object.values(cst.children)) {
    for (const child of children) {
      if (isNode(child)) yield* leaves(child);
      else if (child.isInsertedInRecovery !== true) yield child;
    }
  }
}

function isNode(element: CstElement): element is CstNode {
  return 'children' in element;
}

function nodes(cst: CstNode, name: string): CstNode[] {
  return (cst.children[name] ?? []).filter(isNode);
}

function node(cst: CstNode, name: string): CstNode {
  const found = nodes(cst, name)[0];
  if (found === undefined) throw new Hole();
  return found;
}

/** The single child node of an `entry` or a `topLevel`. */
function only(cst: CstNode): CstNode {
  const found = Object.values(cst.children).flat().filter(isNode)[0];
  if (found === undefined) throw new Hole();
  return found;
}

function tokens(cst: CstNode, name: string): IToken[] {
  return (cst.children[name] ?? []).filter((child): child is IToken => !isNode(child));
}

function token(cst: CstNode, name: string): IToken {
  const found = tokens(cst, name)[0];
  if (found === undefined || found.isInsertedInRecovery === true) throw new Hole();
  return found;
}
