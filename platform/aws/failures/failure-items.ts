import {
  type FailingPeer,
  forgottenAfter,
  type LearntCap,
  type PeerFailure,
  parsePeerKey,
  peerKey,
} from '../../../core/delivery/failure-cache.ts';
import type { HolderId } from '../../../core/values/ids.ts';
import { type Attributes, optionalWhole, text, wholeNumber } from '../dynamodb/attributes.ts';
import { Expression } from '../dynamodb/expression.ts';
import type { Update } from '../dynamodb/item-table.ts';
import { failureTableShape as shape } from '../table-shapes.ts';

export type NewFailure = Pick<PeerFailure, 'peer' | 'name' | 'reason' | 'until'>;

export const keyOfPeer = (peer: FailingPeer) => ({ [shape.partitionKey]: { S: peerKey(peer) } });
export const keyOfCap = ({ ip, port }: Pick<LearntCap, 'ip' | 'port'>) => ({
  [shape.partitionKey]: { S: shape.capPrefix + peerKey({ kind: 'host', ip, port }) },
});

/** Seconds; a hold without an end is never swept: DynamoDB's TTL passes over what is further away than it counts. */
const ttl = (until: number): number => Math.ceil((until + forgottenAfter) / 1000);

/** A condition does no arithmetic on attributes that may be absent, and no update has an if: each state of an entry has an update of its own. */
type Step = (x: Expression, failure: NewFailure, now: number) => { readonly update: string; readonly condition: string };

const countOn: Step = (x, { name, reason, until }, now) => ({
  update:
    `SET ${x.name(shape.name)} = ${x.text(name)}, ${x.name(shape.reason)} = ${x.text(reason)}, ${x.name(shape.lastAt)} = ${x.number(now)}, ` +
    `${x.name(shape.until)} = ${x.number(until)}, ${x.name(shape.expiry)} = ${x.number(ttl(until))} ` +
    `REMOVE ${noTrial(x)} ADD ${x.name(shape.count)} ${x.number(1)}`,
  condition: `${x.name(shape.until)} >= ${x.number(now - forgottenAfter)} AND attribute_not_exists(${x.name(shape.held)})`,
});

const countUnderHold: Step = (x, _failure, now) => ({
  update:
    `SET ${x.name(shape.lastAt)} = ${x.number(now)}, ${x.name(shape.firstAt)} = if_not_exists(${x.name(shape.firstAt)}, ${x.number(now)}) ` +
    `REMOVE ${noTrial(x)} ADD ${x.name(shape.count)} ${x.number(1)}`,
  condition: `attribute_exists(${x.name(shape.held)}) AND ${x.name(shape.until)} > ${x.number(now)}`,
});

const countAnew: Step = (x, { name, reason, until }, now) => ({
  update:
    `SET ${x.name(shape.name)} = ${x.text(name)}, ${x.name(shape.reason)} = ${x.text(reason)}, ${x.name(shape.firstAt)} = ${x.number(now)}, ` +
    `${x.name(shape.lastAt)} = ${x.number(now)}, ${x.name(shape.count)} = ${x.number(1)}, ${x.name(shape.until)} = ${x.number(until)}, ` +
    `${x.name(shape.expiry)} = ${x.number(ttl(until))} REMOVE ${x.name(shape.held)}, ${noTrial(x)}`,
  condition:
    `attribute_not_exists(${x.name(shape.partitionKey)}) OR ${x.name(shape.until)} < ${x.number(now - forgottenAfter)} OR ` +
    `(attribute_exists(${x.name(shape.held)}) AND ${x.name(shape.until)} <= ${x.number(now)})`,
});

const noTrial = (x: Expression): string => `${x.name(shape.trialBy)}, ${x.name(shape.trialUntil)}`;

/** Tried one after the other: of any entry exactly one applies. The first is the usual one. */
export const failureUpdates = (failure: NewFailure, now: number): readonly Update[] =>
  [countAnew, countOn, countUnderHold].map((step) => {
    const x = new Expression();
    const { update, condition } = step(x, failure, now);
    return asUpdate(keyOfPeer(failure.peer), update, condition, x);
  });

