import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { writeFileWhole } from '../store/files.ts';

/**
 * Appends rows of numbers to a JSON Lines file. After a restart from a checkpoint a stage records some steps again: the first row
 * with a `step` removes the rows of that step and later ones, so that the file reads as if nothing had happened.
 */
export class Rows {
  readonly #file: string;
  #begun = false;

  constructor(file: string) {
    this.#file = file;
  }

  append(row: Record<string, number>): void {
    if (!this.#begun) this.#rewind(row['step']);
    this.#begun = true;
    appendFileSync(this.#file, `${JSON.stringify(row)}\n`);
  }

  #rewind(step: number | undefined): void {
    if (!existsSync(this.#file)) return;
    const kept = readRows(this.#file).filter(
      (row) => step === undefined || row['step'] === undefined || row['step'] < step,
    );
    writeFileWhole(this.#file, kept.map((row) => `${JSON.stringify(row)}\n`).join(''));
  }
}

/** The rows of such a file; a last line that a crash cut off is left out. */
export function readRows(file: string): Record<string, number>[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line) => {
      try {
        return line === '' ? [] : [JSON.parse(line) as Record<string, number>];
      } catch {
        return [];
      }
    });
}
