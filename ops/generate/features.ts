import { load } from '../backend/index.ts';
import type { Binding, Executable, ExecutorKind } from '../backend/index.ts';
import type { HostTensor } from '../graph/index.ts';
import { Program } from '../graph/index.ts';
import { featureCount, visionFeatures } from '../models/clip.ts';
import type { ModelConfig, VisionConfig } from '../models/config.ts';
import { required } from '../models/config.ts';
import { weightsOf } from '../models/weights.ts';

/** The vision tower by itself: pictures → features, for towers that are frozen and for prompts. */
export class VisionEncoder {
  /** Numbers of one picture's features [N, W]. */
  readonly featureSize: number;
  /** [N, W] */
  readonly featureShape: readonly [number, number];
  readonly #vision: VisionConfig;
  readonly #batch: number;
  readonly #executable: Executable;

  /** `weights` holds the vision tower under canonical names (others are ignored); `batch` pictures go through at once. */
  constructor(
    binding: Binding,
    config: ModelConfig,
    weights: ReadonlyMap<string, { shape: readonly number[]; data: HostTensor['data'] }>,
    options: { batch: number; executor?: ExecutorKind },
  ) {
    const vision = required(config, 'vision');
    this.#vision = vision;
    this.#batch = options.batch;
    this.featureShape = [featureCount(vision), vision.width];
    this.featureSize = this.featureShape[0] * this.featureShape[1];
    const program = new Program();
    program.define('encode', (g) => ({
      features: visionFeatures(weightsOf(g, config), vision, g.input('pixel_values', this.#pixelShape())),
    }));
    this.#executable = load(binding, program, options.executor);
    const values = new Map<string, HostTensor>();
    for (const { name } of program.variables.values()) {
      const given = weights.get(name);
      if (!given) throw new Error(`cannot encode pictures: the weight "${name}" is missing`);
      values.set(name, { dtype: 'f32', shape: given.shape, data: given.data });
    }
    this.#executable.write(values);
  }

  /** Normalised pixels of up to `batch` pictures, [count, 3, S, S] → features [count, N, W]. */
  encode(pixels: Float32Array): Float32Array {
    const size = 3 * this.#vision.image ** 2;
    const count = pixels.length / size;
    if (!Number.isInteger(count) || count > this.#batch)
      throw new Error(`${pixels.length} pixel values are not up to ${this.#batch} pictures of ${size}`);
    const full = count === this.#batch ? pixels : new Float32Array(this.#batch * size);
    if (full !== pixels) full.set(pixels);
    const feeds: Record<string, HostTensor> = {
      pixel_values: { dtype: 'f32', shape: this.#pixelShape(), data: full },
    };
    const { features } = this.#executable.run('encode', feeds);
    return (features!.data as Float32Array).slice(0, count * this.featureSize);
  }

  dispose(): void {
    this.#executable.dispose();
  }

  #pixelShape(): number[] {
    return [this.#batch, 3, this.#vision.image, this.#vision.image];
  }
}
