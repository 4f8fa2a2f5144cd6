import type { HostTensor } from '../../ops/graph/index.ts';
import { loadPixels } from '../data/images.ts';
import { floatTensor } from './host.ts';

/** Decoded pictures are kept up to this many bytes. */
const KEPT_BYTES = 1 << 30;

/** Pictures as CLIP's pixels [B, 3, S, S]; small collections are decoded once and kept. */
export class PixelSource {
  readonly #paths: readonly string[];
  readonly #size: number;
  readonly #kept: (Float32Array | undefined)[];
  readonly #keep: number;

  constructor(paths: readonly string[], size: number) {
    this.#paths = paths;
    this.#size = size;
    this.#kept = new Array<Float32Array | undefined>(paths.length);
    this.#keep = Math.floor(KEPT_BYTES / (this.#each * Float32Array.BYTES_PER_ELEMENT));
  }

  get #each(): number {
    return 3 * this.#size * this.#size;
  }

  /** Pictures by number; −1 gives zeros. */
  async batch(indices: Int32Array): Promise<HostTensor> {
    const data = new Float32Array(indices.length * this.#each);
    await Promise.all(
      Array.from(indices, async (index, row) => {
        if (index >= 0) data.set(await this.#one(index), row * this.#each);
      }),
    );
    return floatTensor([indices.length, 3, this.#size, this.#size], data);
  }

  async #one(index: number): Promise<Float32Array> {
    const known = this.#kept[index];
    if (known) return known;
    const pixels = await loadPixels(this.#paths[index]!, this.#size);
    if (index < this.#keep) this.#kept[index] = pixels;
    return pixels;
  }
}
