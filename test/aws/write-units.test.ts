import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Server } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { type AttributeValue, DynamoDBClient, GetItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import type { OpId, SlotKey, SlotMove } from '../../core/slots/slot-store.ts';
import type { HolderId } from '../../core/values/ids.ts';
import type { Attributes } from '../../platform/aws/dynamodb/attributes.ts';
import { askUpdate, deadUpdate, registerUpdate, renewUpdate } from '../../platform/aws/dynamodb/holder-rows.ts';
import { listKeys } from '../../platform/aws/dynamodb/list-keys.ts';
import { moveUpdate, parseSlotItem, pkOfKey, repairUpdate } from '../../platform/aws/dynamodb/slot-items.ts';
import { itemSize, readUnits, writeUnits } from '../../platform/aws/dynamodb/write-units.ts';
import { systemNewId } from '../../platform/node/new-id.ts';
import { makeSlotTable } from './slot-tables.ts';

const key = 'imap/sessions-per-address/2001:db8:1234:5678::/64' as SlotKey;
const newId = systemNewId();

const taking = (count: number, more: Partial<SlotMove> = {}): SlotMove => ({
  key,
  holder: newId() as HolderId,
  from: undefined,
  to: { count, version: '000000001' as OpId },
  limit: 10_000,
  total: true,
  setLimit: false,
  ...more,
});

/** The item that a first move makes, as DynamoDB stores it. */
const itemOf = (move: SlotMove): Attributes => ({
  ...pkOfKey(move.key),
  n: { N: String(move.to.count) },
  lim: { N: String(move.limit) },
  ttl: { N: '1795000000' },
  [`h${move.holder}`]: { L: [{ N: String(move.to.count) }, { S: move.to.version }] },
});

describe('what DynamoDB charges', () => {
  it('is 43 bytes for an entry of up to 99 slots', () => {
    const { [`h${'0'.repeat(26)}`]: _, ...without } = itemOf(taking(99, { holder: '0'.repeat(26) as HolderId }));
    assert.equal(itemSize(itemOf(taking(99))) - itemSize(without), 43);
  });

  it('counts names and texts in UTF-8, and the outer zeroes of numbers not at all', () => {
    assert.equal(itemSize({ é: { S: 'ü' } }), 4);
    const sizes = ['0', '7', '10', '100', '250', '-1', '1795000000', '0.50', '1e3'].map((N) => itemSize({ n: { N } }) - 1);
    assert.deepEqual(sizes, [1, 2, 2, 2, 3, 3, 3, 2, 2]);
  });

  it('is a whole unit for a write to no item, which a refused one is charged too', () => {
    assert.equal(writeUnits(undefined, undefined), 1);
    assert.equal(readUnits(undefined, true), 1);
    assert.equal(readUnits(undefined, false), 0.5);
  });

  it('is by the larger of the item before and after', () => {
    const small = { pk: { S: 'a' } };
    const large = { pk: { S: 'a'.repeat(2000) } };
    assert.deepEqual([writeUnits(small, large), writeUnits(large, small), writeUnits(small, small)], [2, 2, 1]);
  });
});

describe('an engine that checks requests and counts by size', () => {
  let server: Server;
  let client: DynamoDBClient;
  let table: string;
  before(async () => {
    server = dynalite({ createTableMs: 0, deleteTableMs: 0 });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const address = server.address();
    assert.ok(typeof address === 'object' && address !== null);
    const endpoint = `http://127.0.0.1:${address.port}`;
    process.env.AWS_REGION ??= 'us-east-1';
    process.env.AWS_ACCESS_KEY_ID ??= 'test';
    process.env.AWS_SECRET_ACCESS_KEY ??= 'test';
    table = (await makeSlotTable(endpoint)).name;
    client = new DynamoDBClient({ endpoint });
  });
  after(() => {
    client.destroy();
    server.close();
  });

  const read = async (at: Record<string, AttributeValue>, consistent: boolean) => {
    const command = new GetItemCommand({ TableName: table, Key: at, ConsistentRead: consistent, ReturnConsumedCapacity: 'TOTAL' });
    const { Item, ConsumedCapacity } = await client.send(command);
    return { item: Item, units: ConsumedCapacity?.CapacityUnits };
  };

  it('charges what is reckoned here, from the first holder of a key to the sixtieth', async () => {
    const charged = new Set<number>();
    for (let holders = 1; holders <= 60; holders++) {
      const { item: before } = await read(pkOfKey(key), true);
      const { ReturnValuesOnConditionCheckFailure: _, ...update } = moveUpdate(taking(holders % 7), 1_795_000_000);
      const { ConsumedCapacity } = await client.send(
        new UpdateItemCommand({ TableName: table, ...update, ReturnConsumedCapacity: 'TOTAL' }),
      );
      const consistent = await read(pkOfKey(key), true);
      const weak = await read(pkOfKey(key), false);
      const units = writeUnits(before, consistent.item);
      assert.equal(ConsumedCapacity?.CapacityUnits, units, `${holders} holders`);
      assert.equal(consistent.units, readUnits(consistent.item, true));
      assert.equal(weak.units, readUnits(consistent.item, false));
      if (holders <= 20) assert.equal(units, 1, `${holders} holders are one unit`);
      charged.add(units);
    }
    assert.deepEqual([...charged], [1, 2, 3]);
  });

  it('takes every request of ours as one that is well formed', async () => {
    const [laptop, phone] = [newId() as HolderId, newId() as HolderId];
    const account = 'imap/sessions-per-account/alice@example.org' as SlotKey;
    const first = taking(2, { key: account, holder: laptop, setLimit: true });
    const second = { count: 3, version: '000000002' as OpId };
    const updates = [
      moveUpdate(first, 1_795_000_000),
      moveUpdate({ ...first, from: first.to, to: second, setLimit: false }, 1_795_000_000),
      moveUpdate(taking(1, { key: account, holder: phone, limit: 0, total: false }), 1_795_000_000),
      repairUpdate(account, laptop, second.version, 1_795_000_000),
      registerUpdate(laptop, 1_000, 1_795_000_000),
      askUpdate(laptop, 'list sessions'),
      askUpdate(laptop, 'kick s1'),
      renewUpdate(laptop, 2_000, 1_795_000_000),
      deadUpdate(laptop, 3_000),
      deadUpdate(laptop, undefined),
    ];
    for (const { ReturnValuesOnConditionCheckFailure: _, ...update } of updates)
      await client.send(new UpdateItemCommand({ TableName: table, ...update }));
    const { item } = await read(pkOfKey(account), true);
    assert.deepEqual(item && parseSlotItem(item), { n: 1, entries: new Map([[phone, { count: 1, version: '000000001' }]]), limit: 10_000 });
    assert.deepEqual(await listKeys(client, table, 'imap/sessions-per-account/', 5), [account]);
  });

  it('agrees at the byte: items that fill a unit, and one more', async () => {
    const base = { n: { N: '250' }, list: { L: [{ N: '100' }, { S: 'x' }, { M: { a: { BOOL: true } } }] }, set: { SS: ['a', 'bc'] } };
    for (const [over, units] of [
      [0, 1],
      [1, 2],
    ] as const) {
      const fill = 1024 - itemSize({ ...base, pk: { S: '' } }) + over;
      const item = { ...base, pk: { S: 'x'.repeat(fill) } };
      const { ConsumedCapacity } = await client.send(new PutItemCommand({ TableName: table, Item: item, ReturnConsumedCapacity: 'TOTAL' }));
      assert.equal(ConsumedCapacity?.CapacityUnits, units);
      assert.equal(writeUnits(undefined, item), units);
    }
  });
});
