import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bounceRow, settleAnswered, settleUnreached, settleUntried } from '../../core/delivery/settle-row.ts';
import type { Address, ReversePath } from '../../core/values/address.ts';
import { accepted, attempt, bob, carol, day, hour, open, refused } from './settle-scene.ts';

describe('a row that is settled', () => {
  it('ends with a report to its sender, of whom the dispatcher hears at once', async (t) => {
    const scene = await open(t);
    const row = await scene.add();
    assert.equal(await settleAnswered(row, [accepted(bob), refused(carol, true)], attempt, scene.deps), 'bounced');
    assert.equal(await scene.get(row), undefined);
    const [report, ...others] = await scene.world.spool.list({ limit: 9 });
    assert.deepEqual(
      [others, report?.reversePath, report?.nextHop, report?.recipients[0]?.account],
      [[], '', { kind: 'local' }, 'alice@example.org'],
    );
    const [text = ''] = await scene.reports();
    assert.match(
      text,
      /^Final-Recipient: rfc822; carol@example\.net\r\nAction: failed\r\nStatus: 5\.1\.1\r\nRemote-MTA: dns; mx\.example\.net\r\n/m,
    );
    assert.doesNotMatch(text, /Final-Recipient: rfc822; bob/);
    assert.deepEqual(
      [scene.woken, scene.counted, scene.events],
      [['local'], { failed: 1, warned: 0 }, ['recipients-failed', 'report-written']],
    );
  });

  it('is finished in silence when everybody has it', async (t) => {
    const scene = await open(t);
    const row = await scene.add();
    assert.equal(await settleAnswered(row, [accepted(bob), accepted(carol)], attempt, scene.deps), 'finished');
    assert.deepEqual([await scene.world.spool.list({ limit: 9 }), scene.events], [[], []]);
  });

  it('keeps only who was put off, and each failure is told once, when it happens', async (t) => {
    const scene = await open(t);
    const row = await scene.add();
    assert.equal(await settleAnswered(row, [refused(bob, false), refused(carol, true)], attempt, scene.deps), 'deferred');
    const left = await scene.get(row);
    assert.deepEqual(
      left?.recipients.map(({ address, last }) => [address, last]),
      [[bob, { reply: '450 4.2.1 later', host: 'mx.example.net', at: attempt.at }]],
    );
    assert.deepEqual(
      [left?.attempts, left?.history.attempts, left?.lastError],
      [1, [attempt], `${bob}: 450 4.2.1 later; ${carol}: 550 5.1.1 no`],
    );
    assert.equal((await scene.reports()).length, 1);
    scene.now += 6 * day;
    assert.equal(
      await settleUnreached(await scene.claim(row), '4.4.1 nobody there', false, { at: scene.now, result: 'x' }, scene.deps),
      'bounced',
    );
    const texts = await scene.reports();
    assert.equal(texts.length, 2);
    assert.equal(texts.filter((text) => text.includes('Final-Recipient: rfc822; bob')).length, 1);
    assert.match(texts.join(''), /It was tried for 6 days and then given up\. The reason:\r\n\r\n {3}nobody there\r\n/);
  });

  it('asks again for who got no answer at all', async (t) => {
    const scene = await open(t);
    const row = await scene.add();
    assert.equal(await settleAnswered(row, [accepted(bob)], attempt, scene.deps), 'deferred');
    assert.deepEqual(
      (await scene.get(row))?.recipients.map(({ address, last }) => [address, last?.host]),
      [[carol, undefined]],
    );
  });

  it('tells of a delay once, and that it is still tried', async (t) => {
    const scene = await open(t);
    let claimed = await scene.add();
    for (const [after, reports] of [
      [hour, 0],
      [4 * hour, 1],
      [day, 1],
    ] as const) {
      scene.now += after;
      assert.equal(await settleUnreached(claimed, '4.4.1 nobody there', false, { at: scene.now, result: 'x' }, scene.deps), 'deferred');
      assert.equal((await scene.reports()).length, reports);
      claimed = await scene.claim(claimed);
    }
    assert.match((await scene.reports())[0] ?? '', /^Action: delayed\r\n/m);
    assert.equal(scene.counted.warned, 1);
  });

  it('is as it was, but later, when nothing was tried', async (t) => {
    const scene = await open(t);
    const row = await scene.add();
    assert.equal(await settleUntried(row, '4.3.2 no slot', scene.now + 2 * hour, scene.deps), 'deferred');
    const left = await scene.get(row);
    assert.deepEqual(
      [left?.attempts, left?.nextAttemptAt, left?.lastError, left?.history.attempts],
      [0, scene.now + 2 * hour, '4.3.2 no slot', []],
    );
    scene.now += 6 * day;
    assert.equal(await settleUntried(await scene.claim(row), '4.3.2 no slot', scene.now + hour, scene.deps), 'bounced');
  });

  it('goes to a sender outside, and over aliases to whom they lead', async (t) => {
    const scene = await open(t);
    await scene.world.accounts.addAlias({
      address: 'sales@example.org' as Address,
      targets: ['alice@example.org', 'far@example.com'] as Address[],
    });
    for (const sender of ['x@example.com', 'sales@example.org']) {
      const row = await scene.add({ reversePath: sender as ReversePath });
      assert.equal(await settleUnreached(row, '5.1.10 takes no mail', true, { at: 1, result: 'x' }, scene.deps), 'bounced');
    }
    assert.deepEqual(scene.woken, ['example.com', 'local', 'example.com']);
    const forwarded = (await scene.world.spool.list({ limit: 9 })).find(({ recipients }) => recipients[0]?.address === 'far@example.com');
    assert.equal(forwarded?.recipients[0]?.original, 'rfc822;sales@example.org', 'who is told of it knows the alias only');
    assert.match((await scene.reports())[0] ?? '', /^To: <x@example\.com>\r\n/m);
  });

  it('is bounced by an operator with the reason given', async (t) => {
    const scene = await open(t);
    assert.equal(await bounceRow(await scene.add(), 'we do not send\r\nto them', scene.deps), 'bounced');
    assert.match((await scene.reports())[0] ?? '', /^Status: 5\.0\.0\r\nDiagnostic-Code: X-Mailweir; 5\.0\.0 we do not send to them\r\n/m);
    assert.equal(await bounceRow(await scene.add(), '5.7.1 spam', scene.deps), 'bounced');
    assert.equal(await bounceRow(await scene.add({ recipients: [{ address: bob, notify: 'never' }] }), '', scene.deps), 'bounced');
    assert.equal((await scene.reports()).length, 2, 'who wants to hear of nothing does not');
  });
});
