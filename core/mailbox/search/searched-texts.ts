import { casemap } from '../../message/casemap.ts';
import { decodedText } from '../../message/decoded-text.ts';
import type { Envelope, MessageFacts, MimePart } from '../../values/message-facts.ts';
import { addressText, everyFieldValue, headerText } from './text-match.ts';

/** A stretch of a text in the form in which searches compare it, see casemap. A needle may stand across pieces of one text. */
export interface Piece {
  readonly text: string;
  /** Another text begins here. */
  readonly begins: boolean;
}

/** Octets of the stored body. */
export type Read = (from: number, to: number) => AsyncIterable<Uint8Array>;

/** Octets that are decoded together. Decoders may read broken octets differently in other pieces, so pieces are always cut alike. */
const pieceSize = 65_536;

/** The texts of a body: its text parts, and headers of messages inside it. */
export async function* bodyPieces(structure: MimePart, read: Read): AsyncGenerator<Piece> {
  for (const region of searchableRegions(structure)) yield* piecesOf(region, read);
}

type Region = { readonly from: number; readonly to: number; readonly part?: MimePart };

function searchableRegions(part: MimePart): readonly Region[] {
  if (part.parts !== undefined) return part.parts.flatMap(searchableRegions);
  if (part.message !== undefined) {
    const inner = part.message.structure;
    return [{ from: inner.headerStart, to: inner.bodyStart }, ...searchableRegions(inner)];
  }
  return part.type === 'text' ? [{ from: part.bodyStart, to: part.bodyEnd, part }] : [];
}

async function* piecesOf({ from, to, part }: Region, read: Read): AsyncGenerator<Piece> {
  // A nested header is small: gathered whole, so that encoded-words over line ends decode.
  if (part === undefined) return yield { text: casemap(headerText(await gathered(read(from, to)))), begins: true };
  const decoder = decodedText(part);
  let begins = true;
  for await (const octets of inPieces(read(from, to))) {
    yield { text: casemap(decoder.write(octets)), begins };
    begins = false;
  }
  yield { text: casemap(decoder.end()), begins };
}

/** Pieces of the same size whatever chunks the octets come in; only the last one is smaller. */
async function* inPieces(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; ) {
      const part = chunk.subarray(at, at + pieceSize - size);
      held.push(part);
      size += part.length;
      at += part.length;
      if (size < pieceSize) continue;
      yield joined(held);
      held = [];
      size = 0;
    }
  }
  if (size > 0) yield joined(held);
}

const joined = (parts: readonly Uint8Array[]): Uint8Array => (parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts));

async function gathered(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all).toString('latin1');
}

/** Every text of a stored body that a search key compares: the header block, its fields, what the envelope tells, the body. */
export async function* searchedPieces(facts: MessageFacts, read: Read): AsyncGenerator<Piece> {
  yield* headerPieces(await gathered(read(0, facts.structure.bodyStart)), facts.envelope);
  yield* bodyPieces(facts.structure, read);
}

/** @param header latin1 */
export function* headerPieces(header: string, envelope: Envelope): Generator<Piece> {
  const whole = casemap(headerText(header));
  yield { text: whole, begins: true };
  // Nearly all of them stand in the header as it is: only those that decode differently by themselves are texts of their own.
  for (const text of [...everyFieldValue(header), ...envelopeTexts(envelope)].map(casemap)) {
    if (!whole.includes(text)) yield { text, begins: true };
  }
}

/** Characters of an envelope's texts that are worth keeping beside it. */
const mostOfEnvelope = 16_384;

/** @returns all that the envelope tells, as searches compare it, a line for each; undefined when it is too much */
export function envelopeText(envelope: Envelope): string | undefined {
  const text = envelopeTexts(envelope).map(casemap).join('\n');
  return text.length <= mostOfEnvelope ? text : undefined;
}

function envelopeTexts(envelope: Envelope): readonly string[] {
  const { subject, messageId, inReplyTo, from, to, cc, bcc } = envelope;
  const raw = [subject, messageId, inReplyTo].filter((text) => text !== undefined);
  return [...raw.map(headerText), ...[from, to, cc, bcc].map(addressText)];
}
