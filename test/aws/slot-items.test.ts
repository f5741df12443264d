import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { OpId, SlotEntry, SlotKey, SlotMove } from '../../core/slots/slot-store.ts';
import type { HolderId } from '../../core/values/ids.ts';
import { parseHolderRow } from '../../platform/aws/dynamodb/holder-rows.ts';
import { moveUpdate, parseSlotItem } from '../../platform/aws/dynamodb/slot-items.ts';

const laptop = '01KB0000000000000000000000' as HolderId;
const entry = (count: number, version: string): SlotEntry => ({ count, version: version as OpId });
const good = { pk: { S: 'k/imap/sessions' }, n: { N: '3' }, ttl: { N: '1795000000' } };

/** A condition with its placeholders filled in, as one would read it. */
function condition(more: Partial<SlotMove>): string | undefined {
  const update = moveUpdate(
    {
      key: 'imap/sessions' as SlotKey,
      holder: laptop,
      from: undefined,
      to: entry(1, 'b'),
      limit: 10,
      total: false,
      setLimit: false,
      ...more,
    },
    1_795_000_000,
  );
  const named = Object.entries(update.ExpressionAttributeNames ?? {}).map(([at, name]) => [at, name.replace(laptop, '')] as const);
  const valued = Object.entries(update.ExpressionAttributeValues ?? {}).map(([at, value]) => [at, value.N ?? value.S ?? '[]'] as const);
  return update.ConditionExpression?.replace(/[#:]\d+/g, (at) => new Map([...named, ...valued]).get(at) ?? at);
}

describe('the condition of a move', () => {
  it('names the version it starts from, or that there is no entry', () => {
    assert.equal(condition({ from: entry(1, 'a') }), 'h[1] = a');
    assert.equal(condition({ from: entry(2, 'a'), to: entry(1, 'b') }), 'h[1] = a');
    assert.equal(condition({ to: entry(0, 'b') }), 'attribute_not_exists(h)');
  });

  it('compares what is left of the limit when the count grows, and nothing when it is unlimited', () => {
    assert.equal(condition({ from: entry(1, 'a'), to: entry(4, 'b') }), 'h[1] = a AND (attribute_not_exists(n) OR n <= 7)');
    assert.equal(condition({ from: entry(1, 'a'), to: entry(4, 'b'), limit: 0 }), 'h[1] = a');
  });

  it('does not take a key that nobody holds for room enough', () => {
    assert.equal(condition({ to: entry(11, 'b') }), 'attribute_not_exists(h) AND n <= -1');
  });

  it('holds a total to the limit in force, unless it brings a new one', () => {
    const total = { from: entry(1, 'a'), to: entry(2, 'b'), total: true };
    assert.equal(condition(total), 'h[1] = a AND (attribute_not_exists(n) OR n <= 9) AND (attribute_not_exists(lim) OR lim = 10)');
    assert.equal(condition({ ...total, setLimit: true }), 'h[1] = a AND (attribute_not_exists(n) OR n <= 9)');
  });
});

describe('an item of the table of slots', () => {
  it('is read with its entries, and with what a later version may have added', () => {
    const item = parseSlotItem({ ...good, lim: { N: '9' }, [`h${laptop}`]: { L: [{ N: '3' }, { S: 'a' }] }, x: { BOOL: true } });
    assert.deepEqual(item, { n: 3, limit: 9, entries: new Map([[laptop, entry(3, 'a')]]) });
  });

  it('that is none of ours is refused, and the fault names where', () => {
    const { n: _, ...without } = good;
    assert.throws(() => parseSlotItem(without), /^Error: slot item k\/imap\/sessions n is no whole number: undefined$/);
    assert.throws(() => parseSlotItem({ ...good, n: { N: '1.5' } }), /n is no whole number/);
    assert.throws(() => parseSlotItem({ ...good, [`h${laptop}`]: { S: '3' } }), /h01KB0{22}, count is no whole number/);
    assert.throws(() => parseSlotItem({ ...good, [`h${laptop}`]: { L: [{ N: '3' }] } }), /version is no text/);
  });

  it('of a holder is read, or refused by name', () => {
    const row = { pk: { S: `h/${laptop}` }, state: { S: 'live' }, leaseUntil: { N: '7' } };
    assert.deepEqual(parseHolderRow(row), { state: 'live', leaseUntil: 7, ask: [] });
    assert.throws(() => parseHolderRow({ ...row, state: { S: 'asleep' } }), /state is neither live nor dead: asleep/);
    assert.throws(() => parseHolderRow({ ...row, asks: { L: [{ N: '1' }] } }), /asks is no text/);
  });
});
