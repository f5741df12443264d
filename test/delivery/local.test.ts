import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { deliverLocal } from '../../core/delivery/deliver-local.ts';
import { deliveryKeyOf } from '../../core/delivery/delivery-key.ts';
import { type DeliveryCounts, noDeliveryCounts } from '../../core/observe/delivery-counts.ts';
import { fixedSettings } from '../../core/settings/fixed-settings.ts';
import type { AccountId } from '../../core/values/address.ts';
import type { HolderId } from '../../core/values/ids.ts';
import { startRunner } from '../../platform/embedded/runner.ts';
import { OpenSlots, SmtpEdge, until } from '../smtp/smtp-edge.ts';

const silent = { event: () => {}, failure: () => {} };
const holder = 'me' as HolderId;
const depsOf = ({ world }: SmtpEdge, counts: DeliveryCounts = noDeliveryCounts) => ({
  ...world,
  settings: fixedSettings(),
  holder,
  log: silent,
  random: () => 0,
  dispatcher: { wake: () => {} },
  counts,
});

async function accepted(edge: SmtpEdge, to: readonly string[]): Promise<void> {
  const client = await edge.greeted();
  await client.ask('MAIL FROM:<x@example.net>\r\n', /^250 /m);
  for (const one of to) await client.ask(`RCPT TO:<${one}@example.org>\r\n`, /^250 /m);
  await client.ask('DATA\r\n', /^354 /m);
  await client.ask('Subject: hi\r\n\r\nx\r\n.\r\n', /^250 /m);
}

/** What is counted of copies, in the order told. */
function counting() {
  const told: [string, number][] = [];
  const counts: DeliveryCounts = { ...noDeliveryCounts, copies: (result, many) => many > 0 && told.push([result, many]) };
  return { counts, told };
}

