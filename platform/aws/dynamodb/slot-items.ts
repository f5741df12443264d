import type { OpId, SlotEntry, SlotItem, SlotKey, SlotMove } from '../../../core/slots/slot-store.ts';
import type { HolderId } from '../../../core/values/ids.ts';
import { slotTableShape as shape } from '../table-shapes.ts';
import { type Attributes, text, wholeNumber } from './attributes.ts';
import { Expression } from './expression.ts';
import type { Update } from './item-table.ts';

/**
 * Slot keys as items: `pk k/<key> · n · lim · ttl · h<holder> [count, version] …`. By DynamoDB's rule an entry of a ULID and a version of 9
 * is 27 (name) + 3 (list) + 2 (its elements) + 2 (count) + 9 = 43 bytes. With the key, `n`, `lim` and `ttl` some 20 holders are one write unit.
 */
export const pkOfKey = (key: SlotKey): { readonly [shape.partitionKey]: { readonly S: string } } => ({
  [shape.partitionKey]: { S: shape.keyPrefix + key },
});

export const entryName = (holder: HolderId): string => shape.entryPrefix + holder;

/**
 * One write, no read. A condition does no arithmetic and `n` is absent at first, so `n + more <= limit` is sent as `n <= limit - more`.
 * @param ttl seconds since 1970
 */
export function moveUpdate(move: SlotMove, ttl: number): Update {
  const { holder, from, to, limit, total, setLimit } = move;
  const x = new Expression();
  const entry = x.name(entryName(holder));
  const n = x.name(shape.count);
  const more = to.count - (from?.count ?? 0);
  const conditions = [from === undefined ? `attribute_not_exists(${entry})` : `${entry}[1] = ${x.text(from.version)}`];
  const sets = [`${entry} = ${x.value({ L: [{ N: String(to.count) }, { S: to.version }] })}`, `${x.name(shape.expiry)} = ${x.number(ttl)}`];
  if (more > 0 && limit !== 0) {
    const fits = `${n} <= ${x.number(limit - more)}`;
    conditions.push(more <= limit ? `(attribute_not_exists(${n}) OR ${fits})` : fits); // an absent `n` is 0, which is too much for the latter
  }
  if (total && (setLimit || more > 0)) {
    const inForce = x.name(shape.limit);
    const mine = x.number(limit);
    sets.push(`${inForce} = ${mine}`);
    if (!setLimit) conditions.push(`(attribute_not_exists(${inForce}) OR ${inForce} = ${mine})`);
  }
  return {
    Key: pkOfKey(move.key),
    UpdateExpression: `SET ${sets.join(', ')} ADD ${n} ${x.number(more)}`,
    ConditionExpression: conditions.join(' AND '),
    ExpressionAttributeNames: x.names,
    ExpressionAttributeValues: x.values,
    ReturnValues: 'ALL_NEW',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  };
}

/** DynamoDB takes the count off `n` itself, so nobody need have read it. */
export function repairUpdate(key: SlotKey, dead: HolderId, version: OpId, ttl: number): Update {
  const x = new Expression();
  const entry = x.name(entryName(dead));
  const n = x.name(shape.count);
  return {
    Key: pkOfKey(key),
    UpdateExpression: `SET ${n} = ${n} - ${entry}[0], ${x.name(shape.expiry)} = ${x.number(ttl)} REMOVE ${entry}`,
    ConditionExpression: `${entry}[1] = ${x.text(version)}`,
    ExpressionAttributeNames: x.names,
    ExpressionAttributeValues: x.values,
  };
}

export function parseSlotItem(attributes: Attributes): SlotItem {
  const where = `slot item ${attributes[shape.partitionKey]?.S ?? '?'}`;
  const entries = new Map<HolderId, SlotEntry>();
  for (const [name, value] of Object.entries(attributes)) {
    if (!name.startsWith(shape.entryPrefix)) continue;
    const [count, version] = value.L ?? [];
    entries.set(name.slice(shape.entryPrefix.length) as HolderId, {
      count: wholeNumber(count, `${where} ${name}, count`),
      version: text(version, `${where} ${name}, version`) as OpId,
    });
  }
  const limit = attributes[shape.limit];
  return {
    n: wholeNumber(attributes[shape.count], `${where} n`),
    entries,
    ...(limit === undefined ? {} : { limit: wholeNumber(limit, `${where} limit`) }),
  };
}
