import type { Span } from '../diagnostics/source.ts';
import type { Decl } from './scope.ts';

/** A value after references, units and defaults have been settled. */
export type Evaluated =
  | { is: 'number'; value: number; unit: string | null; span: Span }
  | { is: 'word'; value: string; span: Span }
  | { is: 'boolean'; value: boolean; span: Span }
  /** `origin` is that of the leading piece: a path given by `--set` is relative to the current directory. */
  | { is: 'string'; value: string; origin: 'file' | 'set'; span: Span }
  | { is: 'secret'; env: string; span: Span }
  | { is: 'ref'; decl: Decl; span: Span }
  | { is: 'data'; uses: DataUse[]; settings: Settings | null; span: Span }
  | { is: 'metric'; stage: Decl; metric: string; span: Span }
  | { is: 'list'; items: Evaluated[]; span: Span }
  | { is: 'block'; settings: Settings; span: Span }
  | { is: 'counts'; all: number | null; splits: Record<string, number>; span: Span }
  | { is: 'choice'; form: string; args: Evaluated[]; number: number | null; settings: Settings | null; span: Span };

type Kind = Evaluated['is'];
export type Of<K extends Kind> = Extract<Evaluated, { is: K }>;

/** One dataset as it is used: `scenes.train { limit = 100 }`. */
export interface DataUse {
  /** A dataset, or a generate stage. */
  decl: Decl;
  split: string | null;
  limit: number | null;
  span: Span;
}

/** Thrown where a value is missing because its problem was reported before; the lowering of that stage stops there. */
export class Broken extends Error {}

/** The evaluated attributes of a block. Getters throw `Broken` for a value that was reported as wrong or missing. */
export class Settings {
  readonly #values: ReadonlyMap<string, Evaluated | null>;
  /** The block's place: its name or its braces. */
  readonly span: Span;
  /** Something in the block did not parse or is unknown: what seems to be missing may only be misspelt. */
  readonly damaged: boolean;

  constructor(values: ReadonlyMap<string, Evaluated | null>, span: Span, damaged = false) {
    this.damaged = damaged;
    this.#values = values;
    this.span = span;
  }

  /** The value, or null when the attribute is not there and has no default. */
  maybe<K extends Kind>(name: string, kind: K): Of<K> | null {
    if (!this.#values.has(name)) return null;
    const value = this.#values.get(name);
    if (value === null || value === undefined || value.is !== kind) throw new Broken();
    return value as Of<K>;
  }

  get<K extends Kind>(name: string, kind: K): Of<K> {
    const value = this.maybe(name, kind);
    if (value === null) throw new Broken();
    return value;
  }

  number(name: string): number {
    return this.get(name, 'number').value;
  }

  numberOr<T>(name: string, fallback: T): number | T {
    return this.maybe(name, 'number')?.value ?? fallback;
  }

  /** Where an attribute stands, or the block itself. */
  spanOf(name: string): Span {
    return this.#values.get(name)?.span ?? this.span;
  }
}