export function trialUpdate(peer: FailingPeer, by: HolderId, now: number, until: number): Update {
  const x = new Expression();
  const update = `SET ${x.name(shape.trialBy)} = ${x.text(by)}, ${x.name(shape.trialUntil)} = ${x.number(until)}`;
  const condition =
    `${x.name(shape.until)} <= ${x.number(now)} AND attribute_not_exists(${x.name(shape.held)}) AND ` +
    `(attribute_not_exists(${x.name(shape.trialUntil)}) OR ${x.name(shape.trialUntil)} <= ${x.number(now)})`;
  return asUpdate(keyOfPeer(peer), update, condition, x);
}

export function endTrialUpdate(peer: FailingPeer, by: HolderId): Update {
  const x = new Expression();
  return asUpdate(keyOfPeer(peer), `REMOVE ${noTrial(x)}`, `${x.name(shape.trialBy)} = ${x.text(by)}`, x);
}

/** What was counted stays. */
export function holdUpdate(peer: FailingPeer, name: string, reason: string, now: number, until: number): Update {
  const x = new Expression();
  const update =
    `SET ${x.name(shape.name)} = ${x.text(name)}, ${x.name(shape.reason)} = ${x.text(reason)}, ${x.name(shape.until)} = ${x.number(until)}, ` +
    `${x.name(shape.held)} = ${x.value({ BOOL: true })}, ${x.name(shape.expiry)} = ${x.number(ttl(until))}, ` +
    `${x.name(shape.lastAt)} = if_not_exists(${x.name(shape.lastAt)}, ${x.number(now)}) ADD ${x.name(shape.count)} ${x.number(0)}`;
  return asUpdate(keyOfPeer(peer), update, undefined, x);
}

export function capUpdate({ ip, port, connections, until, reply }: LearntCap): Update {
  const x = new Expression();
  const update =
    `SET ${x.name(shape.connections)} = ${x.number(connections)}, ${x.name(shape.until)} = ${x.number(until)}, ` +
    `${x.name(shape.reply)} = ${x.text(reply)}, ${x.name(shape.expiry)} = ${x.number(ttl(until))}`;
  return asUpdate(keyOfCap({ ip, port }), update, undefined, x);
}

const asUpdate = (Key: Update['Key'], UpdateExpression: string, condition: string | undefined, x: Expression): Update => ({
  Key,
  UpdateExpression,
  ...(condition === undefined ? {} : { ConditionExpression: condition }),
  ExpressionAttributeNames: x.names,
  ...(Object.keys(x.values).length === 0 ? {} : { ExpressionAttributeValues: x.values }),
  ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
});

/** @returns what an item tells, or the fault by name */
export function parseFailureItem(item: Attributes): PeerFailure | LearntCap {
  const key = text(item[shape.partitionKey], 'failure item key');
  const where = `failure item ${key}`;
  const isCap = key.startsWith(shape.capPrefix);
  const peer = parsePeerKey(isCap ? key.slice(shape.capPrefix.length) : key);
  if (peer === undefined || (isCap && peer.kind !== 'host')) throw new Error(`${where} names no peer`);
  const until = wholeNumber(item[shape.until], `${where} until`);
  if (isCap && peer.kind === 'host') {
    const { ip, port } = peer;
    return {
      ip,
      port,
      connections: wholeNumber(item[shape.connections], `${where} connections`),
      until,
      reply: text(item[shape.reply], `${where} reply`),
    };
  }
  const lastAt = wholeNumber(item[shape.lastAt], `${where} last`);
  return {
    peer,
    name: text(item[shape.name], `${where} name`),
    reason: text(item[shape.reason], `${where} reason`),
    firstAt: optionalWhole(item[shape.firstAt], `${where} first`) ?? lastAt,
    lastAt,
    count: wholeNumber(item[shape.count], `${where} count`),
    until,
    held: item[shape.held]?.BOOL === true,
  };
}
