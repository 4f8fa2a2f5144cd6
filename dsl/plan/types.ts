/**
 * The plan: what a `.llava` file means, as plain data. Everything after the compiler reads only this.
 *
 * A plan holds no time, no absolute path, no secret. The same text (and the same `--set`) gives the same plan, byte for byte.
 * The JSON schema in `schema.json` beside this file is its published form; `validate.ts` checks a plan against it.
 */

export const PLAN_VERSION = 'llava-plan/1';

/** A file that the experiment names: as written, relative to the experiment file's folder. */
export interface FileOnDisk {
  file: string;
}

/** A file inside the artifact that another stage makes. */
export interface FileOfStage {
  stage: StageId;
  path: string;
}

export type FileRef = FileOnDisk | FileOfStage;

/** `name-xxxxxxxx`: the stage's name and a hash of all it means (kind, config, seed, inputs' ids). Equal ids are equal work. */
export type StageId = string;

export interface Plan {
  version: typeof PLAN_VERSION;
  experiment: string;
  /** Every distinct piece of work, in an order in which each stage follows its inputs. */
  stages: StageNode[];
  /** One entry for each variant and seed; an experiment without an ablation has the single variant `main`. */
  variants: VariantPlan[];
  ablations: AblationPlan[];
}

export interface StageNode {
  id: StageId;
  /** The block's name in the text, e.g. `tune`. Several nodes share it when variants differ. */
  name: string;
  kind: StageKindName;
  config: StageConfig;
  /** Stages whose artifacts this one reads (found in its config too), without repeats. */
  inputs: StageId[];
  /** Stages that must end before this one starts although it reads nothing of them. */
  after: StageId[];
  seed: number;
  retry: RetryPlan;
  asserts: AssertPlan[];
}

export type StageKindName = StageConfig['kind'];

export interface RetryPlan {
  /** Attempts after the first one. */
  times: number;
  backoffSeconds: number;
}

/** `assert exam.accuracy > 0.5`: checked when the stage has ended; a false one fails the run. */
export interface AssertPlan {
  metric: string;
  op: '>' | '>=' | '<' | '<=' | '==' | '!=';
  value: number;
  /** The source line, for the message. */
  text: string;
}

export interface VariantPlan {
  /** `best#1` (variant, seed), `main#0` where there is no ablation. Unique within the plan. */
  id: string;
  ablation: string | null;
  name: string;
  label: string;
  seed: number;
  /** Stage name → the node that does it in this variant. */
  stages: Record<string, StageId>;
}

export interface AblationPlan {
  name: string;
  /** `exam.accuracy` → stage `exam`, metric `accuracy`. */
  measure: { stage: string; metric: string };
  seeds: number[];
  /** In the order of the text; the first is the base row. */
  rows: { name: string; label: string; paper: number | null }[];
}

export type StageConfig = SynthesizeConfig | GenerateConfig | TrainConfig | EvaluateConfig;

/**
 * `stage world : synthesize { images = 6000 … }`: the mini world. Its artifact holds, per split,
 * `images/*.png`, `captions_SPLIT.json`, `instances_SPLIT.json` (COCO), `text.txt`, `science_qa/problems.json`, `science_qa/pid_splits.json`.
 */
export interface SynthesizeConfig {
  kind: 'synthesize';
  world: 'scenes';
  /** Pictures of the training split. */
  images: number;
  /** Pictures of the validation split. */
  validationImages: number;
  /** Side of a picture in pixels. */
  imageSize: number;
  /** Documents in the text corpus. */
  documents: number;
  /** Science questions per split. */
  questions: { train: number; val: number; test: number };
}

/** `stage instruct : generate`: GPT-assisted data generation (LLaVA, section 3). */
export interface GenerateConfig {
  kind: 'generate';
  from: DatasetPlan;
  teacher: TeacherPlan;
  conversation: number;
  detail: number;
  reasoning: number;
}

export type TeacherPlan =
  | { kind: 'offline' }
  | {
      kind: 'openai';
      model: string;
      keyEnv: string;
      baseUrl: string | null;
      budgetUsd: number | null;
      perMinute: number | null;
    };

export type Objective =
  /** Multimodal instruction following: next-token loss on the assistant's tokens (LLaVA, equation 3). */
  | 'instruct'
  /** CLIP's symmetric contrastive loss between pictures and captions; trains `vision` and `contrast`. */
  | 'contrastive'
  /** Plain next-token loss on packed text; trains `language`. */
  | 'text';

export interface TrainConfig {
  kind: 'train';
  objective: Objective;
  model: ModelPlan;
  /** Stages whose weights this one starts from; a later one wins where two hold the same module. Empty: random or hub weights. */
  from: StageId[];
  data: TrainDataPlan[];
  /** How several datasets are mixed: `concat` (all samples once an epoch) or `uniform` (datasets drawn with equal probability). */
  sample: 'concat' | 'uniform';
  /** For science_qa data: lecture and explanation before the answer, or after it (paper, section 5.2). */
  order: 'reason_first' | 'answer_first';
  /** In order of the text; later rules win. What no rule names is frozen. */
  rules: FreezeRule[];
  /** `at epoch N { … }`, `at step N { … }`: more rules from then on, in order. Epochs and steps count from 0. */
  changes: { at: { epoch: number } | { step: number }; rules: FreezeRule[] }[];
  /** Exactly one of the two is not null. */
  epochs: number | null;
  steps: number | null;
  /** Samples per optimizer step (for `text`: sequences of `model.language.context` tokens or of `length`). */
  batch: number;
  /** Samples per forward pass; divides batch. */
  microBatch: number;
  /** Longest sequence in tokens, image tokens included. */
  length: number;
  schedule: SchedulePlan;
  optimizer: { beta1: number; beta2: number; epsilon: number; weightDecay: number };
  /** Clip gradients to this global norm; null: do not. */
  clip: number | null;
  checkpoint: { everySteps: number; keep: number };
  precision: 'f32';
}

