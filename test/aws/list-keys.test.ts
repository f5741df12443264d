import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BatchWriteItemCommand } from '@aws-sdk/client-dynamodb';
import { openClient } from '../../platform/aws/dynamodb/client.ts';
import { listKeys } from '../../platform/aws/dynamodb/list-keys.ts';
import { makeSlotTable, noEndpoint } from './slot-tables.ts';

const perBatch = 25; // as many as BatchWriteItem takes

describe('a listing of keys in use', { skip: noEndpoint }, () => {
  it('reads on over all pages of the table, and tells the first by name however they are strewn', async () => {
    const table = await makeSlotTable();
    const client = openClient();
    const names = Array.from({ length: 1_200 }, (_, i) => `imap/sessions-per-account/${String(i).padStart(5, '0')}`);
    for (let at = 0; at < names.length; at += perBatch) {
      const items = names.slice(at, at + perBatch).map((name) => ({ pk: { S: `k/${name}` }, n: { N: '1' } }));
      const requests = items.map((item) => ({ PutRequest: { Item: item } }));
      await client.send(new BatchWriteItemCommand({ RequestItems: { [table.name]: requests } }));
    }
    assert.deepEqual(await listKeys(client, table.name, 'imap/', 700), names.slice(0, 700));
    assert.deepEqual(await listKeys(client, table.name, '', 10_000), names);
    client.destroy();
    await table.remove();
  });
});
