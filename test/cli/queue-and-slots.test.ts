import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { describe, it } from 'node:test';
import type { OpId, SlotKey } from '../../core/slots/slot-store.ts';
import { parseAddress } from '../../core/values/address.ts';
import type { HolderId, SpoolId, SpoolRowId } from '../../core/values/ids.ts';
import { parseIp } from '../../core/values/network.ts';
import type { World } from '../../core/world.ts';
import { openEmbeddedWorld } from '../../platform/embedded/world.ts';
import { runCli, temporaryData } from './run-cli.ts';

describe('mailweir queue', () => {
  it('lists, shows, holds, retries and deletes what is not delivered yet', async (t) => {
    const data = await temporaryData(t);
    const run = (...words: string[]) => runCli(['queue', ...words, '--data', data]);
    const [toExample = '', toElsewhere = ''] = await spoolTwoRows(data);

    const listed = JSON.parse((await run('list', '--json')).out);
    assert.deepEqual(
      listed.map(({ id, from, to, nextHop, state }: Record<string, unknown>) => ({ id, from, to, nextHop, state })),
      [
        { id: toExample, from: 'alice@example.org', to: ['bob@example.net', 'carol@example.net'], nextHop: 'example.net', state: 'due' },
        { id: toElsewhere, from: 'alice@example.org', to: ['dan@elsewhere.example'], nextHop: 'elsewhere.example', state: 'due' },
      ],
    );
    assert.match((await run('list')).out, /^ID .*\n.* alice@example\.org +bob@example\.net and 1 more +example\.net +0 +due/);
    const shown = (await run('show', toExample)).out;
    assert.match(shown, /^It is due: .*\nNo process runs on this data/);
    assert.match(shown, /carol@example\.net +waiting +-\n/);
    const [byMessage] = JSON.parse((await run('show', toExample.replace(/\.\d+$/, ''), '--json')).out);
    assert.equal(byMessage.id, toExample);

    assert.equal((await run('hold', toExample, '--reason', 'asked by the sender')).code, 0);
    const held = JSON.parse((await run('list', '--held', '--json')).out);
    assert.deepEqual(
      held.map(({ id, lastError }: Record<string, unknown>) => [id, lastError]),
      [[toExample, 'asked by the sender']],
    );
    assert.match((await run('show', toExample)).out, /^It is held: asked by the sender\. mailweir queue release /);
    const summary = JSON.parse((await run('summary', '--json')).out);
    assert.deepEqual(summary.map(({ nextHop, rows, held }: Record<string, unknown>) => [nextHop, rows, held]).toSorted(), [
      ['elsewhere.example', 1, 0],
      ['example.net', 1, 1],
    ]);
    assert.match((await run('summary')).out, /example\.net +1 +1 .* asked by the sender\n/);
    assert.equal((await run('release', '--held')).code, 0);
    assert.equal((await run('list', '--held')).out, 'the queue is empty\n');
    assert.equal((await run('hold', '--match', 'carol@')).out, `${toExample} is held\n`);
    assert.equal((await run('retry', '--hop', 'example.net')).code, 0);
    assert.equal((await run('list', '--held')).out, 'the queue is empty\n');

    assert.equal((await run('retry')).code, 2);
    assert.equal((await run('retry', toExample, '--all')).code, 2);
    assert.equal((await run('retry', '--match', 'nobody@')).code, 3);

    const mixed = await run('delete', toExample, 'no-such-row');
    assert.equal(mixed.code, 3);
    assert.match(mixed.out, new RegExp(`${toExample} is deleted`));
    assert.match(mixed.err, /there is no row "no-such-row"/);
    assert.equal(JSON.parse((await run('list', '--hop', 'elsewhere.example', '--json')).out).length, 1);
  });
});

