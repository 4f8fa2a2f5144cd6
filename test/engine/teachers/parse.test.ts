import { describe, expect, it } from 'vitest';
import { MalformedReply, parseReply } from '../../../engine/data/teachers/parse.ts';

describe('parseReply', () => {
  it('reads turns between lines of equals signs', () => {
    const reply = 'Question:\nHow many?\n===\nAnswer:\nTwo.\n===\nQuestion:\nWhere?\n===\nAnswer:\nLeft.\n\nBoth.\n===';
    expect(parseReply('conversation', reply, '')).toEqual([
      { question: 'How many?', answer: 'Two.' },
      { question: 'Where?', answer: 'Left.\n\nBoth.' },
    ]);
  });

  it('takes a description as it is and gives it its question', () => {
    expect(parseReply('detail', ' A dog.\n', 'Describe.')).toEqual([{ question: 'Describe.', answer: 'A dog.' }]);
  });

  it.each([
    ['conversation', ''],
    ['conversation', 'Just some text'],
    ['conversation', 'Question:\nHow?\n===\nAnswer:\nSo.\n===\nQuestion:\nWhy?'],
    ['conversation', 'Question:\n\n===\nAnswer:\nSo.'],
    ['conversation', 'Question:\nWhat is <image>?\n===\nAnswer:\nSo.'],
    ['detail', 'Question:\nHow?\n===\nAnswer:\nSo.'],
    ['complex_reasoning', 'Question:\nA\n===\nAnswer:\nB\n===\nQuestion:\nC\n===\nAnswer:\nD'],
  ] as const)('refuses a malformed %s: %j', (kind, reply) => {
    expect(() => parseReply(kind, reply, 'Describe.')).toThrow(MalformedReply);
  });
});
