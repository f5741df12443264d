import { randomBytes, randomUUID } from 'node:crypto';
import { inNumberSet, type NumberSet } from '../../../core/values/number-set.ts';
import { blocksOf, readBlocks } from './block-reading.ts';
import { Draft } from './draft.ts';
import { leavingBy } from './expunged-log.ts';
import { type MailTable, rest } from './mail-table.ts';
import type { MailboxRow } from './mailbox-row.ts';
import { readRow } from './read-row.ts';
import { fitting } from './within-transaction.ts';

/** Blocks that one transaction writes, with room for what goes along. */
export const blocksAtOnce = 60;
const mostTries = 60;
const pause = 50; // ms

/**
 * A MOVE of more messages than one transaction can take out of the blocks is made when its row says what leaves; from then on readers leave it out. This
 * writes it into the blocks, and then takes the word out of the row. Any process may do it, and go on where another stopped.
 */
export async function finishLeaving(table: MailTable, { mailbox, leaving, ...row }: MailboxRow, now: () => number): Promise<void> {
  if (leaving === undefined) return;
  const gone = await leavingBy(table, mailbox, leaving);
  const numbers = blocksOf(row, gone);
  for (let at = 0; at < numbers.length; at += blocksAtOnce) {
    const part = { numbers: numbers.slice(at, at + blocksAtOnce), isLast: at + blocksAtOnce >= numbers.length };
    for (let tries = 1; !(await takenOut(table, { mailbox, leaving }, gone, part, now)); tries += 1) {
      if (tries >= mostTries) throw new Error(`mailbox ${mailbox} is too busy`);
      await rest(pause);
    }
  }
}

/** @returns false when others were faster, or it was too much for one transaction: to be done again */
async function takenOut(
  table: MailTable,
  { mailbox, leaving }: Pick<MailboxRow, 'mailbox' | 'leaving'>,
  gone: NumberSet,
  { numbers, isLast }: { readonly numbers: readonly number[]; readonly isLast: boolean },
  now: () => number,
): Promise<boolean> {
  const row = await readRow(table, mailbox);
  if (row.leaving !== leaving) return true; // another has finished it
  const { leaving: _, ...asWritten } = row;
  const blocks = await readBlocks(table, asWritten, numbers);
  const draft = new Draft(row, blocks);
  const dirty = [...blocks.values()].filter(({ entries }) => entries.some(({ uid }) => inNumberSet(gone, uid)));
  const some = fitting(dirty);
  for (const { number } of some) draft.take(number, gone);
  const isWhole = some.length === dirty.length;
  if (isLast && isWhole) draft.endLeaving();
  if (!draft.isChanged) return true;
  const op = randomBytes(6).toString('hex');
  const written = await table.transact(
    randomUUID(),
    draft.writes(table.name, op, now()).map(({ write }) => write),
  );
  return written === 'done' && isWhole;
}
