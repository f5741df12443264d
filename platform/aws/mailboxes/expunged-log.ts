import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { MailboxId } from '../../../core/values/ids.ts';
import { mergeRanges, type NumberRange, type NumberSet } from '../../../core/values/number-set.ts';
import { type Attributes, text } from '../dynamodb/attributes.ts';
import { mailTableShape, mailboxShape as shape } from '../table-shapes.ts';
import type { MailTable } from './mail-table.ts';
import { mailboxKey } from './mailbox-row.ts';
import { Packer, Unpacker } from './packing.ts';

/** Ranges in one item: some 200 KB at most. What a MOVE of more takes away stands in several. */
const mostRanges = 40_000;

const modseqKey = (modseq: number | string): string => shape.expungedPrefix + String(modseq).padStart(20, '0');
const partKey = (modseq: number, part: number): string => `${modseqKey(modseq)}/${String(part).padStart(4, '0')}`;
/** Behind every sort key of a MODSEQ. */
const end = '/~';

/** What one change took away: for ever, so that whoever was away can be told. */
export function expungedItems(mailbox: MailboxId, modseq: number, uids: NumberSet): readonly Record<string, AttributeValue>[] {
  return Array.from({ length: Math.ceil(uids.length / mostRanges) }, (_, part) => ({
    ...mailboxKey(mailbox, partKey(modseq, part)),
    [shape.uids]: { B: new Packer().numberSet(uids.slice(part * mostRanges, (part + 1) * mostRanges)).done() },
  }));
}

export interface Expunged {
  readonly uids: NumberSet;
  /** Of the changes that took them away. */
  readonly modseqs: ReadonlySet<number>;
}

/** What was taken away after a MODSEQ. */
export async function expungedAfter(table: MailTable, mailbox: MailboxId, modseq: number): Promise<Expunged> {
  const items = await between(table, mailbox, modseqKey(modseq) + end, modseqKey('9'.repeat(20)) + end);
  return { uids: mergeRanges(items.flatMap(rangesOf)), modseqs: new Set(items.map(modseqOf)) };
}

/** What the change with this MODSEQ took away. */
export async function expungedBy(table: MailTable, mailbox: MailboxId, modseq: number): Promise<NumberSet> {
  return mergeRanges((await between(table, mailbox, modseqKey(modseq), modseqKey(modseq) + end)).flatMap(rangesOf));
}

function between(table: MailTable, mailbox: MailboxId, from: string, to: string): Promise<readonly Attributes[]> {
  return table.between(mailboxKey(mailbox, '')[mailTableShape.partitionKey] ?? { S: '' }, from, to);
}

const rangesOf = (item: Attributes): readonly NumberRange[] =>
  new Unpacker(item[shape.uids]?.B, `what was expunged by ${sortKeyOf(item)}`).numberSet();

const modseqOf = (item: Attributes): number => Number(sortKeyOf(item).slice(shape.expungedPrefix.length).split('/')[0]);
const sortKeyOf = (item: Attributes): string => text(item[mailTableShape.sortKey], 'sort key of what was expunged');
