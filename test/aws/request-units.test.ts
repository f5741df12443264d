import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Server } from 'node:http';
import { after, before, describe, it } from 'node:test';
import type { AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import type { MailboxId } from '../../core/values/ids.ts';
import { openPatientClient } from '../../platform/aws/dynamodb/client.ts';
import { type Operation, queryUnits, requestUnits } from '../../platform/aws/dynamodb/request-units.ts';
import { itemSize } from '../../platform/aws/dynamodb/write-units.ts';
import { blockItem, blockKey, blockSortKey, type FlagEntry } from '../../platform/aws/mailboxes/flag-block.ts';
import { MailTable } from '../../platform/aws/mailboxes/mail-table.ts';
import { mailboxKey, newMailboxRow, rowKey } from '../../platform/aws/mailboxes/mailbox-row.ts';
import { makeMailTable } from './account-tables.ts';

/** An item of exactly so many octets. */
const itemOf = (octets: number, sk = 'a'): Record<string, AttributeValue> => {
  const base = { pk: { S: 'p' }, sk: { S: sk }, x: { S: '' } };
  return { ...base, x: { S: 'x'.repeat(octets - itemSize(base)) } };
};
const unchanged = (octets: number) => ({ before: itemOf(octets), after: itemOf(octets) });
const KB = 1024;

// Examples of AWS's developer guide: "DynamoDB item sizes and formats", "DynamoDB read and write operations".
describe('units of a request, as AWS reckons them', () => {
  it('begin with the octets of an item: names and values', () => {
    assert.equal(itemSize({ 'shirt-color': { S: 'R' }, 'shirt-size': { S: 'M' } }), 23);
  });

  it('are whole 4 KB for a read, half of it when it need not be consistent', () => {
    assert.equal(requestUnits('GetItem', [unchanged(3.5 * KB)], true).read, 1);
    assert.equal(requestUnits('GetItem', [unchanged(10 * KB)], true).read, 3);
    assert.equal(requestUnits('GetItem', [unchanged(8 * KB)], false).read, 1);
  });

  it('are rounded up item by item in a batch: 1.5 KB and 6.5 KB are 12 KB', () => {
    assert.equal(requestUnits('BatchGetItem', [unchanged(1.5 * KB), unchanged(6.5 * KB)], true).read, 3);
    assert.equal(requestUnits('BatchWriteItem', [unchanged(500), unchanged(3.5 * KB)], true).write, 5);
  });

  it('are rounded up once in a query: 40.8 KB are 44 KB, and 1,500 items of 64 octets are 96 KB', () => {
    const ten = Array.from({ length: 10 }, () => itemOf(Math.floor(4.08 * KB)));
    assert.equal(queryUnits(ten, true), 11);
    const small = Array.from({ length: 1_500 }, () => itemOf(64));
    assert.equal(queryUnits(small, true), 24);
    assert.equal(queryUnits([], false), 0.5);
  });

  it('are two for each KB in a transaction', () => {
    assert.equal(requestUnits('TransactWriteItems', [unchanged(3 * KB), unchanged(100)], true).write, 8);
    assert.equal(requestUnits('PutItem', [{ before: undefined, after: itemOf(512) }], true).write, 1);
    assert.equal(requestUnits('DeleteItem', [{ before: itemOf(1.5 * KB), after: undefined }], true).write, 2);
  });
});

describe('an engine that counts by size, asked by the adapter itself', () => {
  const mailbox = 'one' as MailboxId;
  let server: Server;
  let client: DynamoDBClient;
  let table: MailTable;
  let charged = 0;
  before(async () => {
    server = dynalite({ createTableMs: 0, deleteTableMs: 0 });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const address = server.address();
    assert.ok(typeof address === 'object' && address !== null);
    process.env.AWS_REGION ??= 'us-east-1';
    process.env.AWS_ACCESS_KEY_ID ??= 'test';
    process.env.AWS_SECRET_ACCESS_KEY ??= 'test';
    client = openPatientClient({ endpoint: `http://127.0.0.1:${address.port}` });
    table = new MailTable(client, await makeMailTable(client));
    client.middlewareStack.add(
      (next) => async (args) => {
        const answer = await next({ ...args, input: { ...args.input, ReturnConsumedCapacity: 'TOTAL' } as typeof args.input });
        const { ConsumedCapacity: used } = answer.output as unknown as { ConsumedCapacity?: Capacity | readonly Capacity[] };
        charged += [used ?? []].flat().reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
        return answer;
      },
      { step: 'initialize', name: 'capacity' },
    );
  });
  after(() => {
    client.destroy();
    server.close();
  });

  interface Capacity {
    readonly CapacityUnits?: number;
  }

  async function assertCharged(operation: Operation, items: readonly Record<string, AttributeValue>[], work: () => Promise<unknown>) {
    charged = 0;
    await work();
    const isDelete = operation === 'BatchWriteItem';
    const touched = items.map((item) => ({ before: operation === 'PutItem' ? undefined : item, after: isDelete ? undefined : item }));
    const { read, write } = requestUnits(operation, touched, true);
    assert.equal(charged, read + write, operation);
  }

  const blockOf = (number: number): Record<string, AttributeValue> => {
    const entries = Array.from({ length: 64 }, (_, i): FlagEntry => {
      return {
        uid: number * 64 + i,
        flags: i % 8,
        keywords: i % 9 === 0 ? '$Work $Later' : '',
        modseq: 1_000 + number * i,
        size: 9_000 + i,
      };
    });
    return blockItem(mailbox, { number, version: 7, entries });
  };

  it('agrees on rows and blocks: written, read one by one, in a batch, with a query, and removed', async () => {
    const blocks = Array.from({ length: 60 }, (_, number) => blockOf(number));
    const row = newMailboxRow({ id: mailbox, uidValidity: 1 });
    for (const item of [row, ...blocks]) await assertCharged('PutItem', [item], () => table.put(item));
    await assertCharged('GetItem', [row], () => table.get(rowKey(mailbox)));
    const some = blocks.slice(10, 30);
    await assertCharged('BatchGetItem', some, () => table.getAll(some.map((_, i) => blockKey(mailbox, 10 + i))));
    const partition = mailboxKey(mailbox, '').pk ?? assert.fail();
    await assertCharged('Query', blocks, () => table.between(partition, blockSortKey(0), blockSortKey(59)));
    await assertCharged('BatchWriteItem', some, () => table.deleteAll(some.map((_, i) => blockKey(mailbox, 10 + i))));
  });
});
