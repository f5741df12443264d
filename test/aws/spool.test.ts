import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { DynamoDBClient, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { BodyMissing } from '../../core/mailbox/message-bodies.ts';
import type { Address } from '../../core/values/address.ts';
import type { HolderId, SpoolId } from '../../core/values/ids.ts';
import { openPatientClient } from '../../platform/aws/dynamodb/client.ts';
import { DynamoSpool } from '../../platform/aws/spool/spool.ts';
import { addMessage, putAhead, tokenOf } from '../../platform/aws/spool/spool-adding.ts';
import { SpoolTable } from '../../platform/aws/spool/spool-table.ts';
import { systemNewId } from '../../platform/node/new-id.ts';
import { remote, rowFor } from '../contract/spool-worlds.ts';
import { letter, read, stage } from '../contract/worlds.ts';
import { endpoint, noEndpoint } from './slot-tables.ts';
import { makeSpoolPlace, type SpoolPlace } from './spool-table.ts';

const newId = systemNewId();
const worker = (name: string) => ({ by: name as HolderId, until: 60_000 });

describe('the spool on DynamoDB', { skip: noEndpoint }, () => {
  let place: SpoolPlace;
  beforeEach(async () => {
    place = await makeSpoolPlace(endpoint ?? '');
  });
  afterEach(() => place.remove());

  const world = () => ({ bodies: place.bodies });
  const messageTo = async (hops: number) => ({
    message: newId() as SpoolId,
    body: await stage(world(), letter('for many')),
    rows: Array.from({ length: hops }, (_, i) => rowFor({ kind: 'domain', domain: `d${i}.example` })),
    acceptedAt: 1000,
  });

  it('adds a message for more domains than a transaction takes, each of which is found', async () => {
    const { message, body, rows } = await messageTo(205);
    await place.spool.add(message, body, rows, 1000);
    assert.equal((await place.spool.due(2000, { hops: 1000, rows: 1 })).hops.length, 205);
    assert.equal((await place.spool.list({ limit: 500 })).length, 205);
  });

  it('counts what waits: due or not, being delivered or not, but nothing that is held', async () => {
    const { message, body, rows } = await messageTo(4);
    const added = await place.spool.add(message, body, rows, 1000);
    assert.equal(await place.spool.waiting(), 4);
    await place.spool.claimDue({ kind: 'domain', domain: 'd0.example' }, 2000, worker('one'), 1);
    assert.equal(await place.spool.waiting(), 4);
    const held = added.find(({ nextHop }) => nextHop.kind === 'domain' && nextHop.domain === 'd1.example');
    assert.ok(held && (await place.spool.hold(held.id, 'looked at')));
    assert.equal(await place.spool.waiting(), 3);
  });

  it('shows all rows of such a message to whoever meets its first, when its process died in the midst', async () => {
    const many = await messageTo(150);
    const table = new SpoolTable(openPatientClient({ endpoint: endpoint ?? '' }), place.table);
    const { first } = await putAhead(table, many);
    await table.transact(tokenOf('first', many.message), first);
    assert.equal((await place.spool.due(2000, { hops: 1000, rows: 1 })).hops.length, 100);
    assert.equal((await place.spool.claimDue({ kind: 'domain', domain: 'd0.example' }, 2000, worker('one'), 1)).length, 1);
    assert.equal((await place.spool.due(2000, { hops: 1000, rows: 1 })).hops.length, 149);
    table.client.destroy();
  });

  it('takes a message once, however often it is added', async () => {
    const one = await messageTo(2);
    const table = new SpoolTable(openPatientClient({ endpoint: endpoint ?? '' }), place.table);
    const facts = (id: typeof one.body.id) => place.bodies.facts(id);
    const added = await Promise.all([1, 2, 3].map(() => addMessage(table, one, facts)));
    for (const rows of added) assert.deepEqual(rows, added[0]);
    assert.equal((await place.spool.list({ limit: 10 })).length, 2);
    table.client.destroy();
  });

  it('has taken a message that is there, though the answer to that did not come back', async () => {
    const { message, body, rows } = await messageTo(2);
    const client = openPatientClient({ endpoint: endpoint ?? '' });
    const send = client.send.bind(client) as (command: object) => Promise<unknown>;
    const silent = async (command: object): Promise<unknown> => {
      const answer = await send(command);
      if (command instanceof TransactWriteItemsCommand) throw new Error('no answer');
      return answer;
    };
    const deaf = new DynamoSpool({ ...place, client: Object.assign(client, { send: silent }), random: Math.random });
    assert.equal((await deaf.add(message, body, rows, 1000)).length, 2);
    assert.equal((await place.spool.list({ limit: 10 })).length, 2);
    client.destroy();
  });

  it('notes the end of an attempt for thousands of recipients, however much was said about them', async () => {
    const addresses = Array.from({ length: 2000 }, (_, i) => `recipient-${i}@example.net` as Address);
    const { message, body } = await messageTo(1);
    const recipients = addresses.map((address) => ({ address }));
    await place.spool.add(message, body, [{ ...rowFor(remote), recipients }], 1000);
    const [row] = await place.spool.claimDue(remote, 2000, worker('one'), 1);
    assert.ok(row);
    const answer = { reply: `450 4.2.1 ${'later '.repeat(150)}`, host: 'mx.example.net', at: 2000 };
    const again = {
      recipients: recipients.slice(1000).map((one) => ({ ...one, last: answer })),
      nextAttemptAt: 3000,
      error: 'later',
      history: {
        attempts: [{ at: 2000, result: 'later' }],
        settled: addresses.slice(0, 1000).map((address) => ({ address, result: 'delivered' as const, answer })),
      },
    };
    assert.equal(await place.spool.defer(row.id, worker('one').by, again), true);
    const left = await place.spool.get(row.id);
    assert.deepEqual(
      [left?.recipients.length, left?.history.settled.length, left?.history.settled[0]?.answer.reply, left?.attempts],
      [1000, 1000, answer.reply.slice(0, 40), 1],
    );
  });

  it('gives each row to one of many workers that ask at once', async () => {
    for (let i = 0; i < 12; i += 1)
      await place.spool.add(newId() as SpoolId, await stage(world(), letter(`n ${i}`)), [rowFor(remote)], 1000);
    const taken = await Promise.all(
      Array.from({ length: 10 }, async (_, i) => {
        const own: string[] = [];
        for (;;) {
          const [row] = await place.spool.claimDue(remote, 2000, worker(`w${i}`), 1);
          if (row === undefined) return own;
          own.push(row.id);
        }
      }),
    );
    assert.equal(taken.flat().length, 12);
    assert.equal(new Set(taken.flat()).size, 12);
  });

  it('keeps facts that are too long for a row beside the body, and gives large bodies back octet for octet', async () => {
    const addresses = Array.from({ length: 400 }, (_, i) => `reader-${i}@example.net`).join(', ');
    const text = `To: ${addresses}\r\n\r\n${'All work and no play.\r\n'.repeat(300_000)}`;
    const body = await stage(world(), text);
    const [added] = await place.spool.add(newId() as SpoolId, body, [rowFor(remote)], 1000);
    assert.ok(added);
    const row = await place.spool.get(added.id);
    assert.deepEqual(row?.facts, body.facts);
    assert.equal(row?.facts.envelope.to.length, 400);
    assert.ok((await read(world(), body.id)) === text);
    assert.equal(await read(world(), body.id, 4, 24), text.slice(4, 24));
    assert.equal(await read(world(), body.id, text.length + 5), '');
  });

  it('leaves nothing of a body whose source breaks', async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('Subject: x\r\n');
      throw new Error('the client is gone');
    }
    await assert.rejects(place.bodies.stage(broken()), /the client is gone/);
  });

  it('keeps the body of a message whose adding was not answered, whoever discards it then', async () => {
    const [lost, sure] = [await stage(world(), letter('lost')), await stage(world(), letter('sure'))];
    const client = new DynamoDBClient({ endpoint: endpoint ?? '', maxAttempts: 1 });
    const answerLost = () => async () => Promise.reject(new Error('socket hang up'));
    client.middlewareStack.add(answerLost, { step: 'deserialize', priority: 'high', name: 'answerLost' });
    const unlucky = new DynamoSpool({ client, table: place.table, bodies: place.bodies, random: Math.random });
    await assert.rejects(unlucky.add(newId() as SpoolId, lost, [rowFor(remote)], 1000), /hang up/);
    for (const body of [lost, sure]) await place.bodies.discard(body);
    assert.equal(await read(world(), lost.id), letter('lost'));
    await assert.rejects(read(world(), sure.id), BodyMissing);
    client.destroy();
  });

  it('frees a row for an operator while a worker lets go of it', async () => {
    const [row] = await place.spool.add(newId() as SpoolId, await stage(world(), letter('held')), [rowFor(remote)], 1000);
    assert.ok(row);
    await place.spool.claim(row.id, 1000, worker('one'));
    const again = { recipients: [{ address: 'x@example.net' as Address }], nextAttemptAt: 9000, error: 'later' };
    const [retried, deferred] = await Promise.all([place.spool.retry(row.id, 3000), place.spool.defer(row.id, 'one' as HolderId, again)]);
    assert.deepEqual([retried, deferred], [true, true]);
    const left = await place.spool.get(row.id);
    assert.deepEqual([left?.held, left?.claimedBy], [false, undefined]);
    assert.ok(left?.nextAttemptAt === 3000 || left?.nextAttemptAt === 9000);
  });
});
