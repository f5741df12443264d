import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { DeleteItemCommand, DynamoDBClient, QueryCommand, ScanCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { Remembered } from '../../core/collect/collect-sources.ts';
import type { Uidl } from '../../core/collect/maildrop-client.ts';
import type { Source, SourceFacts } from '../../core/collect/source.ts';
import type { HolderId, SpoolId } from '../../core/values/ids.ts';
import { sourceKey } from '../../platform/aws/collect/collect-items.ts';
import { DynamoCollectSources } from '../../platform/aws/collect/collect-sources.ts';
import { collectTableShape as shape } from '../../platform/aws/table-shapes.ts';
import { systemNewId } from '../../platform/node/new-id.ts';
import { factsFor, nameOf } from '../collect/collecting-edge.ts';
import { alice } from '../contract/worlds.ts';
import { type MadeCollectTable, makeCollectTable } from './collect-table.ts';
import { endpoint, noEndpoint } from './slot-tables.ts';

const us = 'us' as HolderId;
const claim = { by: us, until: 60_000 };
const facts = (name: string): SourceFacts => factsFor({ port: 110 }, { name: nameOf(name), account: alice });
const manyMessages = (count: number): ReadonlyMap<Uidl, Remembered> =>
  new Map(Array.from({ length: count }, (_, i) => [`uidl-${i}` as Uidl, { state: 'begun', message: `M${i}` as SpoolId }]));

describe('sources to collect from on DynamoDB', { skip: noEndpoint }, () => {
  let made: MadeCollectTable;
  let sources: DynamoCollectSources;
  beforeEach(async () => {
    made = await makeCollectTable(endpoint ?? '', [alice]);
    sources = made.open();
  });
  afterEach(() => made.remove());

  const added = async (name: string): Promise<Source> => {
    const source = await sources.add(facts(name), 1000);
    assert.ok(typeof source === 'object', String(source));
    return source;
  };
  const itemsLeft = async (): Promise<number> =>
    (await made.client.send(new ScanCommand({ TableName: made.table, Select: 'COUNT' }))).Count ?? -1;

  it('remember and forget more messages than one transaction takes', async () => {
    const { id } = await added('old-box');
    assert.ok(await sources.claimDue(1000, claim, []));
    const many = manyMessages(250);
    assert.ok(await sources.remember(id, us, { set: many }));
    assert.deepEqual(await sources.remembered(id), many);
    const [last = '' as Uidl] = [...many.keys()].slice(-1);
    assert.ok(await sources.remember(id, us, { forget: [...many.keys()].slice(0, -1).flatMap((uidl) => [uidl, uidl]) }));
    assert.deepEqual([...(await sources.remembered(id)).keys()], [last]);
  });

  it('leave nothing behind when they are removed', async () => {
    const { id, name } = await added('old-box');
    assert.ok(await sources.claimDue(1000, claim, []));
    assert.ok(await sources.remember(id, us, { set: manyMessages(60) }));
    assert.ok(await sources.remove(name));
    assert.equal(await itemsLeft(), 0);
  });

  it('whose removal broke off are gone for everybody, and the name can be given again with nothing remembered', async () => {
    const { id, name } = await added('old-box');
    assert.ok(await sources.claimDue(1000, claim, []));
    assert.ok(await sources.remember(id, us, { set: manyMessages(3) }));
    await made.client.send(new DeleteItemCommand({ TableName: made.table, Key: sourceKey(id) })); // as far as a process came that died
    assert.deepEqual([await sources.find(name), await sources.list(), await sources.due(9000)], [undefined, [], { due: 0 }]);
    assert.equal(await sources.remember(id, us, {}), false);
    const again = await added('old-box');
    assert.deepEqual([...(await sources.remembered(again.id)).keys()], []);
    assert.equal(await itemsLeft(), 2);
  });

  it('have one name each, however many add it at once', async () => {
    const all = await Promise.all(Array.from({ length: 10 }, () => sources.add(facts('old-box'), 1000)));
    assert.equal(all.filter((one) => typeof one === 'object').length, 1);
    assert.equal(await itemsLeft(), 2);
  });

  it('are listed by name, also when they are more than one request reads', async () => {
    for (let i = 0; i < 130; i += 10)
      await Promise.all(Array.from({ length: 10 }, (_, j) => added(`box-${String(i + j).padStart(3, '0')}`)));
    const names = (await sources.list()).map(({ name }) => name as string);
    assert.deepEqual(
      names,
      Array.from({ length: 130 }, (_, i) => `box-${String(i).padStart(3, '0')}`),
    );
    assert.deepEqual(await sources.due(1000), { due: 130 });
  });

  it('are each claimed by one of many holders that ask at once', async () => {
    for (let i = 0; i < 30; i += 1) await added(`box-${i}`);
    const taken = await Promise.all(
      Array.from({ length: 8 }, async (_, i) => {
        const own: string[] = [];
        for (;;) {
          const source = await made.open().claimDue(1000, { by: `holder-${i}` as HolderId, until: 60_000 }, []);
          if (source === undefined) return own;
          own.push(source.name);
        }
      }),
    );
    assert.deepEqual([taken.flat().length, new Set(taken.flat()).size], [30, 30]);
  });

  it('that are held stay so when the run that was on is settled, prolonged or let go', async () => {
    const { id, name } = await added('old-box');
    assert.ok(await sources.claimDue(1000, claim, []));
    assert.ok(await sources.hold(name));
    assert.ok(await sources.renewClaim(id, { by: us, until: 70_000 }));
    const report = { startedAt: 1, endedAt: 2, result: 'done', collected: 3, deleted: 0, tooLarge: 0, refused: 0 } as const;
    assert.ok(await sources.settle(id, us, { report, nextRunAt: 5000, failures: 0, loginDelay: 0 }));
    assert.deepEqual([(await sources.find(name))?.enabled, (await sources.find(name))?.collected], [false, 3]);
    assert.deepEqual(await sources.due(99_999), { due: 0 });
  });

  it('are in the index only while they are enabled, and what is remembered never is', async () => {
    const { id, name } = await added('old-box');
    assert.ok(await sources.claimDue(1000, claim, []));
    assert.ok(await sources.remember(id, us, { set: manyMessages(5) }));
    const indexed = async () => (await made.client.send(new ScanCommand({ TableName: made.table, IndexName: shape.dueIndex }))).Count;
    assert.equal(await indexed(), 1);
    await sources.hold(name);
    assert.equal(await indexed(), 0);
  });

  it('are run by an operator while a holder lets go of them', async () => {
    const { id, name } = await added('old-box');
    for (let i = 0; i < 10; i += 1) {
      assert.ok(await sources.claimDue(1000 + i, { by: us, until: 60_000 + i }, []));
      assert.deepEqual(await Promise.all([sources.runNow(name, 1001 + i), sources.letGo(id, us)]), [true, true]);
      const left = await sources.find(name);
      assert.deepEqual([left?.claimedBy, left?.nextRunAt], [undefined, 1001 + i]);
    }
  });

  it('count a run once, also when its answer was lost and the request came again', async () => {
    const { id, name } = await added('old-box');
    assert.ok(await sources.claimDue(1000, claim, []));
    const report = { startedAt: 1, endedAt: 2, result: 'done', collected: 3, deleted: 0, tooLarge: 0, refused: 0 } as const;
    const client = losingAnswers(endpoint ?? '');
    const unlucky = new DynamoCollectSources({
      client,
      table: made.table,
      accounts: { resolve: async () => ({ kind: 'unknown' }) },
      newId: systemNewId(),
      random: Math.random,
    });
    assert.equal(await unlucky.settle(id, us, { report, nextRunAt: 5000, failures: 0, loginDelay: 0 }), true);
    assert.equal((await sources.find(name))?.collected, 3);
    assert.equal((await unlucky.claimDue(5000, claim, []))?.name, name);
    assert.equal(await unlucky.letGo(id, us), true);
    client.destroy();
  });

  it('that are none of ours are told by the attribute that is wrong', async () => {
    const { id, name } = await added('old-box');
    const broken = new UpdateItemCommand({
      TableName: made.table,
      Key: sourceKey(id),
      UpdateExpression: 'SET #t = :t',
      ExpressionAttributeNames: { '#t': shape.tls },
      ExpressionAttributeValues: { ':t': { S: 'sometimes' } },
    });
    await made.client.send(broken);
    await assert.rejects(sources.find(name), /source \w+ TLS mode is none of ours: sometimes/);
  });
});

/** A client whose every first answer to a write is lost on the way: it sends the request again, which finds what it did itself. */
function losingAnswers(at: string): DynamoDBClient {
  const client = new DynamoDBClient({ endpoint: at, maxAttempts: 3 });
  client.middlewareStack.add(
    (next, { commandName }) => {
      let lost = commandName === QueryCommand.name;
      return async (args) => {
        const answer = await next(args);
        if (lost) return answer;
        lost = true;
        throw Object.assign(new Error('socket hang up'), { name: 'TimeoutError' });
      };
    },
    { step: 'deserialize', priority: 'high', name: 'losingAnswers' },
  );
  return client;
}
