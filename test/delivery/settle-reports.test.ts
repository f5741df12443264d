import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { bounceRow, settleAnswered, settleUnreached } from '../../core/delivery/settle-row.ts';
import type { SpoolRow } from '../../core/delivery/spool.ts';
import type { RecipientResult } from '../../core/delivery/transport.ts';
import type { Address, ReversePath } from '../../core/values/address.ts';
import type { HolderId } from '../../core/values/ids.ts';
import { letter } from './report-kit.ts';
import { accepted, attempt, bob, carol, day, open, refused, us } from './settle-scene.ts';

describe('a report', () => {
  it('is never made of a report: one that fails goes to the log alone', async (t) => {
    const scene = await open(t);
    const row = await scene.add({ reversePath: '' });
    assert.equal(await settleAnswered(row, [refused(bob, true), refused(carol, true)], attempt, scene.deps), 'bounced');
    const late = await scene.add({ reversePath: '' });
    scene.now += 6 * day;
    assert.equal(await settleUnreached(late, '4.4.1 nobody there', false, attempt, scene.deps), 'bounced');
    assert.deepEqual([await scene.world.spool.list({ limit: 9 }), scene.woken], [[], []]);
    assert.deepEqual(scene.events, ['report-dropped', 'recipients-failed', 'report-dropped', 'recipients-failed']);
  });

  it('of a report ends there too when it really travels: nothing is left to be sent', async (t) => {
    const scene = await open(t);
    await settleAnswered(await scene.add({ reversePath: 'x@example.com' as ReversePath }), [], attempt, scene.deps);
    const row = await scene.add({ reversePath: 'x@example.com' as ReversePath });
    await bounceRow(row, '', scene.deps);
    const report = (await scene.world.spool.list({ limit: 9 })).find(({ reversePath }) => reversePath === '');
    assert.ok(report);
    assert.equal(await bounceRow(await scene.claim(report), '', scene.deps), 'bounced');
    assert.deepEqual(await scene.reports(), []);
  });

  it('is dropped when nobody here is its sender', async (t) => {
    const scene = await open(t);
    const row = await scene.add({ reversePath: 'gone@example.org' as ReversePath });
    assert.equal(await settleUnreached(row, '5.1.10 takes no mail', true, attempt, scene.deps), 'bounced');
    assert.deepEqual([await scene.world.spool.list({ limit: 9 }), scene.events], [[], ['report-dropped', 'recipients-failed']]);
  });

  it('is there once, though the process ended between the host\'s "250" and the end of the row', async (t) => {
    const scene = await open(t);
    const row = await scene.add({ recipients: [{ address: bob, notify: ['success'] }, { address: carol }] });
    const results: readonly RecipientResult[] = [
      { address: bob, result: 'accepted', reply: '250 ok', relayed: true },
      refused(carol, true),
    ];
    await scene.world.spool.endClaims(us); // the process is dead; another finds the row, sends it again and settles it
    const again = await scene.claim(row, 'them' as HolderId);
    assert.equal(await settleAnswered(again, results, attempt, { ...scene.deps, holder: 'them' as HolderId }), 'bounced');
    assert.equal((await scene.reports()).length, 2);
    // The first was only thought dead, and settles what it has.
    assert.equal(await settleAnswered(row, results, attempt, scene.deps), 'claim-lost');
    assert.equal((await scene.reports()).length, 2);
  });

  it('is there once, though the store could not write at first', async (t) => {
    const scene = await open(t);
    const row = await scene.add();
    const { finish } = scene.deps.spool;
    const failing = { ...scene.deps.spool, finish: () => Promise.reject(new Error('busy')) };
    await assert.rejects(settleUnreached(row, '5.1.10 takes no mail', true, attempt, { ...scene.deps, spool: failing }), /busy/);
    assert.deepEqual([await scene.reports(), scene.woken, scene.counted.failed], [[], [], 0]);
    assert.ok(await scene.get(row));
    const working = { ...scene.deps.spool, finish };
    assert.equal(await settleUnreached(row, '5.1.10 takes no mail', true, attempt, { ...scene.deps, spool: working }), 'bounced');
    assert.equal((await scene.reports()).length, 1);
  });

  it('is there once and whole, though the store did not answer when it took it', async (t) => {
    const scene = await open(t);
    const { spool } = scene.deps;
    const discarded: unknown[] = [];
    const discarding = { ...scene.deps.bodies, discard: async (body: unknown) => void discarded.push(body) };
    for (const silences of [1, 9]) {
      const row = await scene.add();
      let answers = 0;
      const bodies = new Set<string>();
      // As a store on a network is: the first copy is done, another of the same is known again, and no answer comes back.
      const finish: typeof spool.finish = async (id, by, reports = []) => {
        for (const { body } of reports) bodies.add(body.id);
        answers += 1;
        if (answers === 1) await spool.finish(id, by, reports);
        if (answers <= silences) throw new Error('no answer');
        return true;
      };
      const deps = { ...scene.deps, bodies: discarding, spool: { ...spool, finish } };
      const settling = settleAnswered(row, [refused(bob, true), refused(carol, true)], attempt, deps);
      if (silences > 1) await assert.rejects(settling, /no answer/);
      else assert.equal(await settling, 'bounced');
      assert.equal(bodies.size, 1);
    }
    assert.deepEqual([(await scene.reports()).length, discarded], [2, []]);
  });

  it('that is large leaves nothing behind when the claim was lost', async (t) => {
    const scene = await open(t);
    const row = await scene.add({}, `${letter}${'large\r\n'.repeat(9000)}`);
    await scene.world.spool.endClaims(us);
    const files = async (): Promise<readonly string[]> =>
      (await readdir(join(scene.dataDir, 'bodies'), { recursive: true, withFileTypes: true }))
        .filter((one) => one.isFile())
        .map(({ name }) => name);
    const before = await files();
    assert.equal(await settleUnreached(row, '5.1.10 takes no mail', true, attempt, scene.deps), 'claim-lost');
    assert.deepEqual(await files(), before);
    assert.equal(before.length, 1);
  });

  it('that can not be made holds back who failed, and nobody else', async (t) => {
    const scene = await open(t);
    const row = await scene.add({ recipients: [{ address: bob }, { address: carol }, { address: 'dave@example.net' as Address }] });
    const results = [accepted(bob), refused(carol, true), refused('dave@example.net' as Address, false)];
    const bodies = { ...scene.deps.bodies, stage: () => Promise.reject(new Error('no room')) };
    assert.equal(await settleAnswered(row, results, attempt, { ...scene.deps, bodies }), 'held');
    const held = await scene.get(row);
    assert.deepEqual([held?.held, held?.recipients.map(({ address }) => address)], [true, [carol, 'dave@example.net']]);
    assert.match(held?.lastError ?? '', /^its report could not be made: carol@example\.net: 550 5\.1\.1 no; /);
    assert.deepEqual([scene.failures, await scene.reports()], [Array(3).fill('report-failed'), []]);
    await scene.world.spool.retry(row.id, scene.now);
    const rest = [refused(carol, true), refused('dave@example.net' as Address, false)];
    assert.equal(await settleAnswered(await scene.claim(row), rest, attempt, scene.deps), 'deferred');
    assert.equal((await scene.reports()).length, 1);
  });

  it('of a message that asked for TLS all the way asks for it too, and shows no more than the header', async (t) => {
    const scene = await open(t);
    const wishes = { requireTls: true, reports: { return: 'full' }, reversePath: 'x@example.com' as ReversePath } as const;
    assert.equal(await bounceRow(await scene.add(wishes), '', scene.deps), 'bounced');
    const [row] = await scene.world.spool.list({ limit: 9 });
    assert.equal(row?.requireTls, true);
    assert.match((await scene.reports())[0] ?? '', /^Content-Type: text\/rfc822-headers\r\n/m);
  });

  it('goes without the message when that is gone', async (t) => {
    const scene = await open(t);
    const row = await scene.add();
    const other = { ...row, body: 'gone' as SpoolRow['body'] };
    assert.equal(await settleUnreached(other, '5.1.10 takes no mail', true, attempt, scene.deps), 'bounced');
    const [text = ''] = await scene.reports();
    assert.match(text, /^Details for administrators are attached\.\r\n/m);
    assert.doesNotMatch(text, /message\/rfc822/);
  });
});
