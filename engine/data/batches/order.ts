import { Stream, permutation } from '../../../ops/train/rng.ts';

export interface OrderOptions {
  /** Samples of each data set. */
  sizes: readonly number[];
  /** `concat`: every sample once an epoch. `uniform`: the data set of each place is drawn with equal probability. */
  sample: 'concat' | 'uniform';
  seed: number;
  batch: number;
  /** Leave out the last batch of an epoch when it is not full. */
  dropLast: boolean;
}

/**
 * Which samples make up which step: a pure function of (seed, step), so going on after an interruption needs no stored state.
 * An epoch is as long as all data sets together; batches never reach into the next epoch (Hugging Face's Trainer).
 */
export class SampleOrder {
  readonly length: number;
  readonly stepsPerEpoch: number;
  private readonly options: OrderOptions;
  private cached: { epoch: number; order: Uint32Array } | null = null;

  constructor(options: OrderOptions) {
    this.options = options;
    this.length = options.sizes.reduce((a, b) => a + b, 0);
    const batches = this.length / options.batch;
    this.stepsPerEpoch = options.dropLast ? Math.floor(batches) : Math.ceil(batches);
  }

  /** Sample numbers (data sets one after the other) of optimizer step `step`, counted from 0; the last of an epoch may be shorter. */
  at(step: number): { epoch: number; indices: Uint32Array } {
    const epoch = Math.floor(step / this.stepsPerEpoch);
    const first = (step - epoch * this.stepsPerEpoch) * this.options.batch;
    if (this.cached?.epoch !== epoch) this.cached = { epoch, order: this.epochOrder(epoch) };
    return { epoch, indices: this.cached.order.slice(first, first + this.options.batch) };
  }

  private epochOrder(epoch: number): Uint32Array {
    const { sizes, sample, seed } = this.options;
    if (sample === 'concat' || sizes.length === 1)
      return Uint32Array.from(permutation(seed, `order of epoch ${epoch}`, this.length));
    // Within one data set samples come in shuffled rounds: none a second time before each has been seen once.
    const starts = sizes.map((_, d) => sizes.slice(0, d).reduce((a, b) => a + b, 0));
    const drawn = sizes.map(() => 0);
    const rounds: ArrayLike<number>[] = [];
    const draws = new Stream(seed, `data set in epoch ${epoch}`);
    const order = new Uint32Array(this.length);
    for (let i = 0; i < this.length; i++) {
      const d = draws.below(sizes.length);
      const size = sizes[d]!;
      const place = drawn[d]! % size;
      if (place === 0)
        rounds[d] = permutation(seed, `order of data set ${d} in epoch ${epoch}, round ${drawn[d]! / size}`, size);
      order[i] = starts[d]! + rounds[d]![place]!;
      drawn[d]!++;
    }
    return order;
  }
}