export interface TrainDataPlan {
  dataset: DatasetPlan;
  /** Use only the first N samples, in file order; null: all. */
  limit: number | null;
}

export interface SchedulePlan {
  kind: 'constant' | 'linear' | 'cosine';
  /** Fraction of all steps, or a number of steps. */
  warmup: { fraction: number } | { steps: number };
}

export interface FreezeRule {
  verb: 'freeze' | 'unfreeze';
  /** Module path patterns as written: `vision`, `language.layers[0..15].self_attn`, `vision.layers[-2..]`, `*`. */
  patterns: string[];
  /** Peak learning rate of these parameters; null: that of the stage (a rule without one and a stage without one is an error). */
  lr: number | null;
  weightDecay: number | null;
  /** `decay 0.9 per layer`: the rate times 0.9 to the power of the distance from the tower's last layer; null: no decay. */
  decayPerLayer: number | null;
}

export interface EvaluateConfig {
  kind: 'evaluate';
  model: StageId;
  /** The model's description, as in the train stage that made it. */
  modelPlan: ModelPlan;
  benchmark: BenchmarkPlan;
  /** As trained; how the answer is asked for and read. */
  order: 'reason_first' | 'answer_first';
}

export type BenchmarkPlan =
  | { kind: 'science_qa'; data: DatasetPlan; limit: number | null; maxNewTokens: number }
  /** A linear classifier of an object attribute on patch features: how much the vision tower sees. Metric `accuracy` in 0–1. */
  | { kind: 'linear_probe'; data: DatasetPlan; attribute: 'shape' | 'color'; limit: number | null }
  /** Next-token accuracy and perplexity on held-out text; `letter_accuracy`: of the option letter that ends a question. */
  | { kind: 'text_probe'; data: DatasetPlan; limit: number | null };

export type DatasetPlan =
  | { format: 'coco'; name: string; captions: FileRef; instances: FileRef; images: FileRef; samples: number | null }
  /** LLaVA-Instruct JSON: `[{ id, image?, conversations: [{ from, value }] }]`; image–text pairs in the paper's naive expansion have the same form. */
  | { format: 'instruct'; name: string; file: FileRef; images: FileRef | null; samples: number | null }
  /** Image–text pairs (CC-595K's chat.json, or COCO captions): one question of a list, the caption is the answer. */
  | { format: 'image_text'; name: string; file: FileRef; images: FileRef; samples: number | null }
  | {
      format: 'science_qa';
      name: string;
      problems: FileRef;
      splits: FileRef;
      images: FileRef | null;
      split: 'train' | 'val' | 'test' | null;
      samples: number | null;
    }
  /** Plain text, documents separated by blank lines. */
  | { format: 'text'; name: string; file: FileRef; samples: number | null };

/** The parts of a model that a stage needs; parts that it does not touch are null, so that changing them does not change its key. */
export interface ModelPlan {
  name: string;
  vision: VisionPlan | null;
  contrast: ContrastPlan | null;
  projector: ProjectorPlan | null;
  language: LanguagePlan | null;
}

/** CLIP ViT (pre-LN, quick-GELU), sizes as in Hugging Face's CLIPVisionConfig. */
export interface VisionPlan {
  source: WeightSource;
  layers: number;
  width: number;
  heads: number;
  mlp: number;
  /** Pixels of a side. */
  image: number;
  patch: number;
  layerNormEps: number;
  /** Standard deviation of random patch and position embeddings (Hugging Face's name; 0.02 there too). */
  initializerRange: number;
  activation: 'quick_gelu' | 'gelu';
  /** Hidden state that the projector reads: -2 is before the last layer, -1 the last; null where the stage does not read it. */
  featureLayer: number | null;
  /** `patches` drops the class token. */
  featureSelect: 'patches' | 'patches_and_class' | null;
}

/** CLIP's text side, only for the contrastive objective: text transformer, both projections, temperature. */
export interface ContrastPlan {
  layers: number;
  width: number;
  heads: number;
  mlp: number;
  /** Longest caption in tokens. */
  context: number;
  /** Size of the shared embedding. */
  embed: number;
  vocab: number;
}

export interface ProjectorPlan {
  /** `linear` has one layer (the paper's W); `mlp(n)` has n with GELU between. */
  layers: number;
  activation: 'gelu';
  bias: boolean;
}

/** LLaMA, sizes as in Hugging Face's LlamaConfig. */
export interface LanguagePlan {
  source: WeightSource;
  layers: number;
  width: number;
  heads: number;
  kvHeads: number;
  headDim: number;
  mlp: number;
  vocab: number;
  context: number;
  ropeTheta: number;
  rmsNormEps: number;
  /** Standard deviation of random starting weights (Hugging Face's name; 0.02 there too). */
  initializerRange: number;
  tieEmbeddings: boolean;
  /** Conversation template; null where the stage does not read it. */
  template: TemplateName | null;
  tokenizer: TokenizerPlan;
}

export type TemplateName = 'vicuna_v1' | 'plain' | 'short';

export type TokenizerPlan =
  /** Byte-level BPE learnt by the stage that trains the language model on text. */
  | { kind: 'bpe' }
  /** tokenizer.json or tokenizer.model of the hub folder. */
  | { kind: 'hub' };

/** Where weights begin: random, or a Hugging Face folder. */
export type WeightSource = { kind: 'random' } | { kind: 'hub'; repo: string };
