import { readFile, writeFile } from 'node:fs/promises';
import { describeSystemError, FileFormatError } from '../error.ts';
import { Tokenizer } from './tokenizer.ts';

/** Hugging Face's `tokenizer.json` (tokenizers library, version 1.0 of the format), as far as byte-level BPE goes. */
interface TokenizerJson {
  added_tokens: { id: number; content: string; special: boolean }[];
  pre_tokenizer: unknown;
  model: { type: string; vocab: Record<string, number>; merges: (string | [string, string])[] };
}

const PRE_TOKENIZER = {
  type: 'Sequence',
  pretokenizers: [
    { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    { type: 'Digits', individual_digits: true },
  ],
};

const DECODER = {
  type: 'Sequence',
  decoders: [
    { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    { type: 'Strip', content: ' ', start: 1, stop: 0 },
  ],
};

/** The text of `tokenizer.json`; equal tokenizers give equal bytes. */
export function tokenizerToJson(tokenizer: Tokenizer): string {
  const json = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [...tokenizer.specials].map(([content, id]) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: PRE_TOKENIZER,
    post_processor: null,
    decoder: DECODER,
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: vocabulary(tokenizer),
      merges: tokenizer.merges.map(([left, right]) => `${left} ${right}`),
    },
  };
  return `${JSON.stringify(json, null, 1)}\n`;
}

export async function saveTokenizer(file: string, tokenizer: Tokenizer): Promise<void> {
  await writeFile(file, tokenizerToJson(tokenizer));
}

/** Read a byte-level BPE `tokenizer.json` that has the pre-tokenizer written here; any other kind is an error that says so. */
export async function loadTokenizer(file: string): Promise<Tokenizer> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new FileFormatError(file, describeSystemError(error));
  }
  return tokenizerFromJson(text, file);
}

/** Parse the text of a `tokenizer.json`; `file` is for messages. */
export function tokenizerFromJson(text: string, file = 'tokenizer.json'): Tokenizer {
  let json: TokenizerJson;
  try {
    json = JSON.parse(text) as TokenizerJson;
  } catch (error) {
    throw new FileFormatError(file, `is not JSON (${(error as Error).message})`);
  }
  const kind = json?.model?.type;
  if (kind !== 'BPE' || !isOurs(json.pre_tokenizer))
    throw new FileFormatError(
      file,
      `is a ${kind ?? 'nameless'} tokenizer of another kind; only byte-level BPE with single digits can be read`,
    );
  try {
    return new Tokenizer({
      tokens: tokensById(json),
      merges: json.model.merges.map((merge) => (typeof merge === 'string' ? splitMerge(merge) : merge)),
      specials: json.added_tokens.filter(({ special }) => special).map(({ content }) => content),
    });
  } catch (error) {
    throw new FileFormatError(file, (error as Error).message);
  }
}

function vocabulary(tokenizer: Tokenizer): Record<string, number> {
  // A token may be spelled like a number, and such keys would come first in an object: JSON order does not matter to readers.
  return Object.fromEntries(tokenizer.tokens.map((token, id) => [token, id]));
}

function tokensById(json: TokenizerJson): string[] {
  const tokens: string[] = [];
  for (const [token, id] of Object.entries(json.model.vocab)) tokens[id] = token;
  for (const { id, content } of json.added_tokens) tokens[id] = content;
  for (let id = 0; id < tokens.length; id++) if (tokens[id] === undefined) throw new Error(`no token has the id ${id}`);
  return tokens;
}

function splitMerge(merge: string): [string, string] {
  const [left, right, ...rest] = merge.split(' ');
  if (!left || !right || rest.length > 0) throw new Error(`"${merge}" is not a merge of two tokens`);
  return [left, right];
}

function isOurs(preTokenizer: unknown): boolean {
  const parts = (preTokenizer as { pretokenizers?: Record<string, unknown>[] } | null)?.pretokenizers;
  if (!Array.isArray(parts) || parts.length !== 2) return false;
  const [bytes, digits] = parts as [Record<string, unknown>, Record<string, unknown>];
  return (
    bytes.type === 'ByteLevel' &&
    bytes.add_prefix_space === true &&
    bytes.use_regex !== false &&
    digits.type === 'Digits' &&
    digits.individual_digits === true
  );
}
