import type { Kind, QuestionAnswer } from './types.ts';

/** The reply is not in the form that was asked for. */
export class MalformedReply extends Error {
  override name = 'MalformedReply';
}

/** Read a chat model's reply: for `detail` the text as it is (`question` is what it answers), else strict Question/Answer turns. */
export function parseReply(kind: Kind, reply: string, question: string): QuestionAnswer[] {
  const text = reply.replace(/\r\n/g, '\n').trim();
  if (text === '') throw new MalformedReply('the reply is empty');
  if (kind === 'detail') {
    if (/^(Question|Answer):/m.test(text)) throw new MalformedReply('a description was asked for, not turns');
    return [{ question, answer: text }];
  }
  const parts = text.split(/\n===[ \t]*(?:\n|$)/).map((part) => part.trim());
  if (parts[parts.length - 1] === '') parts.pop();
  if (parts.length === 0 || parts.length % 2 !== 0)
    throw new MalformedReply('questions and answers do not come in pairs');
  const turns: QuestionAnswer[] = [];
  for (let i = 0; i < parts.length; i += 2) {
    turns.push({ question: after('Question:', parts[i]!), answer: after('Answer:', parts[i + 1]!) });
  }
  if (kind === 'complex_reasoning' && turns.length !== 1) throw new MalformedReply('one question was asked for');
  return turns;
}

function after(label: string, part: string): string {
  if (!part.startsWith(label)) throw new MalformedReply(`"${label}" is missing`);
  const rest = part.slice(label.length).trim();
  if (rest === '') throw new MalformedReply(`nothing stands after "${label}"`);
  if (rest.includes('<image>')) throw new MalformedReply('it holds the image marker');
  return rest;
}
