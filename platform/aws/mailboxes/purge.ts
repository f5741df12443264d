import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { BodyId, MailboxId } from '../../../core/values/ids.ts';
import { type Attributes, optionalText, text, wholeNumber } from '../dynamodb/attributes.ts';
import { mailboxShape, mailTableShape, ownershipShape as shape } from '../mail-shapes.ts';
import { abandonedAfter, endTaking } from './body-taking.ts';
import { expungedBy } from './expunged-log.ts';
import { removeRecords } from './expunging.ts';
import { removeNoted } from './leftovers.ts';
import { type Key, MailTable } from './mail-table.ts';
import { mailboxKey } from './mailbox-row.ts';
import { recordFrom } from './message-record.ts';
import type { MessagesDeps } from './messages.ts';
import { openPartition, release } from './ownership.ts';

export type PurgeDeps = Pick<MessagesDeps, 'client' | 'table' | 'bodies' | 'clock'>;

interface Purge {
  readonly deps: PurgeDeps;
  readonly table: MailTable;
  /** No step is begun any more. */
  isOver(): boolean;
  /** What failed, so that it does not keep the purge from all else. */
  readonly faults: unknown[];
}

/** Items of one step: some tenths of a second. */
const slice = 100;

/**
 * Removes what deleted mailboxes left, and what processes that died did not come to remove. Safe to repeat, and to run twice at once.
 * @param deadline ms since the epoch: no new step is begun after it
 * @returns false when there is more to do
 * @throws what failed first, when all else was done
 */
export async function purgeDoomed(deps: PurgeDeps, deadline: number): Promise<boolean> {
  const isOver = (): boolean => deps.clock.now() >= deadline;
  const purge: Purge = { deps, table: new MailTable(deps.client, deps.table), isOver, faults: [] };
  await purgeMailboxes(purge);
  await purgeAbandoned(purge);
  if (purge.faults.length > 0) throw purge.faults[0];
  return !isOver();
}

const noting = ({ faults }: Purge, step: Promise<void>): Promise<void> => step.catch((fault: unknown) => void faults.push(fault));

async function purgeMailboxes(purge: Purge): Promise<void> {
  for await (const page of purge.table.pages({ S: mailTableShape.doomed }, ' ', '~', slice)) {
    for (const item of page) {
      if (purge.isOver()) return;
      await noting(purge, endDoomed(purge, item));
    }
  }
}

async function endDoomed(purge: Purge, item: Attributes): Promise<void> {
  const mailbox = text(item[mailTableShape.sortKey], 'a deleted mailbox') as MailboxId;
  if (await isEmptied(purge, mailbox)) await purge.table.deleteAll([keyOf(item)]);
}

/** Bodies are given up before the records that name them go. */
async function isEmptied({ deps, table, isOver }: Purge, mailbox: MailboxId): Promise<boolean> {
  const partition = mailboxKey(mailbox, '')[mailTableShape.partitionKey] ?? { S: '' };
  for await (const page of table.pages(partition, ' ', '~', slice)) {
    // The transaction that removes it appears item by item: it will be gone the next time.
    if (page.some((item) => sortKeyOf(item) === mailTableShape.row)) return false;
    const records = page.filter((item) => sortKeyOf(item).startsWith(mailboxShape.recordPrefix));
    if (!(await release(table, deps.bodies, records.map(recordFrom), deps.clock.now()))) return false;
    await table.deleteAll(page.map(keyOf));
    if (isOver()) return false;
  }
  return true;
}

/** Notes of changes that were not brought to their end: those of processes at work are younger. */
async function purgeAbandoned(purge: Purge): Promise<void> {
  const before = purge.deps.clock.now() - abandonedAfter;
  for (let shard = 0; shard < shape.shards; shard += 1) {
    for await (const page of purge.table.pages({ S: openPartition(shard) }, ' ', '~', slice)) {
      for (const note of page) {
        if (purge.isOver()) return;
        if (wholeNumber(note[shape.since], 'age of an open note') < before) await noting(purge, endAbandoned(purge, note));
      }
    }
  }
}

async function endAbandoned({ deps, table }: Purge, note: Attributes): Promise<void> {
  const { bodies } = deps;
  const name = sortKeyOf(note);
  if (name.startsWith(shape.takenPrefix)) {
    const body = name.slice(shape.takenPrefix.length) as BodyId;
    await endTaking({ table, bodies }, body, optionalText(note[shape.staged]) as BodyId | undefined);
  } else if (name.startsWith(shape.copiedPrefix)) {
    await removeNoted(table, bodies, keyOf(note));
  } else {
    const mailbox = text(note[shape.mailbox], 'mailbox of an expunge') as MailboxId;
    const gone = await expungedBy(table, mailbox, wholeNumber(note[shape.modseq], 'MODSEQ of an expunge'));
    if (await removeRecords(table, bodies, mailbox, gone, deps.clock.now())) await table.deleteAll([keyOf(note)]);
  }
}

const sortKeyOf = (item: Attributes): string => text(item[mailTableShape.sortKey], 'a sort key');
const keyOf = (item: Attributes): Key => {
  const key = (name: string): AttributeValue => ({ S: text(item[name], 'a key') });
  return { [mailTableShape.partitionKey]: key(mailTableShape.partitionKey), [mailTableShape.sortKey]: key(mailTableShape.sortKey) };
};
