import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { MailboxId } from '../../../core/values/ids.ts';
import { mergeRanges, type NumberRange, type NumberSet } from '../../../core/values/number-set.ts';
import { type Attributes, optionalWhole, text } from '../dynamodb/attributes.ts';
import { mailTableShape, mailboxShape as shape } from '../mail-shapes.ts';
import { type MailTable, rest } from './mail-table.ts';
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
  const parts = Math.ceil(uids.length / mostRanges);
  return Array.from({ length: parts }, (_, part) => ({
    ...mailboxKey(mailbox, partKey(modseq, part)),
    ...(parts === 1 ? {} : { [shape.parts]: { N: String(parts) } }),
    [shape.uids]: { B: new Packer().numberSet(uids.slice(part * mostRanges, (part + 1) * mostRanges)).done() },
  }));
}

/**
 * What was taken away after a MODSEQ.
 * @param expected MODSEQs of which the row tells that they took something away
 * @returns undefined when what one of these took away is not yet seen whole: a transaction appears item by item
 */
export async function expungedAfter(
  table: MailTable,
  mailbox: MailboxId,
  modseq: number,
  expected: readonly number[],
): Promise<NumberSet | undefined> {
  const wanted = new Set(expected);
  const awaited: Attributes[] = [];
  let uids: NumberSet = [];
  // Page by page: of a mailbox that is years old there are hundreds of thousands, and most of their ranges touch.
  for await (const page of table.pages(partitionOf(mailbox), modseqKey(modseq) + end, modseqKey('9'.repeat(20)) + end)) {
    uids = mergeRanges([...uids, ...page.flatMap(rangesOf)]);
    awaited.push(...page.filter((item) => wanted.has(modseqOf(item))));
  }
  const found = Map.groupBy(awaited, modseqOf);
  return expected.every((one) => isWhole(found.get(one) ?? [])) ? uids : undefined;
}

/** What the change with this MODSEQ took away. */
export async function expungedBy(table: MailTable, mailbox: MailboxId, modseq: number): Promise<NumberSet> {
  return mergeRanges((await itemsOf(table, mailbox, modseq)).flatMap(rangesOf));
}

const firstPause = 10; // ms, doubled each time
const mostRereads = 10;

/** As above, of a change that the row tells of: it may be seen a moment after the row. */
export async function leavingBy(table: MailTable, mailbox: MailboxId, modseq: number): Promise<NumberSet> {
  for (let left = mostRereads, pause = firstPause; ; left -= 1, pause *= 2) {
    const items = await itemsOf(table, mailbox, modseq);
    if (isWhole(items)) return mergeRanges(items.flatMap(rangesOf));
    if (left === 0) throw new Error(`mailbox ${mailbox} does not tell what leaves it`);
    await rest(pause);
  }
}

const itemsOf = (table: MailTable, mailbox: MailboxId, modseq: number): Promise<readonly Attributes[]> =>
  table.between(partitionOf(mailbox), modseqKey(modseq), modseqKey(modseq) + end);

const isWhole = (items: readonly Attributes[]): boolean =>
  items.length > 0 && items.length >= (optionalWhole(items[0]?.[shape.parts], 'parts of what was expunged') ?? 1);

const partitionOf = (mailbox: MailboxId): AttributeValue => mailboxKey(mailbox, '')[mailTableShape.partitionKey] ?? { S: '' };

const rangesOf = (item: Attributes): readonly NumberRange[] =>
  new Unpacker(item[shape.uids]?.B, `what was expunged by ${sortKeyOf(item)}`).numberSet();

const modseqOf = (item: Attributes): number => Number(sortKeyOf(item).slice(shape.expungedPrefix.length).split('/')[0]);
const sortKeyOf = (item: Attributes): string => text(item[mailTableShape.sortKey], 'sort key of what was expunged');