describe('rows that are not to go on as they are', () => {
  it('leave another way when an operator says so, and go back to the rules', async (t) => {
    const data = await temporaryData(t);
    const [toExample = ''] = await spoolTwoRows(data);
    const run = (...words: string[]) => runCli(['queue', ...words, '--data', data]);
    assert.equal((await run('reroute', toExample, '--via', 'relay.example.org:587')).code, 0);
    assert.match((await run('show', toExample)).out, /next hop +example\.net via relay\.example\.org:587\n/);
    assert.equal((await run('reroute', toExample, '--back')).code, 0);
    assert.match((await run('show', toExample)).out, /next hop +example\.net\n/);
    const mistyped = await run('reroute', toExample, '--via', 'relay.example.org:587 me hunter2');
    assert.deepEqual([mistyped.code, /--via takes direct/.test(mistyped.err), /hunter2/.test(mistyped.err)], [3, true, false]);
    assert.equal((await run('reroute', toExample)).code, 2);
    assert.equal((await run('reroute', toExample, '--via', 'direct', '--back')).code, 2);
  });

  it('tell which host is left alone, as the command that opens it takes it', async (t) => {
    const data = await temporaryData(t);
    const [toExample = ''] = await spoolTwoRows(data);
    const world = await openEmbeddedWorld({ dataDir: data });
    const ip = parseIp('192.0.2.1') ?? assert.fail();
    const [now, holder] = [world.clock.now(), 'worker' as HolderId];
    const row = (await world.spool.claim(toExample as SpoolRowId, now, { by: holder, until: now + 60_000 })) ?? assert.fail();
    const attempt = { at: now, host: 'mx.example.net', ip, result: 'ECONNREFUSED', dialogue: ['> QUIT', '< 221 bye'] };
    const history = { attempts: [attempt], settled: [] };
    await world.spool.defer(row.id, holder, { recipients: row.recipients, nextAttemptAt: now + 600_000, error: '4.4.1 refused', history });
    const peer = { kind: 'host', ip, port: 587 } as const;
    await world.failures.failed({ peer, name: 'mx.example.net', reason: 'connect: ECONNREFUSED', until: now + 600_000 }, now);
    await world.close();
    const { out } = await runCli(['queue', 'show', toExample, '--data', data]);
    assert.match(out, /^It waits for its next attempt .* after 1 attempt, because of: 4\.4\.1 refused\.\n/);
    assert.match(out, /\nmx\.example\.net \(192\.0\.2\.1:587\) failed once .*mailweir failures clear 192\.0\.2\.1:587 opens it\.\n/);
    assert.match(out, /dialogue of the last attempt\n> QUIT\n< 221 bye\n/);
  });

  it('are given up with a report to the sender, held or not, and the report names the reason', async (t) => {
    const data = await temporaryData(t);
    const [toExample = '', toElsewhere = ''] = await spoolTwoRows(data);
    const run = (...words: string[]) => runCli(['queue', ...words, '--data', data]);
    await run('hold', toExample);
    const { out, code } = await run('bounce', toExample, toElsewhere, '--reason', 'the domain was mistyped');
    assert.equal(code, 0);
    assert.equal(out, `${toExample} is given up\n${toElsewhere} is given up\n`);
    const world = await openEmbeddedWorld({ dataDir: data });
    t.after(() => world.close());
    const reports = await world.spool.list({ limit: 10 });
    assert.deepEqual(
      reports.map(({ reversePath, recipients }) => [reversePath, recipients.map(({ address }) => address)]),
      [1, 2].map(() => ['', ['alice@example.org']]),
    );
    for (const { body, facts } of reports) {
      let text = '';
      for await (const chunk of world.bodies.read(body, 0, facts.size)) text += Buffer.from(chunk).toString('latin1');
      assert.match(text, /the domain was mistyped/);
      assert.match(text, /^Action: failed\r$/m);
    }
  });
});

describe('mailweir slots', () => {
  it('shows used of limit per key, and who holds them in which state', async (t) => {
    const data = await temporaryData(t);
    const world = await openEmbeddedWorld({ dataDir: data });
    t.after(() => world.close());
    const holder = 'HOLDER-ONE' as HolderId;
    await world.slotStore.register(holder, 40_000);
    await world.slotStore.register('HOLDER-TWO' as HolderId, 40_000); // the store is emptied when it is opened and nobody lives
    await take(world, holder, 'imap/sessions', 3, true);
    await take(world, holder, 'imap/sessions-per-account/alice@example.org', 2, false);

    const listed = JSON.parse((await runCli(['slots', 'imap', '--json', '--data', data])).out);
    assert.deepEqual(listed.map(({ key, used, limit }: Record<string, unknown>) => [key, used, limit]).toSorted(), [
      ['imap/sessions', 3, 7],
      ['imap/sessions-per-account/alice@example.org', 2, 20],
    ]);
    assert.deepEqual([listed[0].holders[0].holder, listed[0].holders[0].state], ['HOLDER-ONE', 'live']);

    await world.slotStore.declareDead(holder, true);
    assert.match((await runCli(['slots', '--data', data])).out, /imap\/sessions +- +3 +7 +HOLDER-ONE 3 \(dead\)/);
  });
});

async function take({ slotStore }: World, holder: HolderId, key: string, count: number, total: boolean): Promise<void> {
  const to = { count, version: '01' as OpId };
  const moved = await slotStore.change({ key: key as SlotKey, holder, from: undefined, to, limit: 7, total, setLimit: total });
  assert.ok(moved.changed);
}

async function spoolTwoRows(dataDir: string): Promise<readonly string[]> {
  const world = await openEmbeddedWorld({ dataDir });
  const text = 'From: alice@example.org\r\nMessage-ID: <1@example.org>\r\n\r\nHello\r\n';
  const body = await world.bodies.stage(Readable.from([Buffer.from(text)]));
  const row = (domain: string, ...recipients: string[]) => ({
    nextHop: { kind: 'domain', domain } as const,
    reversePath: address('alice@example.org'),
    recipients: recipients.map((recipient) => ({ address: address(recipient) })),
    declared: { eightBit: false, utf8: false },
  });
  const rows = await world.spool.add(
    world.newId() as SpoolId,
    body,
    [row('example.net', 'bob@example.net', 'carol@example.net'), row('elsewhere.example', 'dan@elsewhere.example')],
    world.clock.now(),
  );
  await world.close();
  return rows.map(({ id }) => id);
}

function address(text: string) {
  const parsed = parseAddress(text);
  assert.ok(parsed !== undefined);
  return parsed;
}