describe('local delivery', () => {
  it('lands once, though the row is delivered again after a crash between the append and its end', async (t) => {
    const edge = await SmtpEdge.open(t);
    await accepted(edge, ['alice', 'bob']);
    const { spool, mailboxes, clock } = edge.world;
    const claim = () => ({ by: holder, until: clock.now() - 1 }); // over at once, as after a crash
    const [row] = await spool.claimDue({ kind: 'local' }, clock.now(), claim(), 1);
    assert.ok(row !== undefined);
    // What the crashed process had done: one copy stands, the row does too.
    const inbox = await mailboxes.find('alice@example.org' as AccountId, 'INBOX');
    assert.ok(inbox !== undefined);
    const copy = {
      body: { id: row.body, facts: row.facts },
      prefix: '',
      flags: [],
      internalDate: 0,
      deliveryKey: deliveryKeyOf(row.message, inbox.account),
    };
    await mailboxes.append(inbox.id, [copy]);

    const again = await spool.claim(row.id, clock.now(), { by: holder, until: clock.now() + 60_000 });
    assert.ok(again !== undefined);
    const { counts, told } = counting();
    assert.equal(await deliverLocal(again, depsOf(edge, counts)), 'finished');
    assert.equal((await edge.inbox('alice')).length, 1);
    assert.equal((await edge.inbox('bob')).length, 1);
    assert.equal(await deliverLocal(again, depsOf(edge, counts)), 'claim-lost');
    assert.deepEqual(told, [['delivered', 2]]);
    assert.equal((await edge.inbox('bob')).length, 1);
  });

  it('reports the copy of an account that is gone, and delivers the others', async (t) => {
    const edge = await SmtpEdge.open(t);
    await accepted(edge, ['alice', 'bob']);
    await edge.world.accounts.remove('bob@example.org' as AccountId);
    const { spool, clock } = edge.world;
    const [row] = await spool.claimDue({ kind: 'local' }, clock.now(), { by: holder, until: clock.now() + 60_000 }, 1);
    assert.ok(row !== undefined);
    const { counts, told } = counting();
    assert.equal(await deliverLocal(row, depsOf(edge, counts)), 'bounced');
    assert.deepEqual(told.toSorted(), [
      ['delivered', 1],
      ['failed', 1],
    ]);
    assert.equal((await edge.inbox('alice')).length, 1);
    const [report, ...others] = await edge.spooled();
    assert.deepEqual([report?.row.nextHop, report?.row.reversePath, others], [{ kind: 'domain', domain: 'example.net' }, '', []]);
    assert.match(report?.text ?? '', /^Final-Recipient: rfc822; bob@example\.org\r\nAction: failed\r\nStatus: 5\.1\.1\r\n/m);
  });

  it('follows the retry schedule when a mailbox can not be written, and ends with a report when its time is over', async (t) => {
    const edge = await SmtpEdge.open(t);
    await accepted(edge, ['alice']);
    const { spool, clock } = edge.world;
    const { counts, told } = counting();
    const broken = { ...depsOf(edge, counts), spool: { ...spool, deliver: () => Promise.reject(new Error('no room')) } };
    const claimed = async (now: number) => {
      const [row] = await spool.claimDue({ kind: 'local' }, now, { by: holder, until: now + 60_000 }, 1);
      assert.ok(row !== undefined);
      return row;
    };
    const first = await claimed(clock.now());
    assert.equal(await deliverLocal(first, broken), 'deferred');
    const [waiting] = await edge.spooled();
    assert.deepEqual([waiting?.row.attempts, waiting?.row.held], [1, false]);
    assert.ok((waiting?.row.nextAttemptAt ?? 0) >= first.acceptedAt + 60_000);
    const later = first.acceptedAt + 6 * 86_400_000;
    assert.equal(await deliverLocal(await claimed(later), { ...broken, clock: { ...clock, now: () => later } }), 'bounced');
    assert.deepEqual(told, [
      ['deferred', 1],
      ['failed', 1],
    ]);
    const [report] = await edge.spooled();
    assert.deepEqual([report?.row.reversePath, report?.row.recipients[0]?.address], ['', 'x@example.net']);
    assert.match(report?.text ?? '', /^Status: 4\.3\.0\r\n/m);
    assert.doesNotMatch(report?.text ?? '', /no room/, 'what went wrong inside is for the log');
  });

  it('takes over what another process left, and keeps up with many at once', async (t) => {
    const edge = await SmtpEdge.open(t);
    for (let i = 0; i < 150; i++) await accepted(edge, ['alice']);
    const { world } = edge;
    const runner = startRunner({ world, settings: fixedSettings(), slots: new OpenSlots(), log: silent });
    await until('all to be delivered', async () => (await edge.inbox('alice')).length === 150);
    await runner.close();
    assert.deepEqual(await edge.spooled(), []);
  });

  it('takes over what another process has claimed as soon as that process is dead, and not before', async (t) => {
    const edge = await SmtpEdge.open(t);
    const script = new URL('./claiming-process.ts', import.meta.url).pathname;
    const child = spawn(process.execPath, [script, edge.dataDir, 'alice@example.org'], { stdio: ['ignore', 'pipe', 'inherit'] });
    t.after(async () => void child.kill('SIGKILL'));
    await once(child.stdout, 'data');
    const runner = () => startRunner({ world: edge.world, settings: fixedSettings(), slots: new OpenSlots(), log: silent });
    const claimed = async () => (await edge.spooled()).map(({ row }) => row.claimedBy !== undefined);

    child.kill('SIGSTOP');
    const early = runner();
    await new Promise((resolve) => setTimeout(resolve, 300));
    await early.close();
    assert.deepEqual(await claimed(), [true], 'a process that only stands still may go on at any time');

    child.kill('SIGKILL');
    await once(child, 'exit');
    const late = runner();
    await until('it to be delivered', async () => (await edge.inbox('alice')).length === 1);
    await late.close();
    assert.deepEqual(await edge.spooled(), []);
  });
});
