import type { CatalogueEntry } from './entry.ts';

const entry = (message: string, explain: string, severity: CatalogueEntry['severity'] = 'error'): CatalogueEntry => ({
  severity,
  message,
  explain,
});

/**
 * Every problem that the compiler can find.
 * Codes: 00 text, 01 names, 02 values, 03 models, 04 data, 05 stages, 06 ablations, 07 changes, 09 not yet.
 */
export const CATALOGUE = {
  LLV0001: entry(
    'unexpected {found}',
    'The text has something that cannot stand at this place. Entries of a block are `name = value` or a statement such as `freeze vision`, one on each line or separated by commas or blanks.\n\n  batch = 32 )        // the bracket closes nothing\n  batch = 32          // right',
  ),
  LLV0002: entry(
    'this `{open}` is never closed',
    'Every bracket needs its partner. When the next block begins or the file ends first, the partner is missing; the indentation decides which bracket was probably forgotten.\n\n  schedule = cosine { warmup = 3%\n  schedule = cosine { warmup = 3% }      // right',
  ),
  LLV0003: entry(
    '`{found}` closes nothing',
    'There is one closing brace too many, or an opening one is missing above.\n\n  stage exam : evaluate { model = tune } }\n  stage exam : evaluate { model = tune }    // right',
  ),
  LLV0004: entry(
    'a value is missing after `{what}`',
    'An attribute or an option has no value on its line.\n\n  batch =\n  batch = 32          // right',
  ),
  LLV0005: entry(
    '`{word}` is no word of the language here',
    'The line begins with a word that is neither an attribute with `=` nor a known statement, but looks like one.\n\n  freez vision\n  freeze vision       // right',
  ),
  LLV0006: entry(
    '`=` is missing after `{name}`: found {found}',
    'Attributes are written `name = value`. Only statements (freeze, unfreeze, at, checkpoint, variant, without, assert) have no `=`.\n\n  batch 32\n  batch = 32          // right',
  ),
  LLV0007: entry(
    '{expected} is missing after `{previous}`: found {found}',
    'Something that belongs here was left out.\n\n  stage : train { … }\n  stage tune : train { … }    // right',
  ),
  LLV0008: entry(
    '`{text}` has no meaning here',
    'A character that the language does not use. Strings stand in double quotes, comments begin with `//`.\n\n  label = \'best\'\n  label = "best"      // right',
  ),
  LLV0009: entry(
    'this string has no closing quote on its line',
    'Strings begin and end on one line. `\\"` is a quote inside a string.\n\n  file = "data/chat.json\n  file = "data/chat.json"     // right',
  ),
  LLV0101: entry(
    'the name `{name}` is used twice',
    'Blocks, params and lets share one set of names, because all of them are addressed the same way; the variants of an ablation share another.\n\n  stage tune : train { … }\n  model tune { … }            // choose another name',
  ),
  LLV0102: entry(
    'a file has one `experiment` line',
    'An experiment has one name.\n\n  experiment a\n  experiment b                // remove one of them',
  ),
  LLV0103: entry(
    'nothing is called `{name}`',
    'A reference to a block, param or let that the file does not declare. The message stands once for all uses of the name.\n\n  from = algin\n  from = align                // right',
  ),
  LLV0104: entry(
    '`{name}` is given twice',
    'An attribute may stand once in a block; which one should hold would be a guess.\n\n  batch = 16   batch = 32     // remove one of them',
  ),
  LLV0105: entry(
    '`{name}` is no attribute of {where}',
    'The block does not have such an attribute. docs/language.md lists the attributes of each block.\n\n  bacth = 32\n  batch = 32                  // right',
  ),
  LLV0106: entry(
    '{where} lacks `{name}`',
    'The attribute has no default, so it must be written.\n\n  stage exam : evaluate { model = tune }           // measured how?\n  stage exam : evaluate { model = tune  benchmark = science_qa(sqa.test) }',
  ),
  LLV0107: entry(
    'the file has no `experiment NAME` line',
    'The name goes into the plan and into the ids of runs.\n\n  experiment llava_13b',
  ),
  LLV0108: entry(
    '`{kind}` is no kind of stage',
    'The word after the colon says what a stage does.\n\n  stage tune : trian { … }\n  stage tune : train { … }    // right',
  ),
  LLV0109: entry(
    '`{verb}` has no place in {where}',
    'Statements belong into certain blocks: `freeze` into train stages, `variant` into ablations.\n\n  stage exam : evaluate { freeze vision }   // nothing is trained here',
  ),
  LLV0110: entry(
    '`{name}` is defined by itself',
    'Params and lets may refer to each other, but not in a circle.\n\n  let a = b\n  let b = a',
  ),
  LLV0111: entry(
    '`{name}` wants a {wanted}, but `{found}` is a {kind}',
    'The name exists but stands for another kind of thing. Both ends are shown.\n\n  dataset scenes { … }\n  stage tune : train { from = scenes }      // weights come from stages\n  stage tune : train { data = scenes }      // right',
  ),
  LLV0112: entry(
    'stages wait for each other in a circle: {loop}',
    'A stage needs what the others make, and they need what it makes, so none could ever start. Each step of the circle is shown.\n\n  stage a : train { from = b … }\n  stage b : train { from = a … }            // take one out',
  ),
  LLV0201: entry(
    '`{name}` cannot be `{found}`',
    'The attribute takes one of a few words.\n\n  objective = contrast\n  objective = contrastive     // right',
  ),
  LLV0202: entry(
    '`{name}` cannot have the unit `{unit}`',
    'Units are checked: counts take K, M, B; fractions %; durations s, min, h, d; money usd; rates /s, /min, /h.\n\n  batch = 32s\n  batch = 32                  // right',
  ),
  LLV0203: entry(
    '`{name}` cannot be {found}',
    'The number lies outside what makes sense here.\n\n  batch = 0\n  batch = 1                   // right',
  ),
  LLV0204: entry(
    '`{name}` takes no settings in braces',
    'Only some values have settings, such as `cosine { warmup = 3% }`.\n\n  batch = 32 { keep = 2 }',
  ),
  LLV0205: entry(
    '`{name}` wants {wanted}, not {found}',
    'The value is of another kind than the attribute takes.\n\n  batch = "32"\n  batch = 32                  // right',
  ),
  LLV0206: entry(
    '`{name}` is a secret and may only come from an environment variable',
    'Secrets never stand in a file, a plan, a log or a report; only the name of the variable does.\n\n  key = "sk-…"\n  key = env("OPENAI_API_KEY") // right',
  ),
  LLV0207: entry(
    '`{name}` needs a unit',
    'A bare number would be a guess here.\n\n  backoff = 30\n  backoff = 30s               // right',
  ),
  LLV0208: entry(
    '`{name}` takes {wanted}, not {found}',
    'The form in round brackets has another number of arguments.\n\n  projector = mlp\n  projector = mlp(2, gelu)    // right',
  ),
  LLV0209: entry(
    'the param `{name}` cannot be `{found}`',
    'The param lists its allowed values after `in`; a value from `--set` or a variant must be one of them.\n\n  param scale = "13b" in ["7b", "13b"]\n  llava run FILE --set scale=7b',
  ),
  LLV0301: entry(
    '`{what}` = {value} is not a multiple of `{by}` = {divisor}',
    'These sizes must divide: width by heads, image by patch, heads by kv_heads, batch by micro_batch; a head of the language model has an even size, because rotary embedding turns pairs.\n\n  width = 65, heads = 4\n  width = 64, heads = 4       // right',
  ),
  LLV0302: entry(
    'the sizes of `{repo}` are not known: {missing}',
    'Nothing is loaded from the hub while a file is checked. The sizes come from a `config.json`, or are written in the braces.\n\n  language = hub("lmsys/vicuna-13b-v1.3") { config = "configs/vicuna-13b.json" }',
  ),
  LLV0303: entry(
    'cannot take sizes from `{file}`: {problem}',
    'The file named by `config` is absent, is not JSON, or describes another kind of model.\n\n  vision = hub("openai/clip-vit-large-patch14") { config = "configs/clip.json" }',
  ),
  LLV0304: entry(
    'stage `{stage}` needs the part `{part}`, which model `{model}` does not have',
    'The objective `instruct` trains vision, projector and language; `contrastive` vision and contrast; `text` language. A benchmark needs the parts that it measures.\n\n  model small { vision = clip { … } }\n  stage read : train { model = small  objective = text … }   // add `language = llama { … }`',
  ),
  LLV0305: entry(
    'there is no hidden state {layer} in {layers} layers',
    "Hidden states are counted from the end: -1 is the last layer's output, -2 the one before it, -(layers + 1) the embedding.\n\n  features = layer -9         // in a tower of 4 layers",
  ),
  LLV0306: entry(
    'a picture takes {image} tokens, but the longest sequence has {length}',
    'The tokens of a picture stand in the sequence with the text; nothing would be left for the text.\n\n  vision = clip { image = 48, patch = 4 … }       // 144 tokens\n  language = llama { context = 128 … }            // too short',
  ),
  LLV0401: entry(
    '`{name}` is empty',
    'A list of datasets needs at least one.\n\n  data = []\n  data = [scenes.train]       // right',
  ),
  LLV0402: entry(
    '`{name}` cannot use `{dataset}`: its format is {format}',
    'Each use takes certain formats: a text objective text, a contrastive one pictures with captions, an exam science_qa.\n\n  dataset corpus { format = text  from = world }\n  stage exam : evaluate { benchmark = science_qa(corpus) … }',
  ),
  LLV0403: entry(
    '`{dataset}` has no split `{split}`',
    'Which splits a dataset has depends on its format: science_qa has train, val and test; coco and text of a stage have train and val; files on disk are one split.\n\n  data = scenes.test\n  data = scenes.train         // right',
  ),
  LLV0404: entry(
    'dataset `{name}` lacks {missing}',
    'A dataset on disk names all of its files; one that a stage makes says `from = STAGE` instead.\n\n  dataset coco { format = coco  captions = "c.json"  instances = "i.json"  images = "train2014" }',
  ),
  LLV0405: entry(
    '{file} is not there',
    'A warning: the text may still be right, but a run will need the file. Paths in a file are relative to its folder; a path given by --set is relative to the current directory.\n\n  llava check FILE --set dir=../data/coco',
    'warning',
  ),
  LLV0501: entry(
    'nothing is trained in stage `{stage}`',
    'What no rule names is frozen, and every rule here freezes, or later rules freeze again what earlier ones unfroze.\n\n  freeze vision, projector, language\n  unfreeze projector lr 2e-3  // add this',
  ),
  LLV0502: entry(
    '`{pattern}` matches no parameter of stage `{stage}`: {problem}',
    "Patterns follow the model's parameter tree in Hugging Face's names: `vision`, `language.layers[0..15].self_attn`, `vision.layers[-2..]`, `*`. A pattern that reaches nothing is a typing mistake.\n\n  freeze visoin\n  freeze vision               // right",
  ),
  LLV0503: entry(
    '`{option}` on something that stays frozen',
    'A learning rate has no effect on what is frozen. Either the rule should say `unfreeze`, or a later rule undoes it.\n\n  freeze vision lr 2e-6\n  unfreeze vision lr 2e-6     // right',
  ),
  LLV0504: entry(
    'no learning rate for `{patterns}`',
    'What is trained needs a peak learning rate: in its rule, or as `lr` of the stage.\n\n  unfreeze projector\n  unfreeze projector lr 2e-3  // right',
  ),
  LLV0505: entry(
    '`at {unit} {value}` never comes: {run}',
    'Epochs and steps are counted from 0, so `at epoch 3` never comes in a stage of 3 epochs.\n\n  epochs = 3\n  at epoch 2 { unfreeze vision lr 2e-6 }    // the last epoch',
  ),
  LLV0506: entry('stage `{stage}` needs either `epochs` or `steps`', 'A stage has one length.\n\n  epochs = 1'),
  LLV0507: entry(
    'stage `{stage}` has neither a `model` nor a stage in `from` to take it from',
    'A stage trains the model it names, or that of the stage whose weights it goes on from; in a file with a single model, that one.\n\n  stage align : train { model = small … }',
  ),
  LLV0508: entry(
    'stage `{stage}` generates nothing',
    'All three counts are 0.\n\n  conversation = 58K   detail = 23K   reasoning = 77K',
  ),
  LLV0510: entry(
    'stage `{stage}` cannot train `{pattern}`: the objective `{objective}` does not use it',
    'Gradients reach only what the loss reads: `contrast` is read by the objective contrastive, the projector by instruct.\n\n  objective = instruct\n  unfreeze contrast lr 1e-3   // its gradient would be nothing',
  ),
  LLV0601: entry(
    'ablation `{name}` has no variants',
    'A table needs rows; the first variant is the base row.\n\n  variant base "Base" { }',
  ),
  LLV0602: entry(
    '`{verb}` has no place in a variant',
    'A variant changes values by their paths and takes stages out.\n\n  variant small "Small" { small.language.width = 64 }\n  variant scratch "From scratch" { without align }',
  ),
  LLV0603: entry(
    '`without {name}`: {problem}',
    '`without STAGE` takes a stage out; stages that went on from it go on from its own `from`. It cannot be taken out while another stage reads data that it makes or measures it.\n\n  variant from_scratch "From scratch" { without align }',
  ),
  LLV0604: entry(
    '`without {stage}` takes out the stage that `measure` names',
    'The table would have no number in this row.\n\n  measure = exam.accuracy\n  variant x "X" { without exam }',
  ),
  LLV0701: entry(
    '`--set {text}` is not of the form path=value',
    'Changes of the command line name a path and a value.\n\n  --set tune.batch=16\n  --set seeds=[1,2,3]',
  ),
  LLV0702: entry(
    '`{path}` changes nothing: there is no `{name}` {where}',
    '`--set` and variants change what exists: a param, or an attribute of a block by its path.\n\n  --set tune.bacth=16\n  --set tune.batch=16         // right',
  ),
  LLV0703: entry(
    '`{name}` is a `let` and cannot be changed',
    'A `let` is a name for a value inside the file; only a `param` may be changed from outside.\n\n  let width = 64\n  param width = 64            // can be changed',
  ),
  LLV0901: entry(
    '{what} is not supported yet',
    'The language will have it; this version does not. Write the block out, or use variants.',
  ),
} as const satisfies Record<string, CatalogueEntry>;

export type Code = keyof typeof CATALOGUE;
