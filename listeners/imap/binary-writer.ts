import type { MessageRecord } from '../../core/mailbox/mailbox-store.ts';
import { BodyMissing, type MessageBodies } from '../../core/mailbox/message-bodies.ts';
import { type BinarySource, binarySection, cutOctets, decodedOctets } from '../../core/message/binary-section.ts';
import { ConnectionLost } from '../net/connection.ts';
import type { Responses } from './responses.ts';
import { SectionCut } from './section-writer.ts';
import type { FetchItem } from './wire/command.ts';

type BinaryItem = Extract<FetchItem, { readonly item: 'BINARY' }>;
type SizeItem = Extract<FetchItem, { readonly item: 'BINARY.SIZE' }>;

/** Encoded parts up to here are decoded once and held, octets; larger ones are decoded twice: how long they are has to be told before. */
const mostHeld = 262_144;

/**
 * `BINARY[…]<offset>` and its octets (RFC 3516 section 4.2). NIL when the message has no such part, or its body is gone meanwhile.
 * @returns false when its encoding is not known; then it is told as NIL too
 */
export async function writeBinary(
  item: BinaryItem,
  record: MessageRecord,
  bodies: Pick<MessageBodies, 'read'>,
  out: Responses,
): Promise<boolean> {
  const { name, partial } = item;
  await out.raw(partial === undefined ? name : `${name}<${partial.offset}>`);
  const source = binarySection(record, item.path);
  if (source === undefined || source === 'unknown-encoding') {
    await out.raw(' NIL');
    return source === undefined;
  }
  const octets = (): AsyncIterable<Uint8Array> => {
    const all = octetsOf(source, record, bodies);
    return partial === undefined ? all : cutOctets(all, partial.offset, partial.count);
  };
  try {
    await (encodedSize(source) <= mostHeld ? writeHeld(octets(), out) : writeCounted(await counted(octets()), octets(), out));
  } catch (error) {
    if (!(error instanceof BodyMissing)) throw error;
    await out.raw(' NIL');
  }
  return true;
}

/** `BINARY.SIZE[…]`, exact: it costs as much as reading the part. @returns false when its encoding is not known */
export async function writeBinarySize(
  item: SizeItem,
  record: MessageRecord,
  bodies: Pick<MessageBodies, 'read'>,
  out: Responses,
): Promise<boolean> {
  const source = binarySection(record, item.path);
  let size = 0;
  try {
    if (source !== undefined && source !== 'unknown-encoding') size = await sizeOf(source, record, bodies);
  } catch (error) {
    if (!(error instanceof BodyMissing)) throw error;
  }
  await out.raw(`${item.name} ${size}`);
  return source !== 'unknown-encoding';
}

const octetsOf = (source: BinarySource, { body }: MessageRecord, bodies: Pick<MessageBodies, 'read'>): AsyncIterable<Uint8Array> =>
  decodedOctets(source, source.range.from < source.range.to ? bodies.read(body, source.range.from, source.range.to) : nothing());

async function* nothing(): AsyncGenerator<Uint8Array> {}

const encodedSize = ({ prefix, range }: BinarySource): number => prefix.length + Math.max(0, range.to - range.from);

async function sizeOf(source: BinarySource, record: MessageRecord, bodies: Pick<MessageBodies, 'read'>): Promise<number> {
  if (source.decoder === undefined) return encodedSize(source);
  return (await counted(octetsOf(source, record, bodies))).size;
}

interface Counted {
  readonly size: number;
  readonly hasNul: boolean;
}

async function counted(octets: AsyncIterable<Uint8Array>): Promise<Counted> {
  let size = 0;
  let hasNul = false;
  for await (const chunk of octets) {
    size += chunk.length;
    hasNul ||= chunk.includes(0);
  }
  return { size, hasNul };
}

/** NUL may stand in a literal8 alone. */
const announced = ({ size, hasNul }: Counted): string => ` ${hasNul ? '~' : ''}{${size}}\r\n`;

async function writeHeld(octets: AsyncIterable<Uint8Array>, out: Responses): Promise<void> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of octets) chunks.push(Buffer.from(chunk));
  const all = Buffer.concat(chunks);
  await out.raw(announced({ size: all.length, hasNul: all.includes(0) }));
  await out.octets(all);
}

async function writeCounted(told: Counted, octets: AsyncIterable<Uint8Array>, out: Responses): Promise<void> {
  await out.raw(announced(told));
  let left = told.size;
  try {
    for await (const chunk of octets) {
      left -= chunk.length;
      await out.octets(chunk);
    }
  } catch (error) {
    if (error instanceof ConnectionLost) throw error;
    throw new SectionCut(`a part of ${told.size} octets could not be read twice`, { cause: error });
  }
  if (left !== 0) throw new SectionCut(`a part had ${left} octets less when it was read again`);
}
