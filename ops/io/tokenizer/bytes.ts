/**
 * Byte-level BPE writes each byte as one visible character, so that a token is a string without spaces or control characters
 * (GPT-2; Radford et al. 2019, section 2.2). Bytes that print as Latin-1 characters stand for themselves, the others follow from U+0100 on.
 */
const CHAR_OF_BYTE: readonly string[] = (() => {
  const printable = (byte: number) =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff);
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(printable(byte) ? byte : next++));
})();

const BYTE_OF_CHAR: ReadonlyMap<string, number> = new Map(CHAR_OF_BYTE.map((char, byte) => [char, byte]));

/** The 256 characters, in the order of Hugging Face's alphabet (by code point). */
export const BYTE_ALPHABET: readonly string[] = [...CHAR_OF_BYTE].sort();

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** UTF-8 bytes of `text`, a character each. */
export function textToByteChars(text: string): string {
  let chars = '';
  for (const byte of encoder.encode(text)) chars += CHAR_OF_BYTE[byte]!;
  return chars;
}

/** The inverse; bytes that are not valid UTF-8 become U+FFFD. */
export function byteCharsToText(chars: string): string {
  const bytes = new Uint8Array(chars.length);
  for (let i = 0; i < chars.length; i++) {
    const byte = BYTE_OF_CHAR.get(chars[i]!);
    if (byte === undefined) throw new Error(`"${chars[i]}" is not a character of the byte-level alphabet`);
    bytes[i] = byte;
  }
  return decoder.decode(bytes);
}
