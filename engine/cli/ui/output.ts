import pc from 'picocolors';

/** stdout carries the answer and nothing else. */
export function answer(text: string): void {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
}

/** The answer for machines. */
export function answerJson(value: unknown): void {
  answer(JSON.stringify(value, null, 2));
}

/** One line to stderr for the person who waits. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** `error: …` on stderr. */
export function complain(text: string): void {
  say(`${colors(process.stderr).red('error:')} ${text}`);
}

/** `warning: …` on stderr. */
export function warn(text: string): void {
  say(`${colors(process.stderr).yellow('warning:')} ${text}`);
}

/** Colours only on a terminal, and never against NO_COLOR. */
export function hasColor(stream: NodeJS.WriteStream): boolean {
  return Boolean(stream.isTTY) && !process.env['NO_COLOR'];
}

export function colors(stream: NodeJS.WriteStream): ReturnType<typeof pc.createColors> {
  return pc.createColors(hasColor(stream));
}
