import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Claim, Deferral, RowHistory } from '../../../core/delivery/spool.ts';
import type { SpoolKey } from '../../../core/delivery/spool-key.ts';
import type { HolderId } from '../../../core/values/ids.ts';
import { Expression } from '../dynamodb/expression.ts';
import { spoolTableShape as shape } from '../table-shapes.ts';
import { keyAttributes } from './spool-keys.ts';

/** One conditional write of one row; sent alone, or as a part of a transaction with reports. */
export interface RowWrite {
  readonly Key: Record<string, AttributeValue>;
  readonly UpdateExpression: string;
  readonly ConditionExpression: string;
  readonly ExpressionAttributeNames: Record<string, string>;
  readonly ExpressionAttributeValues: Record<string, AttributeValue>;
}

type Sets = Readonly<Record<string, AttributeValue | undefined>>;

/** Sets what has a value and removes what has none. */
function write(key: SpoolKey, sets: Sets, condition: (x: Expression) => string, add: Readonly<Record<string, number>> = {}): RowWrite {
  const x = new Expression();
  const given = Object.entries(sets);
  const set = given.flatMap(([name, value]) => (value === undefined ? [] : [`${x.name(name)} = ${x.value(value)}`]));
  const gone = given.flatMap(([name, value]) => (value === undefined ? [x.name(name)] : []));
  const added = Object.entries(add).map(([name, by]) => `${x.name(name)} ${x.number(by)}`);
  const clauses = [
    ...(set.length === 0 ? [] : [`SET ${set.join(', ')}`]),
    ...(gone.length === 0 ? [] : [`REMOVE ${gone.join(', ')}`]),
    ...(added.length === 0 ? [] : [`ADD ${added.join(', ')}`]),
  ];
  const ConditionExpression = condition(x);
  return {
    Key: keyAttributes(key),
    UpdateExpression: clauses.join(' '),
    ConditionExpression,
    ExpressionAttributeNames: x.names,
    ExpressionAttributeValues: x.values,
  };
}

const number = (value: number): AttributeValue => ({ N: String(value) });
const text = (value: string): AttributeValue => ({ S: value });
const exists = (x: Expression): string => `attribute_exists(${x.name(shape.partitionKey)})`;
const claimedBy = (by: HolderId) => (x: Expression) => `${x.name(shape.claimedBy)} = ${x.text(by)}`;

const claimed = ({ by, until }: Claim): Sets => ({
  [shape.claimedBy]: text(by),
  [shape.claimedUntil]: number(until),
  [shape.readyAt]: number(until),
});

/** Of a row that is due: `readyAt` is the claim's end in the same step. */
export const claimDueWrite = (key: SpoolKey, now: number, claim: Claim): RowWrite =>
  write(
    key,
    claimed(claim),
    (x) => `${exists(x)} AND ${x.name(shape.readyAt)} <= ${x.number(now)} AND attribute_not_exists(${x.name(shape.held)})`,
  );

/** Of a row that may not be due yet. @param held it may be held, too */
export const claimWrite = (key: SpoolKey, now: number, claim: Claim, held: boolean): RowWrite =>
  write(
    key,
    claimed(claim),
    (x) =>
      `${exists(x)} AND ${held ? '' : `attribute_not_exists(${x.name(shape.held)}) AND `}` +
      `(attribute_not_exists(${x.name(shape.claimedUntil)}) OR ${x.name(shape.claimedUntil)} <= ${x.number(now)})`,
  );

export const renewWrite = (key: SpoolKey, claim: Claim): RowWrite => write(key, claimed(claim), claimedBy(claim.by));

/** `readyAt` is the next attempt again, as the row itself has it. */
export function giveBackWrite(key: SpoolKey, by: HolderId): RowWrite {
  const x = new Expression();
  const ConditionExpression = claimedBy(by)(x);
  return {
    Key: keyAttributes(key),
    UpdateExpression: `SET ${x.name(shape.readyAt)} = ${x.name(shape.nextAttemptAt)} REMOVE ${x.name(shape.claimedBy)}, ${x.name(shape.claimedUntil)}`,
    ConditionExpression,
    ExpressionAttributeNames: x.names,
    ExpressionAttributeValues: x.values,
  };
}

/**
 * Octets of what was said about recipients. An item takes 400 KB: a row for thousands must not come to where the end of its attempt can't be
 * written any more, for it would be sent again and again.
 */
const mostSaid = 150_000;
const mostReply = 40; // characters that are left of each

