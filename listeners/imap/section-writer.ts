import type { MessageRecord } from '../../core/mailbox/mailbox-store.ts';
import { BodyMissing, type MessageBodies } from '../../core/mailbox/message-bodies.ts';
import { cutSection, filterHeader, readSection, type SectionSource } from '../../core/message/read-section.ts';
import { ConnectionLost } from '../net/connection.ts';
import type { Responses } from './responses.ts';
import type { FetchItem } from './wire/command.ts';

type SectionItem = Extract<FetchItem, { readonly item: 'SECTION' }>;

/** A response ended short of what was begun or announced: the client can't be brought back into step. */
export class SectionCut extends Error {
  override readonly name = 'SectionCut';
}

/** `BODY[...]<offset>` and its octets. NIL when the message has no such part, or its body is gone meanwhile (RFC 2180 section 4.1.3). */
export async function writeSection(
  item: SectionItem,
  record: MessageRecord,
  bodies: Pick<MessageBodies, 'read'>,
  out: Responses,
): Promise<void> {
  const { name, partial } = item;
  await out.raw(partial === undefined ? name : `${name}<${partial.offset}>`);
  const source = readSection(record, item.section);
  if (source === undefined) return out.raw(' NIL');
  if (source.filter !== undefined) return writeFiltered(source, item, record, bodies, out);
  await stream(partial === undefined ? source : cutSection(source, partial.offset, partial.count), record, bodies, out);
}

async function writeFiltered(
  source: SectionSource,
  { partial }: SectionItem,
  record: MessageRecord,
  bodies: Pick<MessageBodies, 'read'>,
  out: Responses,
) {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of bodies.read(record.body, source.range.from, source.range.to)) chunks.push(chunk);
  } catch (error) {
    if (error instanceof BodyMissing) return out.raw(' NIL');
    throw error;
  }
  const header = source.prefix + Buffer.concat(chunks).toString('latin1');
  const kept = source.filter === undefined ? header : filterHeader(header, source.filter);
  const told = partial === undefined ? kept : kept.slice(partial.offset, partial.offset + partial.count);
  await out.raw(` {${told.length}}\r\n${told}`);
}

/** The size is announced when the first chunk is there, so that a missing body can still be told as NIL. */
async function stream(
  { prefix, range, size }: SectionSource,
  record: MessageRecord,
  bodies: Pick<MessageBodies, 'read'>,
  out: Responses,
): Promise<void> {
  if (range.from >= range.to) return out.raw(` {${size}}\r\n${prefix}`);
  let left = range.to - range.from;
  let announced = false;
  try {
    for await (const chunk of bodies.read(record.body, range.from, range.to)) {
      if (!announced) await out.raw(` {${size}}\r\n${prefix}`);
      announced = true;
      left -= chunk.length;
      await out.octets(chunk);
    }
  } catch (error) {
    if (error instanceof BodyMissing && !announced) return out.raw(' NIL');
    if (error instanceof ConnectionLost) throw error;
    throw new SectionCut(`a body of ${size} octets could not be read`, { cause: error });
  }
  if (left !== 0) throw new SectionCut(`a body has ${left} octets less than its facts say`);
}
