import type { HolderRow } from '../../../core/slots/slot-store.ts';
import type { HolderId } from '../../../core/values/ids.ts';
import { slotTableShape as shape } from '../table-shapes.ts';
import { type Attributes, text, wholeNumber } from './attributes.ts';
import { Expression } from './expression.ts';
import type { Update } from './item-table.ts';

/** Holders as items: `pk h/<holder> · state · leaseUntil · asks · ttl`. Every write is one conditional request, and safe to repeat. */
export const pkOfHolder = (holder: HolderId): { readonly [shape.partitionKey]: { readonly S: string } } => ({
  [shape.partitionKey]: { S: shape.holderPrefix + holder },
});

/** Requests that wait for one holder: whoever asks more is told no. */
const mostAsks = 100;

/** Not for a holder that has a row already, live or dead: a late copy must not bring it back to life. */
export function registerUpdate(holder: HolderId, leaseUntil: number, ttl: number): Update {
  const x = new Expression();
  const sets = [
    `${x.name(shape.state)} = ${x.text('live')}`,
    `${x.name(shape.leaseUntil)} = ${x.number(leaseUntil)}`,
    `${x.name(shape.expiry)} = ${x.number(ttl)}`,
  ];
  return update(holder, x, `SET ${sets.join(', ')}`, `attribute_not_exists(${x.name(shape.partitionKey)})`, 'NONE');
}

/**
 * Takes the waiting requests in the same write, so that none is delivered twice and none that comes meanwhile is lost. When the reply is lost
 * they are lost with it: whoever asked sees that nothing happened, and asks again.
 */
export function renewUpdate(holder: HolderId, leaseUntil: number, ttl: number): Update {
  const x = new Expression();
  const until = x.name(shape.leaseUntil);
  const mine = x.number(leaseUntil);
  return update(
    holder,
    x,
    `SET ${until} = ${mine}, ${x.name(shape.expiry)} = ${x.number(ttl)} REMOVE ${x.name(shape.asks)}`,
    `${x.name(shape.state)} = ${x.text('live')} AND ${until} < ${mine}`,
    'ALL_OLD',
  );
}

/** @param overAt a lease that ended before this may be ended for good; undefined: the holder's own word */
export function deadUpdate(holder: HolderId, overAt: number | undefined): Update {
  const x = new Expression();
  const state = x.name(shape.state);
  const dead = x.text('dead');
  const may = overAt === undefined ? `attribute_exists(${state})` : `${x.name(shape.leaseUntil)} < ${x.number(overAt)}`;
  return update(holder, x, `SET ${state} = ${dead} REMOVE ${x.name(shape.asks)}`, may, 'NONE');
}

/** A request that waits already, word for word, is not added again: so a repeated one is there once. */
export function askUpdate(holder: HolderId, request: string): Update {
  const x = new Expression();
  const asks = x.name(shape.asks);
  const none = x.value({ L: [] });
  const added = x.value({ L: [{ S: request }] });
  const mayBeAdded = `(attribute_not_exists(${asks}) OR (size(${asks}) < ${x.number(mostAsks)} AND NOT contains(${asks}, ${x.text(request)})))`;
  return update(
    holder,
    x,
    `SET ${asks} = list_append(if_not_exists(${asks}, ${none}), ${added})`,
    `${x.name(shape.state)} = ${x.text('live')} AND ${mayBeAdded}`,
    'NONE',
  );
}

function update(holder: HolderId, x: Expression, change: string, condition: string, answer: 'NONE' | 'ALL_OLD'): Update {
  return {
    Key: pkOfHolder(holder),
    UpdateExpression: change,
    ConditionExpression: condition,
    ExpressionAttributeNames: x.names,
    ExpressionAttributeValues: x.values,
    ReturnValues: answer,
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  };
}

export function parseHolderRow(attributes: Attributes): HolderRow {
  const where = `holder row ${attributes[shape.partitionKey]?.S ?? '?'}`;
  const state = text(attributes[shape.state], `${where} state`);
  if (state !== 'live' && state !== 'dead') throw new Error(`${where} state is neither live nor dead: ${state}`);
  return {
    state,
    leaseUntil: wholeNumber(attributes[shape.leaseUntil], `${where} leaseUntil`),
    ask: (attributes[shape.asks]?.L ?? []).map((ask) => text(ask, `${where} asks`)),
  };
}
