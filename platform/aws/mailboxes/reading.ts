import { aclOf } from '../../../core/accounts/acl-text.ts';
import type {
  FlagRow,
  MailboxContents,
  MailboxDelta,
  MailboxStatus,
  MailboxStore,
  MessageRecord,
} from '../../../core/mailbox/mailbox-store.ts';
import { BodyMissing } from '../../../core/mailbox/message-bodies.ts';
import { deletedBit, readFlags, seenBit } from '../../../core/mailbox/stored-flags.ts';
import type { Flag } from '../../../core/values/flags.ts';
import type { MailboxId } from '../../../core/values/ids.ts';
import type { MessageFacts } from '../../../core/values/message-facts.ts';
import { inNumberSet, type NumberSet } from '../../../core/values/number-set.ts';
import type { Uid } from '../../../core/values/uid.ts';
import { optionalText } from '../dynamodb/attributes.ts';
import { mailboxShape as shape } from '../mail-shapes.ts';
import type { MailBodies } from '../s3/mail-bodies.ts';
import { modseqOf } from './appending.ts';
import { allUids, blocksOf, readBlocks } from './block-reading.ts';
import { changesAfter } from './change-history.ts';
import { expungedAfter } from './expunged-log.ts';
import type { FlagEntry } from './flag-block.ts';
import { type MailTable, rest } from './mail-table.ts';
import { type MailboxRow, statusOf } from './mailbox-row.ts';
import { type StoredMessage, unpackFacts } from './message-record.ts';
import { readCounts, readRow } from './read-row.ts';
import { inGroups, readRecords, recordsAtOnce } from './records.ts';

/** What the store answers without changing anything. */
export type Reading = Pick<MailboxStore, 'status' | 'statuses' | 'contents' | 'snapshot' | 'flags' | 'sizes' | 'changesSince' | 'messages'>;

/** Each reads the row first: blocks and records read after it are as new or newer, and what is newer comes again with the next changes. */
export function reading(table: MailTable, bodies: MailBodies): Reading {
  const entriesIn = async (mailbox: MailboxId, uids: NumberSet): Promise<readonly FlagEntry[]> =>
    await entriesOf(table, await readRow(table, mailbox), uids);
  return {
    status: async (mailbox) => statusOf(await readRow(table, mailbox)),
    statuses: async (mailboxes) => new Map(await readCounts(table, mailboxes)),
    async contents(mailbox) {
      const row = await readRow(table, mailbox);
      return contentsFrom(row, await entriesOf(table, row, allUids));
    },
    async snapshot(mailbox) {
      const row = await readRow(table, mailbox);
      const entries = await entriesOf(table, row, allUids);
      return { rows: entries.map(flagRow), status: statusWith(row, entries) };
    },
    flags: async (mailbox, uids) => (await entriesIn(mailbox, uids)).map(flagRow),
    sizes: async (mailbox) => (await entriesIn(mailbox, allUids)).map(({ uid, size }) => ({ uid: uid as Uid, size })),
    changesSince: async (mailbox, modseq) => await deltaOf(table, await readRow(table, mailbox), Number(modseq)),
    messages: (mailbox, uids) => records(table, bodies, mailbox, uids),
  };
}

async function entriesOf(table: MailTable, row: MailboxRow, uids: NumberSet): Promise<readonly FlagEntry[]> {
  const blocks = await readBlocks(table, row, blocksOf(row, uids));
  return [...blocks.values()].flatMap(({ entries }) => entries.filter(({ uid }) => inNumberSet(uids, uid)));
}

function contentsFrom(row: MailboxRow, entries: readonly FlagEntry[]): MailboxContents {
  const sets = new Set(entries.map(({ keywords }) => keywords));
  sets.delete('');
  const firstUnseen = entries.find(({ flags }) => (flags & seenBit) === 0)?.uid;
  return {
    uids: Uint32Array.from(entries, ({ uid }) => uid),
    keywords: [...new Set([...sets].flatMap((set) => set.split(' ')))] as Flag[],
    ...(firstUnseen !== undefined && { firstUnseen: firstUnseen as Uid }),
    status: statusWith(row, entries),
  };
}

/** Counts of the messages that were found, so that they fit them; all else is of the row. */
function statusWith(row: MailboxRow, entries: readonly FlagEntry[]): MailboxStatus {
  const count = (test: (entry: FlagEntry) => boolean): number => entries.filter(test).length;
  return {
    ...statusOf(row),
    messages: entries.length,
    unseen: count(({ flags }) => (flags & seenBit) === 0),
    deleted: count(({ flags }) => (flags & deletedBit) !== 0),
    size: entries.reduce((sum, { size }) => sum + size, 0),
    recent: count(({ uid }) => uid >= row.recentFrom),
  };
}

