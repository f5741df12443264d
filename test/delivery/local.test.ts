import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { deliverLocal } from '../../core/delivery/deliver-local.ts';
import { fixedSettings } from '../../core/settings/fixed-settings.ts';
import type { AccountId } from '../../core/values/address.ts';
import type { HolderId } from '../../core/values/ids.ts';
import { startRunner } from '../../platform/embedded/runner.ts';
import { OpenSlots, SmtpEdge, until } from '../smtp/smtp-edge.ts';

const silent = { event: () => {}, failure: () => {} };
const holder = 'me' as HolderId;

async function accepted(edge: SmtpEdge, to: readonly string[]): Promise<void> {
  const client = await edge.greeted();
  await client.ask('MAIL FROM:<x@example.net>\r\n', /^250 /m);
  for (const one of to) await client.ask(`RCPT TO:<${one}@example.org>\r\n`, /^250 /m);
  await client.ask('DATA\r\n', /^354 /m);
  await client.ask('Subject: hi\r\n\r\nx\r\n.\r\n', /^250 /m);
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
      deliveryKey: `${row.id}/alice@example.org`,
    };
    await mailboxes.append(inbox.id, [copy]);

    const again = await spool.claim(row.id, clock.now(), { by: holder, until: clock.now() + 60_000 });
    assert.ok(again !== undefined);
    assert.equal(await deliverLocal(again, { ...edge.world, holder, log: silent }), 'finished');
    assert.equal((await edge.inbox('alice')).length, 1);
    assert.equal((await edge.inbox('bob')).length, 1);
    assert.equal(await deliverLocal(again, { ...edge.world, holder, log: silent }), 'claim-lost');
    assert.equal((await edge.inbox('bob')).length, 1);
  });

  it('holds the copy of an account that is gone, and delivers the others', async (t) => {
    const edge = await SmtpEdge.open(t);
    await accepted(edge, ['alice', 'bob']);
    await edge.world.accounts.remove('bob@example.org' as AccountId);
    const { spool, clock } = edge.world;
    const [row] = await spool.claimDue({ kind: 'local' }, clock.now(), { by: holder, until: clock.now() + 60_000 }, 1);
    assert.ok(row !== undefined);
    assert.equal(await deliverLocal(row, { ...edge.world, holder, log: silent }), 'held');
    assert.equal((await edge.inbox('alice')).length, 1);
    const [left] = await edge.spooled();
    assert.deepEqual([left?.row.held, left?.row.recipients.map(({ account }) => account)], [true, ['bob@example.org']]);
    assert.match(left?.row.lastError ?? '', /^5\.1\.1 .*bob@example\.org/);
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
