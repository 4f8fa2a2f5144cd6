/**
 * Random numbers of the mini world: a counter through the SplitMix64 finaliser (Steele, Lea and Flood, 2014), cut to 32 bits
 * of arithmetic that JavaScript does exactly. Every thing drawn has a named stream of its own, so that asking for more
 * questions does not change the pictures.
 */

/** The 32-bit finaliser of MurmurHash3: every input bit changes about half of the output bits. */
function mix(x: number): number {
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return mix(h);
}

export class Random {
  private counter = 0;
  private readonly a: number;
  private readonly b: number;

  /** The same seed and name give the same numbers on every machine. */
  constructor(seed: number, name: string) {
    this.a = mix((seed >>> 0) ^ hash(name));
    this.b = mix(hash(`${name}/${String(seed)}`) ^ 0x9e3779b9) | 1;
  }

  /** An integer in [0, 2³²). */
  bits(): number {
    this.counter += 1;
    return mix(mix(this.a + Math.imul(this.counter, 0x9e3779b9)) ^ Math.imul(this.counter, this.b));
  }

  /** A real number in [0, 1). */
  real(): number {
    return this.bits() / 4294967296;
  }

  /** A real number in [low, high). */
  between(low: number, high: number): number {
    return low + (high - low) * this.real();
  }

  /** An integer in [0, n). */
  below(n: number): number {
    return Math.floor(this.real() * n);
  }

  chance(p: number): boolean {
    return this.real() < p;
  }

  /** One item; throws when there is none. */
  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new Error('pick: no items');
    return items[this.below(items.length)]!;
  }

  /** Index drawn in proportion to the weights. */
  weighted(weights: readonly number[]): number {
    let at = this.real() * weights.reduce((sum, w) => sum + w, 0);
    for (let i = 0; i < weights.length; i++) {
      at -= weights[i]!;
      if (at < 0) return i;
    }
    return weights.length - 1;
  }

  /** A shuffled copy (Fisher and Yates). */
  shuffle<T>(items: readonly T[]): T[] {
    const copy = [...items];
    for (let i = copy.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [copy[i], copy[j]] = [copy[j]!, copy[i]!];
    }
    return copy;
  }

  /** `n` different items in random order; all of them when there are fewer. */
  sample<T>(items: readonly T[], n: number): T[] {
    return this.shuffle(items).slice(0, n);
  }
}
