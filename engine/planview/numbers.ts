/** `595,375` */
export function whole(n: number): string {
  return Math.round(n).toLocaleString('en-US');
}

/** Three digits and a prefix: `1.23 PFLOP`, `48.6 TFLOP`. */
export function flops(n: number): string {
  return scaled(n, 1000, ['FLOP', 'kFLOP', 'MFLOP', 'GFLOP', 'TFLOP', 'PFLOP', 'EFLOP', 'ZFLOP']);
}

/** Three digits and a binary prefix: `52.1 GiB`. */
export function bytes(n: number): string {
  return scaled(n, 1024, ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']);
}

/** `13.0B`, `303M`, `5,248`: parameters and tokens in a sentence. */
export function compact(n: number): string {
  if (n < 100_000) return whole(n);
  const [unit, size] = n >= 1e12 ? (['T', 1e12] as const) : n >= 1e9 ? (['B', 1e9] as const) : (['M', 1e6] as const);
  return `${digits(n / size)}${unit}`;
}

/** A rate as people write it: `2e-3`, `0.05`, `1`. */
export function rate(n: number): string {
  const exact = Number(n.toPrecision(3));
  return exact !== 0 && exact <= 0.01 ? exact.toExponential() : String(exact);
}

/** `13 h 10 min` */
export function minutes(n: number): string {
  const total = Math.ceil(n);
  const hours = Math.floor(total / 60);
  return hours === 0 ? `${total} min` : `${hours} h ${total % 60} min`;
}

function scaled(n: number, base: number, units: string[]): string {
  let step = 0;
  let value = n;
  while (value >= base && step < units.length - 1) {
    value /= base;
    step += 1;
  }
  return `${digits(value)} ${units[step]}`;
}

function digits(value: number): string {
  return value >= 100 ? whole(value) : value.toPrecision(3);
}
