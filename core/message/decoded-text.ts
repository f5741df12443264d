import libmime from 'libmime';
import type { MimePart } from '../values/message-facts.ts';
import { charsetDecoder, guessText } from './charset.ts';
import { paramOf } from './mime-params.ts';
import { transferDecoder } from './transfer-decoding.ts';

/** Longer header texts are searched as they stand: nobody reads them, and decoding costs more than looking. */
const maxDecoded = 262_144;

/** @param raw octets of an unfolded header text as latin1. @returns it in Unicode, encoded-words decoded (RFC 2047); never throws */
export function decodeHeaderText(raw: string): string {
  const text = guessText(raw);
  if (raw.length > maxDecoded || !text.includes('=?')) return text;
  try {
    return libmime.decodeWords(text);
  } catch {
    return text;
  }
}

/** Transfer encoding and charset of a part undone piece by piece; what comes out is bounded by what goes in. */
export function decodedText(part: MimePart): { write(chunk: Uint8Array): string; end(): string } {
  const transfer = transferDecoder(part.encoding);
  const charset = charsetDecoder(paramOf(part.params, 'charset'));
  return {
    write: (chunk) => charset.write(transfer.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))),
    end: () => charset.write(transfer.end()) + charset.end(),
  };
}
