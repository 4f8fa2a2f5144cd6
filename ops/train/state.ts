import type { TensorData } from '../io/safetensors/format.ts';

/** All that a training run has learnt so far; a trainer made of it goes on bit for bit. */
export interface TrainerState {
  /** Every parameter by name, frozen ones too. */
  weights: Map<string, TensorData>;
  /** AdamW's first moments of the parameters that have ever been trained. */
  m: Map<string, TensorData>;
  /** AdamW's second moments. */
  v: Map<string, TensorData>;
  /** Updates that each parameter has had: t of its bias corrections. Absent is 0. */
  counts: Map<string, number>;
}

/** The state before any training. */
export function initialState(weights: ReadonlyMap<string, TensorData>): TrainerState {
  return { weights: new Map(weights), m: new Map(), v: new Map(), counts: new Map() };
}