const fits = (json: string): boolean => Buffer.byteLength(json) <= mostSaid;

function recipientsText(recipients: Deferral['recipients']): string {
  const json = JSON.stringify(recipients);
  return fits(json) ? json : JSON.stringify(recipients.map(({ last: _, ...recipient }) => recipient));
}

function historyText(history: RowHistory): string {
  const json = JSON.stringify(history);
  if (fits(json)) return json;
  const settled = history.settled.map(({ address, result, answer: { reply, at } }) => {
    return { address, result, answer: { reply: reply.slice(0, mostReply), at } };
  });
  const shorter = JSON.stringify({ ...history, settled });
  return fits(shorter) ? shorter : JSON.stringify({ ...history, settled: [] });
}

/** A hold that an operator put on the row meanwhile stays. */
export function deferWrite(key: SpoolKey, by: HolderId, { recipients, nextAttemptAt, error, hold, history, untried }: Deferral): RowWrite {
  const sets: Sets = {
    [shape.recipients]: text(recipientsText(recipients)),
    [shape.nextAttemptAt]: number(nextAttemptAt),
    [shape.readyAt]: number(nextAttemptAt),
    [shape.lastError]: text(error),
    [shape.claimedBy]: undefined,
    [shape.claimedUntil]: undefined,
    ...(history === undefined ? {} : { [shape.history]: text(historyText(history)) }),
    ...(hold === true ? heldSets : {}),
  };
  return write(key, sets, claimedBy(by), { [shape.attempts]: untried === true ? 0 : 1 });
}

/** Held rows are in no index. */
const heldSets: Sets = { [shape.held]: { BOOL: true }, [shape.hopKey]: undefined, [shape.dueKey]: undefined };

export const holdWrite = (key: SpoolKey, reason: string): RowWrite => write(key, { ...heldSets, [shape.lastError]: text(reason) }, exists);

/** @param readyAt as the row read before says it; its index keys come back with it. @param seen claim of that row, so that one taken meanwhile is not touched */
export const freeWrite = (key: SpoolKey, { hopKey, dueKey, nextAttemptAt, readyAt, seen }: FreedRow): RowWrite =>
  write(
    key,
    {
      [shape.held]: undefined,
      [shape.hopKey]: text(hopKey),
      [shape.dueKey]: text(dueKey),
      [shape.nextAttemptAt]: number(nextAttemptAt),
      [shape.readyAt]: number(readyAt),
    },
    (x) =>
      seen === undefined
        ? `${exists(x)} AND attribute_not_exists(${x.name(shape.claimedUntil)})`
        : `${x.name(shape.claimedUntil)} = ${x.number(seen)}`,
  );

export interface FreedRow {
  readonly hopKey: string;
  readonly dueKey: string;
  readonly nextAttemptAt: number;
  readonly readyAt: number;
  readonly seen: number | undefined;
}

export const rerouteWrite = (key: SpoolKey, via: string | undefined): RowWrite =>
  write(key, { [shape.via]: via === undefined ? undefined : text(via) }, exists);

/** Into the indexes, as it was added. */
export const showWrite = (key: SpoolKey, hopKey: string, dueKey: string): RowWrite =>
  write(
    key,
    { [shape.hopKey]: text(hopKey), [shape.dueKey]: text(dueKey) },
    (x) => `${exists(x)} AND attribute_not_exists(${x.name(shape.held)})`,
  );

export const shownWrite = (key: SpoolKey): RowWrite => write(key, { [shape.rowsToShow]: undefined }, exists);

/** For a Delete, which has no update: what must be true of the row. */
export function finishCondition(by: HolderId) {
  const x = new Expression();
  const ConditionExpression = claimedBy(by)(x);
  return { ConditionExpression, ExpressionAttributeNames: x.names, ExpressionAttributeValues: x.values };
}

/** Not while it is claimed. */
export function deleteCondition(now: number) {
  const x = new Expression();
  const until = x.name(shape.claimedUntil);
  const ConditionExpression = `${exists(x)} AND (attribute_not_exists(${until}) OR ${until} <= ${x.number(now)})`;
  return { ConditionExpression, ExpressionAttributeNames: x.names, ExpressionAttributeValues: x.values };
}

/** A row that was put ahead of its message's first one, and never shown. */
export function hiddenCondition() {
  const x = new Expression();
  const ConditionExpression = `attribute_not_exists(${x.name(shape.hopKey)}) AND attribute_not_exists(${x.name(shape.held)})`;
  return { ConditionExpression, ExpressionAttributeNames: x.names };
}
