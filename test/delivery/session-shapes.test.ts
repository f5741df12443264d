import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { lacksLoopbackNetwork } from '../harness/elsewhere/documented-networks.ts';
import { Elsewhere } from '../harness/elsewhere/elsewhere.ts';
import { Barrier, modernExtensions } from '../harness/elsewhere/faults.ts';
import type { FaultyMx } from '../harness/elsewhere/faulty-mx.ts';
import { Sender, until } from '../harness/outbound/sender.ts';
import type { ToSpool } from '../harness/outbound/spooled.ts';

const messages = (many: number, domains: readonly string[]): readonly ToSpool[] =>
  Array.from({ length: many }, (_, i) => ({ id: `<${i}@example.org>`, to: `m${i}@${domains[i % domains.length]}` }));

const perConnection = (mx: FaultyMx): readonly number[] => mx.connections.map((one) => one.messages.length).sort((a, b) => a - b);

const distinct = (mx: FaultyMx): number => new Set(mx.messages.map(({ id }) => id)).size;

describe('outbound sessions, as a host sees them', { skip: lacksLoopbackNetwork }, () => {
  it('20 messages and 5 sessions are 5 connections of 4', async (t) => {
    const elsewhere = await Elsewhere.open(t);
    const barrier = new Barrier(5);
    const mx = await elsewhere.host('192.0.2.1', { barrier });
    elsewhere.domain('one.example', mx);
    const sender = await Sender.open(t, elsewhere, { settings: { 'outbound/sessions': 5 } });
    await sender.send(...messages(20, ['one.example']));
    await elsewhere.until('all to arrive', () => mx.messages.length === 20);
    await until('the spool to be empty', async () => (await sender.rows()).length === 0);
    assert.deepEqual([perConnection(mx), distinct(mx), barrier.rounds], [[4, 4, 4, 4, 4], 20, 4]);
  });

  it('with a cap of 3 messages a session ends after 3, and others go on', async (t) => {
    const elsewhere = await Elsewhere.open(t);
    const mx = await elsewhere.host('192.0.2.1');
    elsewhere.domain('one.example', mx);
    const settings = { 'outbound/sessions': 5, 'outbound/messages-per-session': 3 };
    const sender = await Sender.open(t, elsewhere, { settings });
    await sender.send(...messages(20, ['one.example']));
    await until('the spool to be empty', async () => (await sender.rows()).length === 0);
    assert.deepEqual([mx.messages.length, distinct(mx)], [20, 20]);
    assert.ok(Math.max(...perConnection(mx)) <= 3, `${perConnection(mx)}`);
    assert.ok(mx.most <= 5);
  });

  it('a host that announces how many messages it takes in a session gets no more', async (t) => {
    const elsewhere = await Elsewhere.open(t);
    const mx = await elsewhere.host('192.0.2.1', { extensions: [...modernExtensions, 'LIMITS MAILMAX=2'] });
    elsewhere.domain('one.example', mx);
    const sender = await Sender.open(t, elsewhere, { settings: { 'outbound/sessions': 3 } });
    await sender.send(...messages(10, ['one.example']));
    await until('the spool to be empty', async () => (await sender.rows()).length === 0);
    assert.deepEqual([mx.messages.length, distinct(mx)], [10, 10]);
    assert.ok(Math.max(...perConnection(mx)) <= 2, `${perConnection(mx)}`);
  });

  for (const [how, mail] of [
    ['says goodbye to', { reply: '421 4.4.2 that was enough' }],
    ['hangs up on', 'drop'],
  ] as const) {
    it(`a host that ${how} each connection after its first message gets the next one over a new connection at once`, async (t) => {
      const elsewhere = await Elsewhere.open(t);
      const mx = await elsewhere.host('192.0.2.1', { transaction: (nth) => (nth % 2 === 1 ? { mail } : {}) });
      elsewhere.domain('one.example', mx);
      const sender = await Sender.open(t, elsewhere, { settings: { 'outbound/sessions': 1, 'outbound/retry-schedule': '1h' } });
      await sender.send(...messages(6, ['one.example']));
      await until('the spool to be empty', async () => (await sender.rows()).length === 0); // none waits for an hour
      assert.deepEqual([mx.messages.length, distinct(mx), perConnection(mx)], [6, 6, [1, 1, 1, 1, 1, 1]]);
    });
  }

  it('a host that bears two connections refuses those that came together with them, and gets all its mail over two', async (t) => {
    const elsewhere = await Elsewhere.open(t);
    const mx = await elsewhere.host('192.0.2.1', { mostConnections: 2, slow: { reply: 5 } });
    elsewhere.domain('one.example', mx);
    const sender = await Sender.open(t, elsewhere, { settings: { 'outbound/sessions': 5 } });
    await sender.send(...messages(30, ['one.example']));
    await until('the spool to be empty', async () => (await sender.rows()).length === 0);
    assert.deepEqual([mx.messages.length, distinct(mx)], [30, 30]);
    const { failures, caps } = await sender.world.failures.list(10);
    assert.deepEqual([failures.length, caps.length], [0, 1], 'it did not fail; what it bears was learnt');
  });

  it('a single session serves all domains, one connection at a time', async (t) => {
    const elsewhere = await Elsewhere.open(t);
    const mx = await elsewhere.host('192.0.2.1');
    const domains = ['one.example', 'two.example', 'three.example', 'four.example'];
    for (const domain of domains) elsewhere.domain(domain, mx);
    const sender = await Sender.open(t, elsewhere, { settings: { 'outbound/sessions': 1 } });
    await sender.send(...messages(12, domains));
    await until('the spool to be empty', async () => (await sender.rows()).length === 0);
    assert.deepEqual([mx.most, mx.messages.length, distinct(mx)], [1, 12, 12]);
  });

  it('a host that failed gets no second connection for 5 minutes, whatever is queued for it; then one tries for all', async (t) => {
    const elsewhere = await Elsewhere.open(t);
    let busy = true;
    const mx = await elsewhere.host('192.0.2.1', { connection: () => (busy ? { greeting: { reply: '421 4.3.2 busy' } } : {}) });
    const domains = Array.from({ length: 10 }, (_, i) => `d${i}.example`);
    for (const domain of domains) elsewhere.domain(domain, mx);
    const sender = await Sender.open(t, elsewhere);
    const [first] = await sender.send({ id: '<first@example.org>', to: 'x@d0.example' });
    if (first !== undefined) await sender.afterAttempt(first);
    assert.equal(mx.connections.length, 1);

    const rows = await sender.spool(...messages(50, domains));
    const told = async (): Promise<boolean> =>
      (await sender.rows()).every(({ lastError, claimedBy }) => lastError !== undefined && claimedBy === undefined);
    for (let burst = 0; burst < 20; burst += 1) sender.wake(rows);
    await until('all to be put off', told);
    sender.putForward(4 * 60_000);
    for (let burst = 0; burst < 20; burst += 1) sender.wake(rows);
    await until('all to be put off again', told);
    assert.equal(mx.connections.length, 1);

    mx.script = { ...mx.script, slow: { reply: 50 } };
    sender.putForward(70_000);
    for (let burst = 0; burst < 20; burst += 1) sender.wake(rows);
    await until('one to try, and all to be put off', async () => mx.connections.length > 1 && (await told()));
    assert.equal(mx.connections.length, 2);

    busy = false;
    await until('the spool to be empty', async () => {
      const left = await sender.rows();
      if (left.every(({ claimedBy }) => claimedBy === undefined)) sender.putForward(60_000);
      sender.wake(left);
      return left.length === 0;
    });
    assert.equal(distinct(mx), 51);
  });
});
