/** A JSON object of unknown content, read field by field; each wrong field is an error that names it. */
export class ConfigFields {
  readonly #fields: Record<string, unknown>;
  readonly #where: string;

  constructor(value: unknown, where = '') {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new Error(`${where === '' ? 'config.json' : `\`${where}\``} must be a JSON object`);
    }
    this.#fields = value as Record<string, unknown>;
    this.#where = where;
  }

  has(name: string): boolean {
    return this.#fields[name] !== undefined && this.#fields[name] !== null;
  }

  /** An object inside this one; an absent one is empty, so that all its fields take their defaults. */
  inner(name: string): ConfigFields {
    return new ConfigFields(this.#fields[name] ?? {}, this.#path(name));
  }

  size(name: string, fallback: number): number {
    const value = this.number(name, fallback);
    if (!Number.isInteger(value) || value < 1) throw this.wrong(name, 'a whole number of at least 1');
    return value;
  }

  number(name: string, fallback: number): number {
    if (!this.has(name)) return fallback;
    const value = this.#fields[name];
    if (typeof value !== 'number' || !Number.isFinite(value)) throw this.wrong(name, 'a number');
    return value;
  }

  flag(name: string, fallback: boolean): boolean {
    if (!this.has(name)) return fallback;
    const value = this.#fields[name];
    if (typeof value !== 'boolean') throw this.wrong(name, 'true or false');
    return value;
  }

  text(name: string): string | null {
    if (!this.has(name)) return null;
    const value = this.#fields[name];
    if (typeof value !== 'string') throw this.wrong(name, 'a string');
    return value;
  }

  /** One of the words that we can honour; anything else would be another model than the one that we build. */
  choice<T extends string>(name: string, allowed: readonly T[], fallback: T): T {
    const value = this.text(name) ?? fallback;
    if (!(allowed as readonly string[]).includes(value))
      throw this.wrong(name, allowed.map((a) => `"${a}"`).join(' or '));
    return value as T;
  }

  /** The first entry of `architectures`, where there is one. */
  architecture(): string | null {
    const list = this.#fields['architectures'];
    return Array.isArray(list) && typeof list[0] === 'string' ? list[0] : null;
  }

  wrong(name: string, wanted: string): Error {
    const value = JSON.stringify(this.#fields[name]) ?? 'absent';
    return new Error(`\`${this.#path(name)}\` in config.json is ${value}; supported: ${wanted}`);
  }

  #path(name: string): string {
    return this.#where === '' ? name : `${this.#where}.${name}`;
  }
}
