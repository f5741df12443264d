import { findPart, type OctetRange, type ReadableMessage } from './read-section.ts';
import { type TransferDecoder, transferDecoder } from './transfer-decoding.ts';

/** A part without its transfer encoding: what `decoder` makes of the octets in `range`, behind `prefix` (latin1). */
export interface BinarySource {
  readonly prefix: string;
  readonly range: OctetRange;
  /** undefined: the octets are what they are, and their number is known. */
  readonly decoder: (() => TransferDecoder) | undefined;
}

const identity: ReadonlySet<string> = new Set(['7bit', '8bit', 'binary']);
const encodings: ReadonlySet<string> = new Set(['base64', 'quoted-printable']);

/**
 * @param path of the part; [] is the whole message, as it is (RFC 3516 section 4.2)
 * @returns undefined when there is no such part
 */
export function binarySection({ prefix, facts }: ReadableMessage, path: readonly number[]): BinarySource | 'unknown-encoding' | undefined {
  const { structure } = facts;
  if (path.length === 0) return { prefix, range: { from: structure.headerStart, to: structure.bodyEnd }, decoder: undefined };
  const part = findPart(structure, path);
  if (part === undefined) return undefined;
  const { encoding } = part;
  const range = { from: part.bodyStart, to: part.bodyEnd };
  // What has parts may not be encoded itself (RFC 2045 section 6.4), whatever it says.
  if (part.parts !== undefined || identity.has(encoding)) return { prefix: '', range, decoder: undefined };
  if (!encodings.has(encoding)) return 'unknown-encoding';
  return { prefix: '', range, decoder: () => transferDecoder(encoding) };
}

/** @param read octets of the range. @returns the part's own octets, none of the pieces empty */
export async function* decodedOctets(
  { prefix, decoder }: BinarySource,
  read: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (prefix !== '') yield Buffer.from(prefix, 'latin1');
  const decoding = decoder?.();
  for await (const chunk of read) {
    const octets = decoding === undefined ? chunk : decoding.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    if (octets.length > 0) yield octets;
  }
  const last = decoding?.end();
  if (last !== undefined && last.length > 0) yield last;
}

/** Cuts `<offset.count>` out of octets; what is behind is not asked for. */
export async function* cutOctets(
  octets: AsyncIterable<Uint8Array>,
  offset: number,
  count: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  let at = 0;
  for await (const chunk of octets) {
    const piece = chunk.subarray(Math.max(0, offset - at), Math.max(0, offset + count - at));
    at += chunk.length;
    if (piece.length > 0) yield piece;
    if (at >= offset + count) return;
  }
}
