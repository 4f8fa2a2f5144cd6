export type Severity = 'error' | 'warning';

export interface CatalogueEntry {
  severity: Severity;
  /** `{name}` stands for a parameter. */
  message: string;
  /** What `llava explain CODE` prints: what it means, why it matters, how to mend it, with an example. */
  explain: string;
}

const entry = (message: string, explain: string, severity: Severity = 'error'): CatalogueEntry => ({
  severity,
  message,
  explain,
});

/** Every problem that the compiler can find. Codes: 00 text, 01 names, 02 values, 03 models, 04 data, 05 stages, 06 ablations, 07 changes, 09 not yet. */
export const CATALOGUE = {
  LLV0001: entry('unexpected {found}', 'x'),
  LLV0002: entry('this `{open}` is never closed', 'x'),
  LLV0003: entry('`{found}` closes nothing', 'x'),
  LLV0004: entry('a value is missing after `{what}`', 'x'),
  LLV0005: entry('`{word}` is no word of the language here', 'x'),
  LLV0006: entry('`=` is missing after `{name}`: found {found}', 'x'),
  LLV0007: entry('{expected} is missing after `{previous}`: found {found}', 'x'),
  LLV0008: entry('`{text}` has no meaning here', 'x'),
  LLV0009: entry('this string has no closing quote on its line', 'x'),
  LLV0101: entry('the name `{name}` is used twice', 'x'),
  LLV0102: entry('a file has one `experiment` line', 'x'),
  LLV0103: entry('nothing is called `{name}`', 'x'),
  LLV0104: entry('`{name}` is given twice', 'x'),
  LLV0105: entry('`{name}` is no attribute of {where}', 'x'),
  LLV0106: entry('{where} lacks `{name}`', 'x'),
  LLV0107: entry('the file has no `experiment NAME` line', 'x'),
  LLV0108: entry('`{kind}` is no kind of stage', 'x'),
  LLV0109: entry('`{verb}` has no place in {where}', 'x'),
  LLV0110: entry('`{name}` is defined by itself', 'x'),
  LLV0111: entry('`{name}` wants a {wanted}, but `{found}` is a {kind}', 'x'),
  LLV0112: entry('stages wait for each other in a circle: {loop}', 'x'),
  LLV0201: entry('`{name}` cannot be `{found}`', 'x'),
  LLV0202: entry('`{name}` cannot have the unit `{unit}`', 'x'),
  LLV0203: entry('`{name}` cannot be {found}', 'x'),
  LLV0204: entry('`{name}` takes no settings in braces', 'x'),
  LLV0205: entry('`{name}` wants {wanted}, not {found}', 'x'),
  LLV0206: entry('`{name}` is a secret and may only come from an environment variable', 'x'),
  LLV0207: entry('`{name}` needs a unit', 'x'),
  LLV0208: entry('`{name}` takes {wanted} arguments, not {found}', 'x'),
  LLV0209: entry('the param `{name}` cannot be `{found}`', 'x'),
  LLV0301: entry('`{what}` = {value} is not a multiple of `{by}` = {divisor}', 'x'),
  LLV0302: entry('the sizes of `{repo}` are not known: {missing}', 'x'),
  LLV0303: entry('cannot take sizes from `{file}`: {problem}', 'x'),
  LLV0304: entry('stage `{stage}` needs the part `{part}`, which model `{model}` does not have', 'x'),
  LLV0305: entry('there is no hidden state {layer} in {layers} layers', 'x'),
  LLV0306: entry('a picture takes {image} tokens, but the longest sequence has {length}', 'x'),
  LLV0401: entry('`{name}` is empty', 'x'),
  LLV0402: entry('`{name}` cannot use `{dataset}`: its format is {format}', 'x'),
  LLV0403: entry('`{dataset}` has no split `{split}`', 'x'),
  LLV0404: entry('dataset `{name}` lacks {missing}', 'x'),
  LLV0405: entry('{file} is not there', 'x', 'warning'),
  LLV0501: entry('nothing is trained in stage `{stage}`', 'x'),
  LLV0502: entry('`{pattern}` matches no parameter of stage `{stage}`: {problem}', 'x'),
  LLV0503: entry('`{option}` on something that stays frozen', 'x'),
  LLV0504: entry('no learning rate for `{patterns}`', 'x'),
  LLV0505: entry('`at {unit} {value}` never comes: {run}', 'x'),
  LLV0506: entry('stage `{stage}` needs either `epochs` or `steps`', 'x'),
  LLV0507: entry('stage `{stage}` has neither a `model` nor a stage in `from` to take it from', 'x'),
  LLV0508: entry('stage `{stage}` generates nothing', 'x'),
  LLV0509: entry('this rule changes nothing: later rules name all of its parameters', 'x'),
  LLV0510: entry('stage `{stage}` cannot train `{pattern}`: the objective `{objective}` does not use it', 'x'),
  LLV0601: entry('ablation `{name}` has no variants', 'x'),
  LLV0602: entry('`{verb}` has no place in a variant', 'x'),
  LLV0603: entry('`without {name}`: {problem}', 'x'),
  LLV0604: entry('`measure` names the stage `{stage}`, which no variant may lack', 'x'),
  LLV0701: entry('`--set {text}` is not of the form path=value', 'x'),
  LLV0702: entry('`{path}` changes nothing: there is no `{name}` {where}', 'x'),
  LLV0703: entry('`{name}` is a `let` and cannot be changed', 'x'),
  LLV0901: entry('{what} is not supported yet', 'x'),
} as const satisfies Record<string, CatalogueEntry>;

export type Code = keyof typeof CATALOGUE;
