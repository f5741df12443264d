import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { failureTableShape as shape } from '../../platform/aws/table-shapes.ts';
import { endpoint, noEndpoint } from './slot-tables.ts';
import { makeFailureTable } from './spool-table.ts';

const fetchedAt = 1_700_000_000_500;
const kept = { id: '1', policy: { mode: 'enforce', mx: ['mx.example.net'], maxAge: 86_400 }, fetchedAt } as const;

describe('policies in the table of failures', { skip: noEndpoint }, () => {
  it('are swept when their time is over, and not before', async (t) => {
    const { client, table, policyCache, remove } = await makeFailureTable(endpoint ?? '');
    t.after(remove);
    await policyCache.keep('example.net', kept);
    const Key = { [shape.partitionKey]: { S: 'sts/example.net' } };
    const { Item } = await client.send(new GetItemCommand({ TableName: table, Key }));
    assert.equal(Item?.[shape.expiry]?.N, '1700086401');
  });

  it('are no failures: they are not listed with them and stay when those are cleared', async (t) => {
    const { failures, policyCache, remove } = await makeFailureTable(endpoint ?? '');
    t.after(remove);
    await policyCache.keep('example.net', kept);
    await failures.hold({ kind: 'hop', domain: 'example.net' }, 'example.net', 'held', fetchedAt);
    assert.equal((await failures.list(10)).failures.length, 1);
    assert.equal(await failures.clear(), 1);
    assert.deepEqual([(await failures.list(10)).failures, await policyCache.get('example.net')], [[], kept]);
  });
});
