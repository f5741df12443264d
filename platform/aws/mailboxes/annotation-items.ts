import { randomInt } from 'node:crypto';
import type { AttributeValue, TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { type Annotation, type AnnotationSet, sortedAnnotations } from '../../../core/mailbox/annotations.ts';
import type { AccountId } from '../../../core/values/address.ts';
import { mailKey, ownKey } from '../accounts/account-items.ts';
import { type Attributes, wholeNumber } from '../dynamodb/attributes.ts';
import { Expression } from '../dynamodb/expression.ts';
import { accountShape, annotationShape as shape } from '../mail-shapes.ts';
import type { Key } from './mail-table.ts';
import { mailboxKey, rowKey } from './mailbox-row.ts';

/** Partition of what an account has annotated for itself elsewhere than in its own mailboxes. Not that of its names, which LIST reads whole. */
export const annotationsPartition = (account: AccountId): string => shape.accountPrefix + account;

/** In the partition of the mailbox, which goes with it; what others than its owner have for themselves goes with their account. */
export function annotationKey(set: AnnotationSet): Key {
  if (set.of === 'server') return mailKey(annotationsPartition(set.account), shape.server);
  const { mailbox, account } = set;
  if (account === undefined) return mailboxKey(mailbox.id, shape.shared);
  if (account === mailbox.account) return mailboxKey(mailbox.id, shape.own);
  return mailKey(annotationsPartition(account), shape.mailboxPrefix + mailbox.id);
}

/** What must be there for the set to be written. */
export const guardsOf = (set: AnnotationSet): readonly Guard[] => [
  ...(set.of === 'mailbox' ? [{ key: rowKey(set.mailbox.id), attribute: undefined }] : []),
  ...(set.account === undefined ? [] : [{ key: ownKey(set.account), attribute: accountShape.passwordHash }]),
];

export interface Guard {
  readonly key: Key;
  /** Must be there too. */
  readonly attribute: string | undefined;
}

export const isThere = (item: Attributes | undefined, { attribute }: Guard): boolean =>
  item !== undefined && (attribute === undefined || item[attribute] !== undefined);

export function guardWrite(TableName: string, { key, attribute }: Guard): TransactWriteItem {
  const x = new Expression();
  const ConditionExpression = `attribute_exists(${x.name(attribute ?? Object.keys(key)[0] ?? '')})`;
  return { ConditionCheck: { TableName, Key: key, ConditionExpression, ExpressionAttributeNames: x.names } };
}

export const annotationsIn = (item: Attributes | undefined): readonly Annotation[] =>
  sortedAnnotations(
    Object.entries(item?.[shape.entries]?.M ?? {}).map(([name, { B }]) => ({ name, value: Buffer.from(B ?? []).toString('latin1') })),
  );

const firstVersions = 2 ** 47;

/** On condition that the set is as it was read. One that is empty has no item. */
export function annotationsWrite(
  TableName: string,
  set: AnnotationSet,
  before: Attributes | undefined,
  after: readonly Annotation[],
): TransactWriteItem {
  const Key = annotationKey(set);
  // One that is made again after it was emptied must not look as it was: whoever read it before that would write over it.
  const version = before === undefined ? randomInt(firstVersions) : wholeNumber(before[shape.version], 'version of annotations');
  const condition = asRead(before === undefined ? undefined : version, Key);
  if (after.length === 0) return { Delete: { TableName, Key, ...condition } };
  const entries = Object.fromEntries(after.map(({ name, value }): [string, AttributeValue] => [name, { B: Buffer.from(value, 'latin1') }]));
  const Item = { ...Key, [shape.version]: { N: String(version + 1) }, [shape.entries]: { M: entries } };
  return { Put: { TableName, Item, ...condition } };
}

function asRead(version: number | undefined, key: Key) {
  const x = new Expression();
  if (version === undefined) {
    const ConditionExpression = `attribute_not_exists(${x.name(Object.keys(key)[0] ?? '')})`;
    return { ConditionExpression, ExpressionAttributeNames: x.names };
  }
  const ConditionExpression = `${x.name(shape.version)} = ${x.number(version)}`;
  return { ConditionExpression, ExpressionAttributeNames: x.names, ExpressionAttributeValues: x.values };
}
