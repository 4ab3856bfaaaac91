// Bytes of programs in JSON: as text where they are UTF-8, else as base64 that is marked so.
import { isUtf8 } from 'node:buffer';

/** `encoding` is there only where `text` is base64. */
export interface TextOrBase64 {
  readonly text: string;
  readonly encoding?: 'base64';
}

/** Lossless: a part of a character makes it base64. */
export function textOrBase64(bytes: Uint8Array): TextOrBase64 {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return isUtf8(buffer)
    ? { text: buffer.toString('utf8') }
    : { text: buffer.toString('base64'), encoding: 'base64' };
}

/** The reverse, for input. Throws nothing: what is no base64 was refused by the schema. */
export function bytesOf(text: string, encoding: string | undefined): Buffer {
  return Buffer.from(text, encoding === 'base64' ? 'base64' : 'utf8');
}

/**
 * How many of the bytes are whole characters: fewer than all where a UTF-8 character was cut at the end.
 * Elsewhere nothing is looked at, so that what is no UTF-8 stays as it is.
 */
export function wholeCharacters(bytes: Uint8Array): number {
  const end = bytes.length;
  for (let back = 1; back <= Math.min(3, end); back += 1) {
    const byte = bytes[end - back] ?? 0;
    if (byte >> 6 === 0b10) continue;
    return lengthOfCharacter(byte) > back ? end - back : end;
  }
  return end;
}

/** By its first byte (RFC 3629). */
function lengthOfCharacter(first: number): number {
  if (first >= 0xf0 && first <= 0xf4) return 4;
  if (first >= 0xe0 && first <= 0xef) return 3;
  return first >= 0xc2 && first <= 0xdf ? 2 : 1;
}
