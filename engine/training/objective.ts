import type { TrainConfig } from '../../dsl/plan/types.ts';
import type { Binding } from '../../ops/backend/index.ts';
import type { Graph } from '../../ops/graph/index.ts';
import type { Tokenizer } from '../../ops/io/tokenizer/tokenizer.ts';
import type { TensorData } from '../../ops/io/safetensors/format.ts';
import type { Loss, MicroBatch } from '../../ops/train/index.ts';
import type { StageContext } from '../stages/types.ts';

export interface Preparation {
  context: StageContext<TrainConfig>;
  binding: Binding;
  /** All parameters of the stage's model, as they are before the first step. */
  weights: ReadonlyMap<string, TensorData>;
  tokenizer: Tokenizer;
  /** Parameters that some rule trains at some time. */
  everTrained: ReadonlySet<string>;
}

/** A stage's data as batches, and the loss on them. */
export interface Prepared {
  /** Samples of an epoch. */
  samples: number;
  /** Losses by batch shape. */
  buckets: Record<string, (g: Graph) => Loss>;
  /** Micro-batches of an optimizer step, counted from 0 over all epochs. */
  batch(step: number): Promise<MicroBatch[]>;
}

/** What is minimised. One file for each objective in `objectives/`, registered in `objectives/index.ts`. */
export interface Objective {
  /** The tokenizer's file in train artifacts, and the model's vocabulary that it must fit into. */
  tokenizerFile: string;
  vocabulary(config: TrainConfig): number;
  prepare(preparation: Preparation): Promise<Prepared>;
}
