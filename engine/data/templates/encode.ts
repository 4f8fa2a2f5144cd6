import type { TemplateName } from '../../../dsl/plan/types.ts';
import { DataError } from '../../stages/types.ts';
import type { Sample, Turn } from '../types.ts';
import { TEMPLATES } from './index.ts';
import type { Segment } from './segment.ts';

/** Label of a position that is not learnt from (Hugging Face's and PyTorch's ignore_index). */
export const IGNORE = -100;

/** What is needed of a tokenizer (ops/io/tokenizer). */
export interface TextTokenizer {
  /** Special tokens by their spelling. */
  specials: ReadonlyMap<string, number>;
  /** Ids of a text in which special tokens are ordinary characters. */
  encodeText(text: string): number[];
}

export interface Encoding {
  template: TemplateName;
  tokenizer: TextTokenizer;
  /** Tokens that one picture becomes. */
  imageTokens: number;
  /** Id that stands at the places of image features. */
  imageTokenId: number;
}

export interface EncodedSample {
  /** Token ids, image tokens included. */
  ids: Int32Array;
  /** As `ids` where the model learns, IGNORE elsewhere. Not shifted: position i is predicted from those before it. */
  labels: Int32Array;
  /** Labels that are not IGNORE. */
  supervised: number;
}

/**
 * Tokens and labels of a conversation, cut off after `length` tokens.
 * Throws a DataError that names the sample when nothing supervised remains or when the cut goes through its picture.
 */
export function encodeSample(sample: Sample, encoding: Encoding, length: number): EncodedSample {
  const { ids, labels } = encodeSegments(TEMPLATES[encoding.template].conversation(sample.turns), encoding);
  const whole = labels.some((label) => label !== IGNORE);
  if (!whole)
    throw new DataError(
      `sample ${sample.id}: there is nothing to learn from in it (no answer of the assistant). Take it out of the data.`,
    );
  const cut = ids.length > length;
  if (cut && ids.lastIndexOf(encoding.imageTokenId) >= length) {
    throw new DataError(
      `sample ${sample.id}: its picture does not fit into ${length} tokens (${encoding.imageTokens} image tokens). Raise \`length\` (or the model's \`context\`).`,
    );
  }
  if (cut) {
    ids.length = length;
    labels.length = length;
  }
  const supervised = labels.reduce((n, label) => (label === IGNORE ? n : n + 1), 0);
  if (supervised === 0) {
    throw new DataError(
      `sample ${sample.id}: cut off after ${length} tokens, before its first answer begins. Raise \`length\` (or the model's \`context\`), or take it out of the data.`,
    );
  }
  return { ids: Int32Array.from(ids), labels: Int32Array.from(labels), supervised };
}

/** Token ids up to the place where the answer begins; what generation starts from. `turns` end with the user's. */
export function encodePrompt(turns: readonly Turn[], encoding: Encoding): number[] {
  return encodeSegments(TEMPLATES[encoding.template].prompt(turns), encoding).ids;
}

function encodeSegments(segments: readonly Segment[], encoding: Encoding): { ids: number[]; labels: number[] } {
  const ids: number[] = [];
  const labels: number[] = [];
  const put = (id: number, supervised: boolean): void => {
    ids.push(id);
    labels.push(supervised ? id : IGNORE);
  };
  for (const segment of segments) {
    if (segment.kind === 'image') for (let i = 0; i < encoding.imageTokens; i++) put(encoding.imageTokenId, false);
    else if (segment.kind === 'begin') putSpecial('<s>', false);
    else if (segment.kind === 'end') putSpecial('</s>', segment.supervised);
    else for (const id of encoding.tokenizer.encodeText(segment.text)) put(id, segment.supervised);
  }
  return { ids, labels };

  /** A tokenizer without this special token (some have no `<s>`) goes without it. */
  function putSpecial(token: string, supervised: boolean): void {
    const id = encoding.tokenizer.specials.get(token);
    if (id !== undefined) put(id, supervised);
  }
}
