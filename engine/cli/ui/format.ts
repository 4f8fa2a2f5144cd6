/** `7s`, `3m 05s`, `2h 10m`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m ${String(seconds % 60).padStart(2, '0')}s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours}h ${String(minutes % 60).padStart(2, '0')}m`;
  return `${Math.floor(hours / 24)}d ${hours % 24}h`;
}

/** `12`, `3.4k`, `1.2M`: for rates and counts where three digits are enough. */
export function short(n: number): string {
  if (Math.abs(n) >= 999_500) return `${(n / 1e6).toFixed(1)}M`;
  if (Math.abs(n) >= 999.5) return `${(n / 1000).toFixed(1)}k`;
  return String(Math.round(n));
}

/** `[######----]` with `width` cells. */
export function bar(fraction: number, width: number): string {
  const full = Math.round(Math.min(1, Math.max(0, fraction)) * width);
  return '█'.repeat(full) + '░'.repeat(width - full);
}

/** Columns padded to their widest cell, two blanks between them; numbers are right-aligned where `right` says so. */
export function columns(rows: string[][], right: number[] = []): string {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, cell.length)));
  const pad = (cell: string, i: number): string =>
    right.includes(i) ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0);
  return rows.map((row) => row.map(pad).join('  ').trimEnd()).join('\n');
}
