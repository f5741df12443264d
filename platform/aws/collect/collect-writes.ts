import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Settlement } from '../../../core/collect/collect-sources.ts';
import { isFailure } from '../../../core/collect/next-run.ts';
import type { SourceId } from '../../../core/collect/source.ts';
import type { Claim } from '../../../core/delivery/spool.ts';
import type { HolderId } from '../../../core/values/ids.ts';
import { Expression } from '../dynamodb/expression.ts';
import { collectTableShape as shape } from '../table-shapes.ts';
import { type Key, sourceKey } from './collect-items.ts';

/** One conditional write of one source. */
export interface SourceWrite {
  readonly Key: Key;
  readonly UpdateExpression: string;
  readonly ConditionExpression: string;
  readonly ExpressionAttributeNames: Record<string, string>;
  readonly ExpressionAttributeValues?: Record<string, AttributeValue>;
}

/** @param tell gives the update and the condition */
function write(id: SourceId, tell: (x: Expression) => readonly [update: string, condition: string]): SourceWrite {
  const x = new Expression();
  const [UpdateExpression, ConditionExpression] = tell(x);
  const values = Object.keys(x.values).length === 0 ? {} : { ExpressionAttributeValues: x.values };
  return { Key: sourceKey(id), UpdateExpression, ConditionExpression, ExpressionAttributeNames: x.names, ...values };
}

const exists = (x: Expression): string => `attribute_exists(${x.name(shape.partitionKey)})`;
/** A source that was removed has no such attribute either. */
const claimedBy = (x: Expression, by: HolderId): string => `${x.name(shape.claimedBy)} = ${x.text(by)}`;
const noClaim = (x: Expression): string => `${x.name(shape.claimedBy)}, ${x.name(shape.claimedUntil)}`;

const setClaim = (x: Expression, { by, until }: Claim): string => {
  const end = x.number(until);
  return `SET ${x.name(shape.claimedBy)} = ${x.text(by)}, ${x.name(shape.claimedUntil)} = ${end}, ${x.name(shape.readyAt)} = ${end}`;
};

export const claimDueWrite = (id: SourceId, now: number, claim: Claim): SourceWrite =>
  write(id, (x) => [setClaim(x, claim), `attribute_exists(${x.name(shape.dueKey)}) AND ${x.name(shape.readyAt)} <= ${x.number(now)}`]);

export const renewWrite = (id: SourceId, claim: Claim): SourceWrite => write(id, (x) => [setClaim(x, claim), claimedBy(x, claim.by)]);

/** `readyAt` is the next run again, as the source itself has it. */
export const letGoWrite = (id: SourceId, by: HolderId): SourceWrite =>
  write(id, (x) => [`SET ${x.name(shape.readyAt)} = ${x.name(shape.nextRunAt)} REMOVE ${noClaim(x)}`, claimedBy(x, by)]);

export const reportText = ({ report }: Settlement): string => JSON.stringify(report);

/** A hold that an operator put on the source meanwhile stays: what puts it into the index is not touched. */
export const settleWrite = (id: SourceId, by: HolderId, settlement: Settlement): SourceWrite =>
  write(id, (x) => {
    const { report, nextRunAt, failures, loginDelay } = settlement;
    const next = x.number(nextRunAt);
    const sets = [
      `${x.name(shape.nextRunAt)} = ${next}`,
      `${x.name(shape.readyAt)} = ${next}`,
      `${x.name(shape.failures)} = ${x.number(failures)}`,
      `${x.name(shape.loginDelay)} = ${x.number(loginDelay)}`,
      `${x.name(shape.lastRun)} = ${x.text(reportText(settlement))}`,
      ...(isSuccess(settlement) ? [`${x.name(shape.lastSuccessAt)} = ${x.number(report.endedAt)}`] : []),
    ];
    const update = `SET ${sets.join(', ')} REMOVE ${noClaim(x)} ADD ${x.name(shape.collected)} ${x.number(report.collected)}`;
    return [update, claimedBy(x, by)];
  });

const isSuccess = ({ report: { result } }: Settlement): boolean => !isFailure(result) && result !== 'stopped';

export const holdWrite = (id: SourceId): SourceWrite => write(id, (x) => [`REMOVE ${x.name(shape.dueKey)}`, exists(x)]);

/** @param claimEnd of the source as it was read: one that was claimed or let go meanwhile is not touched */
export const runNowWrite = (id: SourceId, now: number, claimEnd: number | undefined): SourceWrite =>
  write(id, (x) => [`SET ${dueAt(x, now, claimEnd)}`, asSeen(x, claimEnd)]);

export const releaseWrite = (id: SourceId, now: number, claimEnd: number | undefined): SourceWrite =>
  write(id, (x) => {
    const enabled = `${x.name(shape.dueKey)} = ${x.text(shape.due)}, ${x.name(shape.failures)} = ${x.number(0)}`;
    return [`SET ${dueAt(x, now, claimEnd)}, ${enabled}`, asSeen(x, claimEnd)];
  });

/** A run that is on goes on. */
const dueAt = (x: Expression, now: number, claimEnd: number | undefined): string =>
  `${x.name(shape.nextRunAt)} = ${x.number(now)}, ${x.name(shape.readyAt)} = ${x.number(Math.max(now, claimEnd ?? 0))}`;

const asSeen = (x: Expression, claimEnd: number | undefined): string =>
  claimEnd === undefined
    ? `${exists(x)} AND attribute_not_exists(${x.name(shape.claimedUntil)})`
    : `${x.name(shape.claimedUntil)} = ${x.number(claimEnd)}`;

/** For the part of a transaction that only looks. */
export function claimedCheck(id: SourceId, by: HolderId) {
  const x = new Expression();
  const ConditionExpression = claimedBy(x, by);
  return { Key: sourceKey(id), ConditionExpression, ExpressionAttributeNames: x.names, ExpressionAttributeValues: x.values };
}
