/** A file that is not what its format demands: names the file, what is wrong and, where it helps, how to mend it. */
export class FileFormatError extends Error {
  override name = 'FileFormatError';
  readonly file: string;

  constructor(file: string, problem: string) {
    super(`${file}: ${problem}`);
    this.file = file;
  }
}

/** The sentence of an operating-system error, without its stack: `no such file`, `permission denied`. */
export function describeSystemError(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ENOENT') return 'no such file or folder';
  if (code === 'EACCES' || code === 'EPERM') return 'permission denied';
  if (code === 'EISDIR') return 'is a folder, a file was expected';
  return error instanceof Error ? error.message : String(error);
}
