import { load } from '../backend/index.ts';
import type { Binding, Executable, ExecutorKind } from '../backend/index.ts';
import type { HostTensor } from '../graph/index.ts';
import { sizeOf } from '../graph/index.ts';
import { featureCount } from '../models/clip.ts';
import type { ModelConfig } from '../models/config.ts';
import { required } from '../models/config.ts';
import { imageSlots } from '../models/slots.ts';
import { generationProgram, prefillName, stepsName } from './program.ts';

export interface GeneratorOptions {
  /** Prompts decoded at once. */
  batch: number;
  /** Prompt lengths to pad to; a prompt goes with the smallest that holds it. Each one used costs a graph. */
  buckets: readonly number[];
  /** New tokens of an answer at most, the end token included. */
  maxNewTokens: number;
  /** Decoding of a row stops after this token. */
  eos: number;
  /** Fills prompts up; any token, it is never looked at. */
  pad: number;
  /** Stands in the prompt once for each feature of its picture; null for a model without pictures. */
  imageToken: number | null;
  executor?: ExecutorKind;
  /** New tokens per call of the executor. */
  stepsPerCall?: number;
}

export interface Prompt {
  ids: ArrayLike<number>;
  /** Features [N, Wv] of the prompt's picture, as the vision tower makes them. */
  features?: Float32Array;
}

/** After each batch: how many prompts have their answers. */
export type OnProgress = (done: number, total: number) => void;

const STEPS_PER_CALL = 4;

/** Greedy decoding in batches with a key–value cache: the likeliest token, again and again, until the end token or the limit. */
export class Generator {
  readonly #config: ModelConfig;
  readonly #options: GeneratorOptions;
  readonly #executable: Executable;
  readonly #buckets: readonly number[];
  readonly #steps: number;
  readonly #pictures: boolean;

  /** `weights` holds the language model and, with pictures, the projector, under canonical names; others are ignored. */
  constructor(
    binding: Binding,
    config: ModelConfig,
    weights: ReadonlyMap<string, { shape: readonly number[]; data: HostTensor['data'] }>,
    options: GeneratorOptions,
  ) {
    this.#config = config;
    this.#options = options;
    this.#pictures = options.imageToken !== null;
    this.#buckets = [...new Set(options.buckets)].sort((a, b) => a - b);
    this.#steps = Math.min(options.stepsPerCall ?? STEPS_PER_CALL, Math.max(1, options.maxNewTokens - 1));
    const slots = Math.ceil(Math.max(1, options.maxNewTokens - 1) / this.#steps) * this.#steps;
    const shape = { batch: options.batch, buckets: this.#buckets, slots, steps: this.#steps, pictures: this.#pictures };
    const program = generationProgram(config, shape);
    this.#executable = load(binding, program, options.executor);
    const values = new Map<string, HostTensor>();
    for (const { name, shape: size } of program.variables.values()) {
      const given = weights.get(name);
      if (given) values.set(name, { dtype: 'f32', shape: given.shape, data: given.data });
      else if (name.startsWith('cache.'))
        values.set(name, { dtype: 'f32', shape: size, data: new Float32Array(sizeOf(size)) });
      else throw new Error(`cannot generate: the weight "${name}" is missing`);
    }
    this.#executable.write(values);
  }

  /**
   * The answers' tokens in the order of the prompts, without the end token. Prompts of similar length are decoded together; a prompt's
   * answer does not depend on its batch (up to rounding).
   */
  async generate(
    prompts: readonly Prompt[],
    options: { signal?: AbortSignal; onProgress?: OnProgress } = {},
  ): Promise<number[][]> {
    const answers: number[][] = prompts.map(() => []);
    const order = prompts.map((_, i) => i).sort((a, b) => prompts[a]!.ids.length - prompts[b]!.ids.length || a - b);
    for (let start = 0; start < order.length; start += this.#options.batch) {
      options.signal?.throwIfAborted();
      const rows = order.slice(start, start + this.#options.batch);
      const decoded = this.#decode(rows.map((i) => prompts[i]!));
      rows.forEach((prompt, row) => (answers[prompt] = decoded[row]!));
      options.onProgress?.(start + rows.length, prompts.length);
      // Executors block: let heartbeats and signals through between batches.
      await new Promise((resolve) => setImmediate(resolve));
    }
    return answers;
  }

  /** Frees the weights and the cache. */
  dispose(): void {
    this.#executable.dispose();
  }

  #decode(prompts: readonly Prompt[]): number[][] {
    const { maxNewTokens, eos, batch } = this.#options;
    const longest = prompts.reduce((most, { ids }) => Math.max(most, ids.length), 0);
    const bucket = this.#buckets.find((length) => length >= longest);
    if (bucket === undefined)
      throw new Error(`a prompt of ${longest} tokens does not fit the largest bucket, ${this.#buckets.at(-1)}`);
    const answers: number[][] = prompts.map(() => []);
    const open = new Set(answers.keys());
    const take = (row: number, token: number) => {
      if (!open.has(row)) return;
      if (token !== eos) answers[row]!.push(token);
      if (token === eos || answers[row]!.length >= maxNewTokens) open.delete(row);
    };
    const inputs = this.#promptInputs(prompts, bucket);
    let token = this.#executable.run(prefillName(bucket), inputs).token!;
    for (const row of answers.keys()) take(row, token.data[row]!);
    for (let call = 0; open.size > 0; call++) {
      const feeds = {
        token,
        lengths: inputs.lengths!,
        call: { dtype: 'i32' as const, shape: [], data: Int32Array.of(call) },
      };
      const { data } = this.#executable.run(stepsName(bucket), feeds).tokens!;
      for (const row of answers.keys())
        for (let step = 0; step < this.#steps; step++) take(row, data[row * this.#steps + step]!);
      const newest = Int32Array.from({ length: batch }, (_, row) => data[(row + 1) * this.#steps - 1]!);
      token = { dtype: 'i32', shape: [batch], data: newest };
    }
    return answers;
  }

  #promptInputs(prompts: readonly Prompt[], bucket: number): Record<string, HostTensor> {
    const { batch, pad, imageToken } = this.#options;
    const ids = new Int32Array(batch * bucket).fill(pad);
    // Rows beyond the prompts are one token long: their answers are thrown away.
    const lengths = new Int32Array(batch).fill(1);
    prompts.forEach((prompt, row) => {
      if (prompt.ids.length === 0) throw new Error('a prompt must hold at least one token');
      ids.set(prompt.ids, row * bucket);
      lengths[row] = prompt.ids.length;
    });
    const inputs: Record<string, HostTensor> = {
      input_ids: { dtype: 'i32', shape: [batch, bucket], data: ids },
      lengths: { dtype: 'i32', shape: [batch], data: lengths },
    };
    if (imageToken === null) return inputs;
    const vision = required(this.#config, 'vision');
    const size = featureCount(vision) * vision.width;
    const features = new Float32Array(batch * size);
    const imageOfRow = new Int32Array(batch).fill(-1);
    prompts.forEach((prompt, row) => {
      if (!prompt.features) return;
      if (prompt.features.length !== size)
        throw new Error(`a picture has ${prompt.features.length} feature values, the model reads ${size}`);
      features.set(prompt.features, row * size);
      imageOfRow[row] = row;
    });
    const slots = imageSlots(ids, bucket, imageToken, featureCount(vision), imageOfRow);
    inputs.image_slots = { dtype: 'i32', shape: [batch, bucket], data: slots };
    inputs.image_features = { dtype: 'f32', shape: [batch, featureCount(vision), vision.width], data: features };
    return inputs;
  }
}
