import type { Span } from '../diagnostics/source.ts';

/** The abstract tree: what later phases read. Every node knows its place in a source. */
export interface File {
  items: Item[];
  span: Span;
}

export interface Name {
  text: string;
  span: Span;
}

export type Item =
  | { kind: 'experiment'; name: Name; span: Span }
  | { kind: 'param' | 'let'; name: Name; value: Value; allowed: ListValue | null; span: Span }
  | BlockItem
  | { kind: 'import'; file: string; span: Span }
  | Assertion
  | Attribute;

export interface BlockItem {
  kind: 'model' | 'dataset' | 'stage' | 'ablation' | 'sweep';
  name: Name;
  /** `stage NAME : KIND` */
  stageKind: Name | null;
  /** `model small = llava { … }` */
  copyOf: Name | null;
  body: Block;
  span: Span;
}

export interface Block {
  entries: Entry[];
  span: Span;
  /** A syntax error lies in it, so something that seems to be missing may only be misspelt. */
  damaged: boolean;
}

export type Entry = Attribute | Rule | At | Checkpoint | Variant | Without | Assertion;

export interface Attribute {
  kind: 'attribute';
  path: Path;
  value: Value;
  span: Span;
}

export interface Rule {
  kind: 'rule';
  verb: 'freeze' | 'unfreeze';
  patterns: Path[];
  options: { name: Name; value: Value }[];
  span: Span;
}

export interface At {
  kind: 'at';
  unit: Name;
  value: NumberValue;
  body: Block;
  span: Span;
}

export interface Checkpoint {
  kind: 'checkpoint';
  every: NumberValue;
  keep: NumberValue | null;
  span: Span;
}

export interface Variant {
  kind: 'variant';
  name: Name;
  label: string | null;
  body: Block;
  paper: NumberValue | null;
  span: Span;
}

export interface Without {
  kind: 'without';
  names: Path[];
  span: Span;
}

export interface Assertion {
  kind: 'assertion';
  path: Path;
  op: string;
  value: Value;
  span: Span;
}

export interface Path {
  segments: Segment[];
  /** As written, without blanks. */
  text: string;
  span: Span;
}

export interface Segment {
  name: string;
  /** `[0..15]`, `[-2..]`, `[*]` as written, or null. */
  range: string | null;
  span: Span;
}

export type Value = NumberValue | StringValue | ListValue | BlockValue | CallValue | PathValue;

interface Valued {
  span: Span;
  /** Settings in braces after the value: `cosine { warmup = 3% }`. */
  block: Block | null;
}

export interface NumberValue extends Valued {
  kind: 'number';
  value: number;
  /** Without the number: `K`, `%`, `/min`, `usd`; null: none. */
  unit: string | null;
}

export interface StringValue extends Valued {
  kind: 'string';
  /** Literal pieces and `${…}` references, in order. */
  parts: StringPart[];
}

export type StringPart = { literal: string } | { reference: string; span: Span };

export interface ListValue extends Valued {
  kind: 'list';
  items: Value[];
}

/** `{ train = 2000, val = 500 }` */
export interface BlockValue extends Valued {
  kind: 'block';
  block: Block;
}

export interface CallValue extends Valued {
  kind: 'call';
  name: Name;
  args: Value[];
}

/** A word or a reference: `cosine`, `scenes.train`, `patches + class`, `layer -3`. */
export interface PathValue extends Valued {
  kind: 'path';
  path: Path;
  /** `patches + class`: all terms; a single path has one. */
  text: string;
}
