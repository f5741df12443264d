import { createHash } from 'node:crypto';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { BodyMissing } from '../../../core/mailbox/message-bodies.ts';
import type { BodyId } from '../../../core/values/ids.ts';
import { type Attributes, text } from '../dynamodb/attributes.ts';
import { mailTableShape, ownershipShape as shape } from '../mail-shapes.ts';
import { type AlongWrite, put } from './draft.ts';
import { inParallel, type Key, type MailTable } from './mail-table.ts';
import type { StoredMessage } from './message-record.ts';

/*
 * A body belongs to the messages that have an item in its partition. The first such items are made while an open note says that the body is being
 * taken over; later ones only in a transaction that finds another owner still there. So once a body has neither note nor owner it never has one
 * again, and whoever took away the last of them may remove the object. A transaction appears item by item, though: the owner that it found may be
 * taken away before the one that it added is seen. So it writes into the one that it found when that was, and who takes away one that was copied just
 * now leaves a body without owners for later.
 */

const keyOf = (partition: string, sortKey: string): Key => ({
  [mailTableShape.partitionKey]: { S: partition },
  [mailTableShape.sortKey]: { S: sortKey },
});

export const ownerKey = (body: BodyId, owner: string): Key => keyOf(shape.ownersPrefix + body, owner);
export const ownerWrite = (body: BodyId, owner: string): AlongWrite => put(ownerKey(body, owner));

export const bodyOfOwner = (item: Attributes): BodyId =>
  text(item[mailTableShape.partitionKey], 'partition of an owner').slice(shape.ownersPrefix.length) as BodyId;

/** Another owner must still be there. @param refused told when it is not */
export const ownerStands = (body: BodyId, owner: string, now: number, refused: () => void): AlongWrite => ({
  write: {
    Update: {
      TableName: undefined,
      Key: ownerKey(body, owner),
      UpdateExpression: 'SET #c = :c',
      ConditionExpression: 'attribute_exists(#p)',
      ExpressionAttributeNames: { '#p': mailTableShape.partitionKey, '#c': shape.copiedAt },
      ExpressionAttributeValues: { ':c': { N: String(now) } },
    },
  },
  refused,
});

/** Of an item that says what must be looked at again, should this process die: spread, since every append has one. */
export function openKey(sortKey: string): Key {
  const shard = (createHash('sha256').update(sortKey).digest()[0] ?? 0) % shape.shards;
  return keyOf(openPartition(shard), sortKey);
}

export const openPartition = (shard: number): string => `${shape.openPrefix}${shard}`;

export const takenKey = (body: BodyId): Key => openKey(shape.takenPrefix + body);

/** @param staged goes when the body has been taken over. undefined: it is the spool's */
export const takenItem = (body: BodyId, since: number, staged: BodyId | undefined): Record<string, AttributeValue> => ({
  ...takenKey(body),
  [shape.since]: { N: String(since) },
  ...(staged === undefined ? {} : { [shape.staged]: { S: staged } }),
});

/** One of a body's owners. @throws BodyMissing when it has none */
export async function anOwner(table: MailTable, body: BodyId): Promise<string> {
  for await (const [first] of table.pages({ S: shape.ownersPrefix + body }, ' ', '~', 1)) {
    if (first !== undefined) return text(first[mailTableShape.sortKey], `an owner of body ${body}`);
  }
  throw new BodyMissing(`body ${body} is gone`);
}

/** @returns those of the bodies that nobody has any more, and nobody will. The note is looked for first: without one no first owner can come. */
export async function ownerless(table: MailTable, bodies: readonly BodyId[]): Promise<readonly BodyId[]> {
  const notes = await table.getAll(bodies.map(takenKey));
  const beingTaken = new Set(notes.map((note) => note[mailTableShape.sortKey]?.S));
  const free: BodyId[] = [];
  await inParallel(
    bodies.filter((body) => !beingTaken.has(shape.takenPrefix + body)),
    async (body) => {
      for await (const page of table.pages({ S: shape.ownersPrefix + body }, ' ', '~', 1)) if (page.length > 0) return;
      free.push(body);
    },
  );
  return free;
}

export interface BodyRemover {
  remove(ids: readonly BodyId[]): Promise<void>;
}

/** ms after which all items of a transaction are seen: usually some ten, and longer when it has to be brought to its end by another server of AWS. */
const seenWithin = 300_000;

/**
 * Messages that are gone give their bodies up. Safe to repeat: the records, which tell what there is to do, must be removed after it.
 * @returns false when a body may have got another owner just now that is not seen yet: to be repeated later
 */
export async function release(
  table: MailTable,
  bodies: BodyRemover,
  messages: readonly Pick<StoredMessage, 'body' | 'owner'>[],
  now: number,
): Promise<boolean> {
  if (messages.length === 0) return true;
  const justCopied = new Set<BodyId>();
  await inParallel(messages, async ({ body, owner }) => {
    const before = await table.delete(ownerKey(body, owner));
    if (Number(before?.[shape.copiedAt]?.N ?? 0) > now - seenWithin) justCopied.add(body);
  });
  const free = await ownerless(table, [...new Set(messages.map(({ body }) => body))]);
  const sure = free.filter((body) => !justCopied.has(body));
  if (sure.length > 0) await bodies.remove(sure);
  return sure.length === free.length;
}
