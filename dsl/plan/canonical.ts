import { createHash } from 'node:crypto';

/** JSON with sorted keys and no blanks: equal values give equal bytes. Numbers as ECMAScript writes them (RFC 8785). */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, v]) => v !== undefined);
    entries.sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, v]) => `${JSON.stringify(key)}:${canonicalJson(v)}`).join(',')}}`;
  }
  if (typeof value === 'number' && !Number.isFinite(value)) throw new Error(`${value} has no place in a plan`);
  return JSON.stringify(value);
}

/** `name-` + 8 hex digits of the SHA-256 over the canonical JSON of `meaning`. */
export function contentId(name: string, meaning: unknown): string {
  return `${name}-${createHash('sha256').update(canonicalJson(meaning)).digest('hex').slice(0, 8)}`;
}
