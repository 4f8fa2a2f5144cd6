import { CommanderError } from 'commander';
import { Cancelled, DataError, EnvironmentError } from '../../stages/types.ts';

/** What a shell sees: 0 done, 1 the file or the data is wrong, 2 usage, 3 the run failed, 4 the environment, 130 cancelled. */
export const ExitCode = { done: 0, data: 1, usage: 2, failed: 3, environment: 4, cancelled: 130 } as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** The command was called in a wrong way: exit code 2. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** The run ended with a failure that is neither the data's nor the machine's: exit code 3. */
export class RunFailed extends Error {
  override name = 'RunFailed';
}

/** Ends the command with a code when all that there is to say has been said already. */
export class Exit extends Error {
  override name = 'Exit';
  readonly code: ExitCode;
  constructor(code: ExitCode) {
    super('');
    this.code = code;
  }
}

/** The exit code that an error stands for; errors are told apart by name because some cross process borders. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof Exit) return error.code;
  if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.done : ExitCode.usage;
  const name = error instanceof Error ? error.name : '';
  if (error instanceof DataError || name === 'DataError') return ExitCode.data;
  if (error instanceof EnvironmentError || name === 'EnvironmentError') return ExitCode.environment;
  if (error instanceof UsageError) return ExitCode.usage;
  if (error instanceof Cancelled || name === 'Cancelled') return ExitCode.cancelled;
  return ExitCode.failed;
}

/** The sentence for the terminal; null where nothing more is to be said. */
export function sentenceOf(error: unknown): string | null {
  if (error instanceof Exit || error instanceof CommanderError) return null;
  if (!(error instanceof Error)) return String(error);
  const expected = exitCodeOf(error) !== ExitCode.failed || error instanceof RunFailed;
  if (expected && !process.env['LLAVA_DEBUG']) return error.message;
  return error.stack ?? error.message;
}
