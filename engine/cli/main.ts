import { Command } from 'commander';
import { pathToFileURL } from 'node:url';
import { commands } from './commands/index.ts';
import { exitCodeOf, sentenceOf } from './ui/exit.ts';
import { complain } from './ui/output.ts';

/** Runs one command line (without `node` and the script) and answers its exit code; errors have been printed by then. */
export async function main(argv: string[]): Promise<number> {
  ignoreClosedPipes();
  const program = new Command('llava')
    .description('Experiments of visual instruction tuning: a language, a durable workflow engine, tensor ops.')
    .version('0.1.0')
    .exitOverride()
    .showSuggestionAfterError()
    .showHelpAfterError('(llava --help lists the commands)');
  try {
    const named = commands.find((entry) => entry.name === argv.find((word) => !word.startsWith('-')));
    for (const entry of named ? [named] : commands) (await entry.load()).register(program);
    for (const command of program.commands) command.exitOverride().showSuggestionAfterError();
    if (argv.length === 0) {
      program.outputHelp();
      return 0;
    }
    await program.parseAsync(argv, { from: 'user' });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    const sentence = sentenceOf(error);
    if (sentence !== null) complain(sentence);
    return exitCodeOf(error);
  }
}

/** `llava runs | head` ends without a stack trace. */
function ignoreClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(0);
      throw error;
    });
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const code = await main(process.argv.slice(2));
  process.exitCode = code;
  // Sockets of a finished client may linger; all output has been flushed when this fires.
  setTimeout(() => process.exit(code), 100).unref();
}