const flagRow = (entry: FlagEntry): FlagRow => ({ uid: entry.uid as Uid, flags: readFlags(entry), modseq: modseqOf(entry.modseq) });

async function deltaOf(table: MailTable, row: MailboxRow, modseq: number): Promise<MailboxDelta> {
  const acl = aclOf(optionalText(row.item[shape.acl]));
  const answer = { highestModseq: modseqOf(row.highestModseq), uidNext: row.uidNext as Uid, ...(acl && { acl }) };
  if (modseq >= row.highestModseq) return { changed: [], vanished: [], ...answer };
  const recent = changesAfter(row.history, modseq);
  const all = blocksOf(row, allUids);
  const touched = recent === undefined ? all : all.filter((number) => recent.some(({ blocks }) => inNumberSet(blocks, number)));
  const [blocks, gone] = await Promise.all([readBlocks(table, row, touched), goneAfter(table, row, modseq)]);
  const entries = [...blocks.values()].flatMap((block) => block.entries.filter((entry) => entry.modseq > modseq));
  return { changed: entries.map(flagRow), vanished: gone, ...answer };
}

const pause = 10; // ms, doubled each time
const mostRereads = 10;

/** A change that took messages away appears item by item: what it says of them may come a moment later than the row that tells of it. */
async function goneAfter(table: MailTable, { mailbox, history }: MailboxRow, modseq: number): Promise<NumberSet> {
  const expected = history.filter((change) => change.expunged && change.modseq > modseq);
  const recent = changesAfter(history, modseq);
  if (recent !== undefined && expected.length === 0) return [];
  const modseqs = expected.map((change) => change.modseq);
  for (let left = mostRereads, wait = pause; ; left -= 1, wait *= 2) {
    const expunged = await expungedAfter(table, mailbox, modseq, modseqs);
    if (expunged !== undefined) return expunged;
    if (left === 0) throw new Error(`mailbox ${mailbox} does not tell what was expunged`);
    await rest(wait);
  }
}

/** Blocks whose messages are read before their records are. */
const blocksPerPage = 16;

/** Page by page in UID order: a message expunged meanwhile is passed over, one that came meanwhile may be in it. */
async function* records(table: MailTable, bodies: MailBodies, mailbox: MailboxId, uids: NumberSet): AsyncGenerator<MessageRecord> {
  const row = await readRow(table, mailbox);
  for (const numbers of inGroups(blocksOf(row, uids), blocksPerPage)) {
    const blocks = await readBlocks(table, row, numbers);
    const entries = [...blocks.values()].flatMap((block) => block.entries.filter(({ uid }) => inNumberSet(uids, uid)));
    for (const group of inGroups(entries, recordsAtOnce)) {
      const found = await recordsOf(table, mailbox, group);
      for (const entry of group) {
        const record = found.get(entry.uid);
        const message = record && (await messageOf(bodies, entry, record));
        if (message !== undefined) yield message;
      }
    }
  }
}

/** A record that is not there though its block names it: the message is going, or it is just coming. */
async function recordsOf(table: MailTable, mailbox: MailboxId, entries: readonly FlagEntry[]): Promise<ReadonlyMap<number, StoredMessage>> {
  const uids = entries.map(({ uid }) => uid);
  const found = await readRecords(table, mailbox, uids);
  const missing = uids.filter((uid) => !found.has(uid));
  if (missing.length === 0) return found;
  await rest(pause);
  return new Map([...found, ...(await readRecords(table, mailbox, missing))]);
}

async function messageOf(bodies: MailBodies, entry: FlagEntry, record: StoredMessage): Promise<MessageRecord | undefined> {
  const { body, prefix, internalDate, savedAt, bodySize } = record;
  const saved = savedAt === undefined ? {} : { savedAt };
  const message = { ...flagRow(entry), internalDate, ...saved, body, prefix, size: prefix.length + bodySize };
  const packed = record.facts;
  if (packed === undefined) {
    try {
      return { ...message, facts: await bodies.facts(body) };
    } catch (error) {
      if (error instanceof BodyMissing) return undefined; // expunged meanwhile
      throw error;
    }
  }
  let facts: MessageFacts | undefined;
  return {
    ...message,
    // Unpacked only when asked for: FETCH FLAGS and RFC822.SIZE never do.
    get facts(): MessageFacts {
      facts ??= unpackFacts(packed);
      return facts;
    },
  };
}
