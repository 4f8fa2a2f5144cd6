/** How an attribute's value is written and what it may be. */
export type Type =
  | NumberType
  | { is: 'word'; values: readonly string[] }
  | { is: 'boolean' }
  | { is: 'string' }
  /** Path of a file or folder, relative to the experiment file. */
  | { is: 'file' }
  /** `env("NAME")` */
  | { is: 'secret' }
  /** A block's name. `stageKinds` narrows what a stage must be. */
  | { is: 'ref'; to: 'stage' | 'model'; stageKinds?: readonly string[] }
  /** One or several datasets (or generate stages), each with a split (`scenes.train`) and settings in braces. */
  | { is: 'data'; formats: readonly string[]; block: string | null; many: boolean }
  /** `stage.metric` */
  | { is: 'metric' }
  /** A list; with `orOne` a single value stands for a list of one. */
  | { is: 'list'; of: Type; orOne: boolean }
  /** Attributes in braces. */
  | { is: 'block'; block: string }
  /** A number, or one per split: `{ train = 12726, val = 4241 }`. */
  | { is: 'counts' }
  /** One of several forms, each a word, perhaps with arguments and settings: `mlp(2, gelu)`, `cosine { warmup = 3% }`. */
  | { is: 'choice'; forms: Record<string, Form> };

export interface NumberType {
  is: 'number';
  integer?: boolean;
  /** Which units may follow; none: a plain number. */
  units?: UnitFamily;
  min?: number;
  max?: number;
  /** Exclusive lower bound. */
  above?: number;
}

export interface Form {
  doc: string;
  args: { name: string; type: Type; optional: boolean; doc: string }[];
  /** Block of its settings in braces, or null. */
  block: string | null;
}

export type UnitFamily = 'count' | 'fraction' | 'duration' | 'money' | 'rate' | 'warmup';

export interface AttributeSpec {
  type: Type;
  required: boolean;
  /** As it would be written in a file; null: none (see `doc` for what happens then). */
  default: string | null;
  doc: string;
  /** Another name of the same attribute. */
  alias?: string;
}

export interface BlockSpec {
  doc: string;
  attributes: Record<string, AttributeSpec>;
  /** Statements without `=` that may stand in it. */
  verbs: readonly string[];
}
