import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { DeleteTableCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { openClient } from '../../platform/aws/dynamodb/client.ts';
import { mailTableShape as shape } from '../../platform/aws/mail-shapes.ts';
import { dynamoProcessDirectory, type ListedProcess, listedFor } from '../../platform/aws/talk/process-directory.ts';
import { StandingClock } from '../delivery/route-deps.ts';
import { makeMailTable } from './account-tables.ts';
import { endpoint, noEndpoint } from './slot-tables.ts';

const task = (name: string): ListedProcess => ({ name, address: '10.0.1.7:8026', key: randomBytes(32) });

describe('processes of a stage in the table of mail', { skip: noEndpoint }, () => {
  const client = openClient(endpoint === undefined ? {} : { endpoint });
  let table = '';
  before(async () => {
    table = await makeMailTable(client);
  });
  after(async () => {
    await client.send(new DeleteTableCommand({ TableName: table }), { requestTimeout: 10_000 });
    client.destroy();
  });

  function directory() {
    const clock = new StandingClock();
    return { clock, processes: dynamoProcessDirectory({ client, table, clock }) };
  }

  it('are found with address and key, once each, until they leave', async () => {
    const { processes } = directory();
    const [first, second] = [task('aaaa'), task('bbbb')];
    await Promise.all([processes.enter(first), processes.enter(second)]);
    const moved = { ...second, address: '10.0.1.9:8026', key: randomBytes(32) };
    await processes.enter(moved);
    assert.deepEqual(await processes.all(), [first, moved]);
    await processes.leave('aaaa');
    assert.deepEqual(await processes.all(), [moved]);
    await processes.leave('bbbb');
    await processes.leave('never-there');
    assert.deepEqual(await processes.all(), []);
  });

  it('are left out when they have not entered for a while, whatever TTL did', async () => {
    const { clock, processes } = directory();
    const killed = task('killed');
    await processes.enter(killed);
    clock.ms += listedFor - 1;
    assert.deepEqual(await processes.all(), [killed]);
    clock.ms += 2;
    assert.deepEqual(await processes.all(), []);
    await processes.leave('killed');
  });

  it('that another version wrote in another way are not talked to', async () => {
    const { clock, processes } = directory();
    const good = task('good');
    await processes.enter(good);
    const odd = { S: 'odd' };
    const until = { N: String(clock.now() + listedFor) };
    const item = {
      [shape.partitionKey]: { S: shape.processes },
      [shape.sortKey]: odd,
      [shape.listedUntil]: until,
      [shape.talkAddress]: odd,
    };
    await client.send(new PutItemCommand({ TableName: table, Item: item }), { requestTimeout: 10_000 });
    assert.deepEqual(await processes.all(), [good]);
  });
});
