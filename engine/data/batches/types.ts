/** A matrix of whole numbers, as graphs take it. */
export interface IntMatrix {
  /** [rows, tokens]. */
  shape: readonly [number, number];
  data: Int32Array;
}

/** What one forward pass sees. */
export interface MicroBatch {
  /** Padded length: one of `TrainData.buckets`. */
  bucket: number;
  /** Names of the samples by row; '' for a row that only fills the shape up. */
  samples: string[];
  /** [B, L] token ids; for instruct image tokens stand where features go. Padded at the end. */
  inputIds: IntMatrix;
  /** [B, L], as inputIds where learnt and -100 elsewhere, not shifted. All -100 for contrastive. */
  labels: IntMatrix;
  /** [B] tokens of each row before the padding; 0 for a filling row. */
  lengths: Int32Array;
  /** [B] index into `TrainData.images`, -1 for a row without a picture. */
  imageIndex: Int32Array;
  /** Labels that are not -100 and have a token before them: the terms of the loss. */
  supervised: number;
}

export interface StepBatch {
  epoch: number;
  /** Forward passes of this optimizer step; weigh their mean losses by `supervised`. */
  micro: MicroBatch[];
}

/** Training data of one stage, opened: a pure function of (config, seed, step) from here on. */
export interface TrainData {
  /** Samples in an epoch. */
  length: number;
  stepsPerEpoch: number;
  /** Every length that a micro-batch can have, ascending. */
  buckets: number[];
  /** Absolute paths of the pictures in use, each once. */
  images: string[];
  /** Batch of an optimizer step, counted from 0 over all epochs. */
  batch(step: number): StepBatch;
}
