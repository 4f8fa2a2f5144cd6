/** The part of docs/language.md that no table holds. */
export const INTRODUCTION = `
<!-- Made by \`node dsl/docs/write.ts\` from the schema table and the catalogue of diagnostics; change those, not this file. -->

# The .llava language

An experiment is one text file. It declares models, datasets and stages; references between them make the graph, and the compiler
turns the whole into a plan (JSON, schema in \`dsl/plan/schema.json\`) that the engine runs. The same text gives the same plan, byte for byte.

\`\`\`llava
experiment example

param width = 96                              // llava run FILE --set width=64

model small {
  vision    = clip  { layers = 4, width = 64, heads = 4, image = 48, patch = 16 }
  language  = llama { layers = 3, width = width, heads = 4, context = 160, template = short }
}

stage world : synthesize { images = 6K }
dataset scenes { format = coco  from = world }

stage align : train {
  model    = small
  data     = scenes.train
  freeze   vision, language
  unfreeze projector lr 2e-3
  epochs   = 1   batch = 32
}
\`\`\`

## Text
- \`// comments\` run to the end of the line. Blocks have braces; entries stand on lines of their own or are separated by commas or blanks.
- Names are letters, digits and \`_\`. No word is reserved: \`model\` begins a block at the top and is an attribute in a stage.
- Numbers carry units (\`58K\`, \`3%\`, \`30s\`, \`500 usd\`, \`200/min\`); a unit where none fits is an error.
- Strings stand in double quotes; \`\${name}\` puts in a param or a let; \`\\"\`, \`\\\\\`, \`\\n\`, \`\\t\` and \`\\$\` are escapes.
- \`env("NAME")\` is a secret: only the variable's name is ever in a plan.
- Lists: \`[1, 2, 3]\`. Settings of a value follow it in braces: \`cosine { warmup = 3% }\`.

## Blocks
| written | means |
|---|---|
| \`experiment NAME\` | the name; required, once |
| \`param NAME = VALUE in [VALUES]\` | a value that \`--set\` and variants may change; \`in\` lists what is allowed and may be left out |
| \`let NAME = VALUE\` | a name for a value |
| \`model NAME { … }\` | vision tower, projector, language model |
| \`dataset NAME { format = … }\` | files on disk, or files that a stage makes (\`from = STAGE\`) |
| \`stage NAME : KIND { … }\` | a piece of work; kinds: synthesize, generate, train, evaluate |
| \`ablation NAME { … }\` | variants of the experiment, side by side |
| \`assert STAGE.METRIC >= 0.8\` | checked when the stage has ended; a false one fails the run. Also inside a stage: \`assert METRIC > 0.5\` |

A stage's references order it: \`from\`, \`data\`, \`model\` and \`benchmark\` hand something on, \`after\` only orders. Circles are errors.

## Freeze and unfreeze
Statements of a train stage, in order; later ones win, and what none names is frozen:

\`\`\`llava
freeze   vision, language
unfreeze projector lr 2e-3
unfreeze language.layers[16..31].self_attn lr 2e-5 weight_decay 0.1 decay 0.9 per layer
at epoch 2 { unfreeze vision.layers[-2..] lr 2e-6 }
checkpoint every 500 steps keep 2
\`\`\`

- Patterns follow the parameter tree in Hugging Face's names. \`[0..15]\` counts from 0 and includes both ends, \`[-2..]\` are the last two, \`[3]\` is one,
  \`[*]\` all; \`*\` is any name. A pattern that reaches nothing is an error, and so is a bound outside the layers.
- \`lr\` is the peak learning rate, by default the stage's \`lr\`; \`weight_decay\` the stage's. \`decay 0.9 per layer\` multiplies the rate by 0.9 for
  each layer between a parameter and the last layer of its tower.
- \`at epoch N\` and \`at step N\` add rules from then on; both count from 0.
- Without \`checkpoint\`, one is written every 100 steps and the last two are kept.

## Ablations
\`\`\`llava
ablation science_qa {
  measure = exam.accuracy
  variant best         "Best variant"          { }                                paper 90.92
  variant answer_first "Predict answer first"  { tune.order = answer_first }      paper 89.77
  variant from_scratch "Training from scratch" { without align }                  paper 85.81
  seeds = [1, 2, 3]
}
\`\`\`

- A variant changes values by their paths: a param (\`scale = "7b"\`), an attribute of a block (\`tune.batch = 16\`), a setting below it
  (\`small.language.width = 64\`, \`tune.schedule.warmup = 5%\`). \`--set path=value\` does the same from the command line, for every variant.
- \`without STAGE\` takes a stage out; stages that go on from it go on from its own \`from\`.
- The first variant is the base row. \`paper\` is the published figure.
- Each variant runs once with each seed. A stage's seed is the variant's unless it says \`seed = N\`; without an ablation it is the file's \`seed\`, or 0.
- A stage's id is its name and a hash of its kind, its config, its inputs' ids and its seed: equal ids are one piece of work, however many variants
  name it. Parts of the model that a stage does not read are not in its config, so changing them does not change its id.

## Files and paths
- A path in a file is relative to the file's folder. A path whose leading piece came from \`--set\` is relative to the current directory.
- A dataset \`from\` a synthesize stage finds its files by format and split: coco \`captions_SPLIT.json\`, \`instances_SPLIT.json\`, \`images/\` (train without a
  split); text \`text.txt\` (\`text_SPLIT.txt\`); science_qa \`science_qa/problems.json\`, \`science_qa/pid_splits.json\`, \`science_qa/images/\`.
- A generate stage is itself a dataset of format instruct.

## Not yet
\`import\`, copies with changes (\`model small = llava { … }\`) and \`sweep\` are read and answered with one diagnostic (LLV0901).
`;
