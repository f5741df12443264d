import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Acl } from '../../../core/accounts/acl.ts';
import { MailboxGone, type MailboxStatus } from '../../../core/mailbox/mailbox-store.ts';
import type { MailboxId } from '../../../core/values/ids.ts';
import type { Modseq, Uid } from '../../../core/values/uid.ts';
import { type Attributes, optionalWhole, text, wholeNumber } from '../dynamodb/attributes.ts';
import { mailTableShape, mailboxShape as shape } from '../mail-shapes.ts';
import type { TalkAddress } from '../talk/watchers.ts';
import { type PastChange, unpackHistory } from './change-history.ts';
import { aclAttribute } from './name-items.ts';

/** Key of an item of a mailbox. */
export const mailboxKey = (mailbox: MailboxId, sortKey: string): Record<string, AttributeValue> => ({
  [mailTableShape.partitionKey]: { S: mailTableShape.mailboxPrefix + mailbox },
  [mailTableShape.sortKey]: { S: sortKey },
});

/** The mailbox that an item belongs to. */
export const mailboxOfKey = (item: Attributes): MailboxId =>
  text(item[mailTableShape.partitionKey], 'partition of a mailbox').slice(mailTableShape.mailboxPrefix.length) as MailboxId;

export const rowKey = (mailbox: MailboxId): Record<string, AttributeValue> => mailboxKey(mailbox, mailTableShape.row);

/** The whole item of an empty mailbox, to be put in the transaction that makes its name. */
export const newMailboxRow = ({
  id,
  uidValidity,
  acl,
}: {
  readonly id: MailboxId;
  readonly uidValidity: number;
  readonly acl?: Acl | undefined;
}): Record<string, AttributeValue> => ({
  ...rowKey(id),
  ...aclAttribute(shape.acl, acl),
  [shape.uidValidity]: number(uidValidity),
  ...rowAttributes({
    version: 1,
    uidNext: 1,
    highestModseq: 1,
    messages: 0,
    unseen: 0,
    deleted: 0,
    size: 0,
    recent: 0,
    recentFrom: 1,
    firstBlock: 0,
  }),
});

/** Numbers of a mailbox's row. */
export interface RowNumbers {
  readonly version: number;
  readonly uidNext: number;
  readonly highestModseq: number;
  readonly messages: number;
  readonly unseen: number;
  readonly deleted: number;
  readonly size: number;
  readonly recent: number;
  readonly recentFrom: number;
  readonly firstBlock: number;
}

const counts = ['uidNext', 'highestModseq', 'messages', 'unseen', 'deleted', 'size', 'recent'] as const;
const whole = ['version', ...counts, 'recentFrom', 'firstBlock'] as const;

export const rowAttributes = (row: RowNumbers): Record<string, AttributeValue> =>
  Object.fromEntries(whole.map((name) => [shape[name], number(row[name])] as const));

/** @throws naming the attribute that is none of ours */
export const rowNumbers = (item: Attributes, mailbox: MailboxId): RowNumbers => numbersOf(whole, item, mailbox);

/** Of a row that was asked for its counts alone. */
export const countsOf = (item: Attributes, mailbox: MailboxId): MailboxStatus => statusOf(numbersOf(counts, item, mailbox));

function numbersOf<N extends keyof RowNumbers>(names: readonly N[], item: Attributes, mailbox: MailboxId): Pick<RowNumbers, N> {
  const of = (name: N): number => wholeNumber(item[shape[name]], `mailbox ${mailbox} ${name}`);
  return Object.fromEntries(names.map((name) => [name, of(name)])) as Record<N, number>;
}

/** A change in many steps has the right to the next UIDs until then. */
export interface Hold {
  readonly op: string;
  /** ms since the epoch. */
  readonly until: number;
}

/** A mailbox's row as it was read. */
export interface MailboxRow extends RowNumbers {
  readonly mailbox: MailboxId;
  /** Newest first. */
  readonly history: readonly PastChange[];
  readonly hold?: Hold;
  /** How many holds there were. */
  readonly holds: number;
  /** MODSEQ of a MOVE whose messages the blocks still name. */
  readonly leaving?: number;
  /** All attributes, those too that another release knows. */
  readonly item: Attributes;
}

export function rowFrom(item: Attributes, mailbox: MailboxId): MailboxRow {
  const hold = item[shape.hold]?.M;
  const leaving = optionalWhole(item[shape.leaving], `mailbox ${mailbox} leaving`);
  return {
    ...rowNumbers(item, mailbox),
    mailbox,
    item,
    history: unpackHistory(item[shape.changes]?.B ?? new Uint8Array(0), `changes of mailbox ${mailbox}`),
    holds: optionalWhole(item[shape.holds], `mailbox ${mailbox} holds`) ?? 0,
    ...(hold === undefined ? {} : { hold: { op: hold.op?.S ?? '', until: Number(hold.until?.N) } }),
    ...(leaving === undefined ? {} : { leaving }),
  };
}

export const statusOf = ({
  messages,
  unseen,
  deleted,
  size,
  recent,
  uidNext,
  highestModseq,
}: Pick<RowNumbers, (typeof counts)[number]>): MailboxStatus => ({
  messages,
  unseen,
  deleted,
  size,
  recent,
  uidNext: uidNext as Uid,
  highestModseq: BigInt(highestModseq) as Modseq,
});

/** Those whose time is not over. */
export const watchersOf = (item: Attributes, now: number): readonly TalkAddress[] =>
  Object.entries(item[shape.watchers]?.M ?? {}).flatMap(([at, until]) => (Number(until.N) > now ? [at] : []));

export function mailboxGone(mailbox: MailboxId): MailboxGone {
  return new MailboxGone(`mailbox ${JSON.stringify(mailbox)} is gone`);
}

const number = (value: number): AttributeValue => ({ N: String(value) });
