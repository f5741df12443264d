import { emailId } from '../../core/mailbox/email-id.ts';
import type { FlagRow, MessageRecord } from '../../core/mailbox/mailbox-store.ts';
import type { MessageBodies } from '../../core/mailbox/message-bodies.ts';
import type { Uid } from '../../core/values/uid.ts';
import { ConnectionLost } from '../net/connection.ts';
import { writeBinary, writeBinarySize } from './binary-writer.ts';
import { decodedStructure } from './decoded-structure.ts';
import { type FlagItem, newKeywords } from './flag-row.ts';
import { formatPreview } from './preview-writer.ts';
import type { Responses } from './responses.ts';
import { SectionCut, writeSection } from './section-writer.ts';
import type { Selected } from './state.ts';
import { fetchOf } from './uid-only.ts';
import type { FetchItem } from './wire/command.ts';
import { formatBodyStructure, formatEnvelope, formatFlags, formatInternalDate } from './wire/format.ts';

type ItemName = FetchItem['item'];
type OctetItem = 'SECTION' | 'BINARY' | 'BINARY.SIZE' | 'PREVIEW';
type OctetFetchItem = Extract<FetchItem, { readonly item: OctetItem }>;
type RecordItem = Exclude<ItemName, FlagItem | OctetItem>;

const ofFlags = {
  FLAGS: (row, { view }) => `FLAGS ${formatFlags(row.flags, view.isRecent(row.uid))}`,
  UID: (row) => `UID ${row.uid}`,
  MODSEQ: (row) => `MODSEQ (${row.modseq})`,
} satisfies Record<FlagItem, (row: FlagRow, state: Selected) => string>;

const ofRecord = {
  ENVELOPE: ({ facts }) => `ENVELOPE ${formatEnvelope(facts.envelope)}`,
  INTERNALDATE: ({ internalDate }) => `INTERNALDATE ${formatInternalDate(internalDate)}`,
  SAVEDATE: ({ savedAt }) => `SAVEDATE ${savedAt === undefined ? 'NIL' : formatInternalDate(savedAt)}`, // RFC 8514
  'RFC822.SIZE': ({ size }) => `RFC822.SIZE ${size}`,
  EMAILID: (record) => `EMAILID (${emailId(record)})`,
  THREADID: () => 'THREADID NIL',
  BODYSTRUCTURE: ({ facts }, state) => `BODYSTRUCTURE ${structureFor(state, facts, true)}`,
  BODY: ({ facts }, state) => `BODY ${structureFor(state, facts, false)}`,
} satisfies Record<RecordItem, (record: MessageRecord, state: Selected) => string>;

const structureFor = ({ agreed: { rev2 } }: Selected, { structure }: MessageRecord['facts'], extended: boolean): string =>
  formatBodyStructure(rev2 ? decodedStructure(structure) : structure, extended, rev2);

const isOctetItem = (item: FetchItem): item is OctetFetchItem => !isOfFlags(item.item) && !Object.hasOwn(ofRecord, item.item);
const isOfFlags = (item: ItemName): item is FlagItem => Object.hasOwn(ofFlags, item);

/** @returns the items when flags, UID and MODSEQ are all that is asked for, so that no record needs to be read */
export function onlyFlags(items: readonly FetchItem[]): readonly FlagItem[] | undefined {
  const names = items.map(({ item }) => item);
  return names.every(isOfFlags) ? names : undefined;
}

type Ports = { readonly bodies: Pick<MessageBodies, 'read'>; readonly out: Responses; readonly undecoded: Set<Uid> };

/**
 * One FETCH response, sections streamed in their place. A message with a part that can't be decoded is added to `undecoded`.
 * @throws SectionCut when it could not be finished
 */
export async function writeMessage(
  items: readonly FetchItem[],
  record: MessageRecord,
  msn: number,
  state: Selected,
  ports: Ports,
): Promise<void> {
  const { out } = ports;
  // What is at hand goes out together: a FETCH of envelopes waits for nothing else.
  let text = `${newKeywords(record, state)}${fetchOf(record.uid, msn, state)}`;
  try {
    for (const [i, item] of items.entries()) {
      if (i > 0) text += ' ';
      if (isOctetItem(item)) {
        await out.raw(text);
        text = '';
        await writeItem(item, record, ports);
      } else text += isOfFlags(item.item) ? ofFlags[item.item](record, state) : ofRecord[item.item](record, state);
    }
  } catch (error) {
    if (error instanceof ConnectionLost || error instanceof SectionCut) throw error;
    throw new SectionCut('a FETCH response could not be finished', { cause: error });
  }
  await out.raw(`${text})\r\n`);
}

async function writeItem(item: OctetFetchItem, record: MessageRecord, { bodies, out, undecoded }: Ports): Promise<void> {
  switch (item.item) {
    case 'SECTION':
      return await writeSection(item, record, bodies, out);
    case 'PREVIEW':
      return await out.raw(await formatPreview(item.lazy, record, bodies));
    case 'BINARY':
      if (!(await writeBinary(item, record, bodies, out))) undecoded.add(record.uid);
      return;
    case 'BINARY.SIZE':
      if (!(await writeBinarySize(item, record, bodies, out))) undecoded.add(record.uid);
  }
}
