import { existsSync, readFileSync } from 'node:fs';

/** The one way in which the compiler touches the disk. Paths are absolute, or relative to the process's folder. */
export interface FileReader {
  exists(path: string): boolean;
  /** The text of a file, or null when it cannot be read. */
  read(path: string): string | null;
}

export const nodeFiles: FileReader = {
  exists: existsSync,
  read(path) {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      return null;
    }
  },
};

/** A reader that knows no files, for texts that stand alone. */
export const noFiles: FileReader = { exists: () => false, read: () => null };
