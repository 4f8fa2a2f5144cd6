/**
 * The same training as `linear-model.ts`, written a second time in plain double precision: derivatives by hand, torch's formulas of
 * `clip_grad_norm_` and `AdamW` line by line. It shares no code with ops/.
 */
type Matrix = number[][];

const product = (a: Matrix, b: Matrix): Matrix =>
  a.map((row) => b[0]!.map((_, j) => row.reduce((s, x, k) => s + x * b[k]![j]!, 0)));
const turn = (a: Matrix): Matrix => a[0]!.map((_, j) => a.map((row) => row[j]!));
const rowsOf = (data: ArrayLike<number>, width: number): Matrix =>
  Array.from({ length: data.length / width }, (_, i) => Array.from({ length: width }, (_, j) => data[i * width + j]!));

interface Parameter {
  value: number[];
  m: number[];
  v: number[];
  decay: number;
}

export class Reference {
  readonly parameters: Record<'a' | 'b' | 'c', Parameter>;
  #t = 0;

  constructor(weights: Record<'a' | 'b' | 'c', ArrayLike<number>>, decay: Record<'a' | 'b' | 'c', number>) {
    const make = (name: 'a' | 'b' | 'c'): Parameter => {
      const value = Array.from(weights[name]);
      return { value, m: value.map(() => 0), v: value.map(() => 0), decay: decay[name] };
    };
    this.parameters = { a: make('a'), b: make('b'), c: make('c') };
  }

  step(
    x: ArrayLike<number>,
    y: ArrayLike<number>,
    lrs: Record<'a' | 'b' | 'c', number>,
    clip: number,
  ): { loss: number; norm: number } {
    const { a, b, c } = this.parameters;
    const [X, Y, A, B] = [rowsOf(x, 3), rowsOf(y, 2), rowsOf(a.value, 3), rowsOf(b.value, 4)];
    const H = product(X, turn(A));
    const out = product(H, turn(B)).map((row) => row.map((value, j) => value + c.value[j]!));
    const error = out.map((row, i) => row.map((value, j) => value - Y[i]![j]!));
    const loss = error.flat().reduce((s, e) => s + e * e, 0) / X.length;
    const dOut = error.map((row) => row.map((e) => (2 * e) / X.length));
    const grads = {
      a: product(turn(product(dOut, B)), X).flat(),
      b: product(turn(dOut), H).flat(),
      c: turn(dOut).map((column) => column.reduce((s, d) => s + d, 0)),
    };
    const norm = Math.sqrt(
      Object.values(grads)
        .flat()
        .reduce((s, d) => s + d * d, 0),
    );
    const scale = Math.min(1, clip / (norm + 1e-6));
    this.#t++;
    for (const name of ['a', 'b', 'c'] as const) this.#adamw(this.parameters[name], grads[name], scale, lrs[name]);
    return { loss, norm };
  }

  #adamw(p: Parameter, grads: number[], scale: number, lr: number): void {
    const [beta1, beta2, epsilon] = [0.9, 0.999, 1e-8];
    grads.forEach((unscaled, i) => {
      const grad = unscaled * scale;
      p.value[i]! *= 1 - lr * p.decay;
      p.m[i] = beta1 * p.m[i]! + (1 - beta1) * grad;
      p.v[i] = beta2 * p.v[i]! + (1 - beta2) * grad * grad;
      const denominator = Math.sqrt(p.v[i]!) / Math.sqrt(1 - beta2 ** this.#t) + epsilon;
      p.value[i]! -= ((lr / (1 - beta1 ** this.#t)) * p.m[i]!) / denominator;
    });
  }
}
