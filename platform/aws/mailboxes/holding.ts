import { randomBytes } from 'node:crypto';
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  TransactionConflictException,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { Clock } from '../../../core/values/clock.ts';
import type { MailboxId } from '../../../core/values/ids.ts';
import { Expression } from '../dynamodb/expression.ts';
import { mailboxShape as shape } from '../mail-shapes.ts';
import { finishLeaving } from './leaving.ts';
import { type MailTable, rest } from './mail-table.ts';
import { type MailboxRow, rowKey } from './mailbox-row.ts';
import { Overtaken } from './overtaken.ts';
import { readRow } from './read-row.ts';

/** The right to a mailbox's next UIDs, while what is to have them is written. Others go on changing flags and expunging; who adds messages waits. */
export interface HeldMailbox {
  readonly mailbox: MailboxId;
  readonly op: string;
  /** Rises with each hold of the mailbox: what was written under an earlier one may be written over, what was written under a later one not. */
  readonly number: number;
  readonly uidNext: number;
  /** Set aside for the change: above all that others get meanwhile. */
  readonly version: number;
  readonly modseq: number;
}

/** ms that a hold is valid unless it is prolonged: a process that died keeps others waiting so long. */
const holdTime = 20_000;
/** Changes that others can make meanwhile: many more than a hold lasts. */
const setAside = 1_000_000;
const pause = 100; // ms
const longestWait = 120_000; // ms

/** @throws MailboxGone; when others add messages for two minutes without a pause */
export async function hold(table: MailTable, mailbox: MailboxId, clock: Clock): Promise<HeldMailbox> {
  const since = clock.monotonic();
  const op = randomBytes(6).toString('hex');
  for (;;) {
    const row = await readRow(table, mailbox);
    const isOurs = row.hold?.op === op; // the reply to the request that began it was lost
    if (isOurs) return heldAs(row, op, row.holds);
    if (row.leaving !== undefined) await finishLeaving(table, row, () => clock.now());
    else if (row.hold === undefined || row.hold.until <= clock.now()) {
      if (await written(table, row, op, row.holds + 1, clock.now() + holdTime)) continue;
    }
    if (clock.monotonic() - since > longestWait) throw new Error(`mailbox ${mailbox} is held for too long`);
    await rest(pause);
  }
}

const heldAs = (row: MailboxRow, op: string, number: number): HeldMailbox => ({
  mailbox: row.mailbox,
  op,
  number,
  uidNext: row.uidNext,
  version: row.version + setAside,
  modseq: row.highestModseq + setAside,
});

/** Prolongs a hold while work goes on under it. */
export class LastingHold {
  readonly #table: MailTable;
  readonly #held: HeldMailbox;
  readonly #clock: Clock;
  #since: number;

  constructor(table: MailTable, held: HeldMailbox, clock: Clock) {
    this.#table = table;
    this.#held = held;
    this.#clock = clock;
    this.#since = clock.monotonic();
  }

  /** To be called often. @throws Overtaken when the hold was lost: others may have the UIDs */
  async check(): Promise<void> {
    if (this.#clock.monotonic() - this.#since < holdTime / 4) return;
    const { mailbox, op } = this.#held;
    for (;;) {
      const row = await readRow(this.#table, mailbox);
      if (row.hold?.op !== op) throw new Overtaken('another took the UIDs');
      if (await written(this.#table, row, op, row.holds, this.#clock.now() + holdTime)) break;
      await rest(pause);
    }
    this.#since = this.#clock.monotonic();
  }
}

/** Lets others go on. Safe when it was lost. */
export async function letGo(table: MailTable, { mailbox, op }: HeldMailbox, clock: Clock): Promise<void> {
  const row = await readRow(table, mailbox);
  if (row.hold?.op === op) await written(table, row, op, row.holds, clock.now());
}

/** Takes a hold away whose time is over, so that its change is never made. @returns false when it is not over, or others were faster */
export async function endHold(table: MailTable, row: MailboxRow, now: number): Promise<boolean> {
  if (row.hold === undefined || row.hold.until > now) return false;
  return row.hold.op === '' || (await written(table, row, '', row.holds, now));
}

/** The row's version rises: a change that was prepared before must read again, and meet the hold. */
async function written(table: MailTable, row: MailboxRow, op: string, holds: number, until: number): Promise<boolean> {
  const x = new Expression();
  const hold: AttributeValue = { M: { op: { S: op }, until: { N: String(until) } } };
  const sets = [
    `${x.name(shape.hold)} = ${x.value(hold)}`,
    `${x.name(shape.holds)} = ${x.number(holds)}`,
    `${x.name(shape.version)} = ${x.number(row.version + 1)}`,
  ];
  const command = new UpdateItemCommand({
    TableName: table.name,
    Key: rowKey(row.mailbox),
    UpdateExpression: `SET ${sets.join(', ')}`,
    ConditionExpression: `${x.name(shape.version)} = ${x.number(row.version)}`,
    ExpressionAttributeNames: x.names,
    ExpressionAttributeValues: x.values,
  });
  try {
    await table.client.send(command);
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException || error instanceof TransactionConflictException) return false;
    throw error;
  }
}
