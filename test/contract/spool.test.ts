import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SpoolFilter, SpoolRow } from '../../core/delivery/spool.ts';
import type { SpoolId, SpoolRowId } from '../../core/values/ids.ts';
import { local, remote, rowFor, spooled, spoolWorlds, them, to, us } from './spool-worlds.ts';
import { letter, read, stage } from './worlds.ts';

for (const { name, skip, place } of spoolWorlds) {
  describe(`the spool on ${name}`, { skip }, () => {
    it('gives back each row as it was added, one per next hop, over one body', async (t) => {
      const world = await (await place(t)).open();
      const rows = await spooled(world, [remote, local]);
      for (const row of rows) assert.deepEqual(await world.spool.get(row.id), row);
      assert.equal(new Set(rows.map(({ body }) => body)).size, 1);
      assert.equal(await read(world, rows[0].body), letter('out'));
      assert.deepEqual(
        (await world.spool.list({ limit: 10, nextHop: remote })).map(({ id }) => id),
        [rows[0].id],
      );
    });

    it('keeps what the sender wished for, and what was tried', async (t) => {
      const world = await (await place(t)).open();
      const wishes = {
        reports: { return: 'headers', envelopeId: 'e 1' },
        requireTls: true,
        prefix: 'X-Seen: yes\r\n',
        junk: true,
      } as const;
      const recipients = [
        { ...to('x@example.net'), notify: ['success', 'delay'], original: 'rfc822;x@old.example' },
        { ...to('y@example.net'), notify: 'never' },
      ] as const;
      const body = await stage(world, letter('with wishes'));
      const [row] = await world.spool.add(world.newId() as SpoolId, body, [{ ...rowFor(remote), ...wishes, recipients }], 1000);
      assert.ok(row);
      assert.deepEqual([row.recipients, row.reports, row.history], [recipients, wishes.reports, { attempts: [], settled: [] }]);
      assert.deepEqual(await world.spool.get(row.id), row);
      assert.ok(await world.spool.claim(row.id, 1000, { by: us, until: 5000 }));
      const answer = { reply: '450 4.2.1 later', host: 'mx.example.net', at: 1500 };
      const history = {
        attempts: [{ at: 1500, host: 'mx.example.net', ip: '192.0.2.1', result: '450 4.2.1 later', dialogue: ['> NOOP', '< 250 ok'] }],
        settled: [{ address: to('y@example.net').address, result: 'delivered', answer }],
        warnedAt: 1600,
      } as const;
      const rest = [{ ...to('x@example.net'), last: answer }];
      assert.ok(await world.spool.defer(row.id, us, { recipients: rest, nextAttemptAt: 2000, error: 'later', history, untried: true }));
      const { claimedBy, claimedUntil, ...deferred } = (await world.spool.get(row.id)) as SpoolRow;
      const wanted = { ...row, recipients: rest, nextAttemptAt: 2000, lastError: 'later', history };
      assert.deepEqual([claimedBy, claimedUntil, deferred], [undefined, undefined, wanted]);
    });

    it('adds reports in the step that ends an attempt, and not at all when the claim was lost', async (t) => {
      const world = await (await place(t)).open();
      const [away, later] = await spooled(world, [remote, { kind: 'domain', domain: 'later.example' }]);
      assert.ok(later);
      const report = async (subject: string) => [
        { message: world.newId() as SpoolId, body: await stage(world, letter(subject)), rows: [rowFor(local)], acceptedAt: 2000 },
      ];
      const again = { recipients: later.recipients, nextAttemptAt: 9000, error: 'later' };
      assert.equal(await world.spool.finish(away.id, us, await report('lost')), false);
      assert.equal(await world.spool.defer(later.id, us, again, await report('lost')), false);
      assert.equal((await world.spool.list({ limit: 10 })).length, 2);
      for (const { id } of [away, later]) assert.ok(await world.spool.claim(id, 1000, { by: us, until: 5000 }));
      assert.equal(await world.spool.finish(away.id, us, await report('failed')), true);
      assert.equal(await world.spool.defer(later.id, us, again, await report('delayed')), true);
      const left = await world.spool.list({ limit: 10 });
      assert.deepEqual(left.map(({ facts }) => facts.envelope.subject).sort(), ['delayed', 'failed', 'out']);
      for (const { body, facts } of left) assert.equal(await read(world, body), letter(facts.envelope.subject ?? ''));
    });

    it('adds reports for more next hops than one write of a store takes, each of which is found, and nothing of them when the claim was lost', async (t) => {
      const world = await (await place(t)).open();
      const [away, later] = await spooled(world, [remote, { kind: 'domain', domain: 'later.example' }]);
      assert.ok(later);
      const report = async (hops: number) => {
        const rows = Array.from({ length: hops }, (_, i) => rowFor({ kind: 'domain', domain: `d${i}.example` }));
        return { message: world.newId() as SpoolId, body: await stage(world, letter(`to ${hops}`)), rows, acceptedAt: 2000 };
      };
      const subjects = async () => (await world.spool.list({ limit: 500 })).map(({ facts }) => facts.envelope.subject).sort();
      const again = { recipients: later.recipients, nextAttemptAt: 9000, error: 'later' };
      assert.equal(await world.spool.finish(away.id, us, [await report(120)]), false);
      assert.equal(await world.spool.defer(later.id, us, again, [await report(120)]), false);
      assert.deepEqual(await subjects(), ['out', 'out']);
      for (const { id } of [away, later]) assert.ok(await world.spool.claim(id, 1000, { by: us, until: 5000 }));
      assert.equal(await world.spool.finish(away.id, us, [await report(120), await report(60)]), true);
      assert.equal(await world.spool.defer(later.id, us, again, [await report(101)]), true);
      assert.deepEqual(await subjects(), ['out', ...Array(101).fill('to 101'), ...Array(120).fill('to 120'), ...Array(60).fill('to 60')]);
      assert.equal((await world.spool.due(3000, { hops: 1000, rows: 1 })).hops.length, 120);
    });

    it('lets an operator free a held row as it was, and say how a row is to leave', async (t) => {
      const world = await (await place(t)).open();
      const [{ id }] = await spooled(world, [remote]);
      assert.ok(await world.spool.hold(id, 'wait'));
      assert.ok(await world.spool.reroute(id, 'smarthost'));
      assert.ok(await world.spool.release(id));
      const freed = await world.spool.get(id);
      assert.deepEqual([freed?.held, freed?.via, freed?.nextAttemptAt], [false, 'smarthost', 1000]);
      assert.ok(await world.spool.reroute(id, undefined));
      assert.equal((await world.spool.get(id))?.via, undefined);
      assert.equal(await world.spool.release('nothing-0' as SpoolRowId), false);
    });

    it('is listed by next hop, by what is held and by what stands in a row, and summed up by next hop', async (t) => {
      const world = await (await place(t)).open();
      const [first] = await spooled(world, [remote, local], 1000);
      const [second] = await spooled(world, [remote], 2000);
      const listed = async (filter: Partial<SpoolFilter>) => (await world.spool.list({ limit: 10, ...filter })).map(({ id }) => id);
      for (const [{ id }, error] of [
        [first, '450 Greylisted'],
        [second, '550 gone'],
      ] as const) {
        assert.ok(await world.spool.claim(id, 3000, { by: us, until: 9000 }));
        assert.ok(
          await world.spool.defer(id, us, { recipients: [to('Yvonne@example.net')], nextAttemptAt: 5000, error, hold: id === second.id }),
        );
      }
      assert.deepEqual(await listed({ held: true }), [second.id]);
      assert.deepEqual(await listed({ held: false, nextHop: remote }), [first.id]);
      assert.deepEqual(await listed({ text: 'greyLISTED' }), [first.id]);
      assert.deepEqual(await listed({ text: 'yvonne@', nextHop: remote }), [first.id, second.id]);
      assert.deepEqual(await listed({ text: second.id.toLowerCase() }), [second.id]);
      assert.deepEqual(await listed({ text: 'recipients' }), []);
      assert.equal((await listed({ text: 'alice@example.org' })).length, 3);
      const backlog = new Map((await world.spool.backlog()).map((one) => [one.nextHop.kind, one]));
      const { error, ...counts } = backlog.get('domain') ?? assert.fail('no backlog');
      assert.deepEqual(counts, { nextHop: remote, rows: 2, held: 1, oldest: 1000, soonest: 5000 });
      assert.equal(error?.rows, 1);
      assert.deepEqual(backlog.get('local'), { nextHop: local, rows: 1, held: 0, oldest: 1000, soonest: 1000 });
    });

    it('does not add a message again whose rows are still there', async (t) => {
      const world = await (await place(t)).open();
      const message = world.newId() as SpoolId;
      const rows = [rowFor(remote), rowFor(local)];
      const first = await world.spool.add(message, await stage(world, letter('out')), rows, 1000);
      const { id } = first[0] as SpoolRow;
      assert.ok(await world.spool.hold(id, 'wait'));
      const again = await world.spool.add(message, await stage(world, letter('out again')), rows, 2000);
      assert.deepEqual(again, await Promise.all(first.map((row) => world.spool.get(row.id))));
      assert.equal((await world.spool.list({ limit: 10 })).length, 2);
      for (const { body } of again) assert.equal(await read(world, body), letter('out'));
    });

    it('keeps the body until the last of its rows is finished', async (t) => {
      const world = await (await place(t)).open();
      const rows = await spooled(world, [remote, local]);
      for (const { id, body } of rows) {
        assert.equal(await read(world, body), letter('out'));
        assert.ok(await world.spool.claim(id, 1000, { by: us, until: 5000 }));
        assert.equal(await world.spool.finish(id, us), true);
      }
      await assert.rejects(read(world, rows[0].body), { name: 'BodyMissing' });
    });

    it('lets one holder have a row; when its claim has run out another may take it, and the first has lost it', async (t) => {
      const world = await (await place(t)).open();
      const [{ id }] = await spooled(world, [remote]);
      assert.ok(await world.spool.claim(id, 1000, { by: us, until: 5000 }));
      for (const by of [us, them]) assert.equal(await world.spool.claim(id, 4999, { by, until: 9000 }), undefined);
      assert.deepEqual(await world.spool.claimDue(remote, 4999, { by: them, until: 9000 }, 5), []);
      assert.equal((await world.spool.claimDue(remote, 5000, { by: them, until: 9000 }, 5))[0]?.claimedBy, them);
      assert.equal(await world.spool.renewClaim(id, { by: us, until: 20_000 }), false);
      assert.equal(await world.spool.finish(id, us), false);
      assert.equal(await world.spool.defer(id, us, { recipients: [], nextAttemptAt: 1, error: '' }), false);
      assert.equal(await world.spool.renewClaim(id, { by: them, until: 20_000 }), true);
      assert.equal(await world.spool.claim(id, 19_999, { by: us, until: 30_000 }), undefined);
    });

    it('defers to a later time with the recipients that are left, and says what is due and what comes next', async (t) => {
      const world = await (await place(t)).open();
      const [{ id }] = await spooled(world, [remote, local]);
      await world.spool.claim(id, 1000, { by: us, until: 5000 });
      assert.equal(await world.spool.defer(id, us, { recipients: [to('y@example.net')], nextAttemptAt: 7000, error: '451 later' }), true);
      assert.deepEqual(await world.spool.due(1500, { hops: 5, rows: 5 }), {
        hops: [{ nextHop: local, rows: 1, since: 1000 }],
        soonest: 7000,
      });
      const row = await world.spool.get(id);
      assert.deepEqual(
        [row?.attempts, row?.lastError, row?.recipients, row?.claimedBy],
        [1, '451 later', [to('y@example.net')], undefined],
      );
      assert.equal((await world.spool.claimDue(remote, 7000, { by: them, until: 9000 }, 5))[0]?.id, id);
    });

    it('counts what is due for each next hop up to a bound, the one that waits longest first', async (t) => {
      const world = await (await place(t)).open();
      await spooled(world, [local], 2000);
      for (const at of [1500, 1000, 3000]) await spooled(world, [remote], at);
      const [{ id }] = await spooled(world, [remote], 500);
      await world.spool.claim(id, 1000, { by: us, until: 9000 });
      const due = (hops: number, rows: number) => world.spool.due(2500, { hops, rows });
      const [first, second] = [
        { nextHop: remote, rows: 2, since: 1000 },
        { nextHop: local, rows: 1, since: 2000 },
      ];
      assert.deepEqual((await due(5, 5)).hops, [first, second]);
      assert.deepEqual((await due(1, 1)).hops, [{ ...first, rows: 1 }]);
    });

    it('has a row that was given back as it was before, due for anybody', async (t) => {
      const world = await (await place(t)).open();
      const [{ id, ...before }] = await spooled(world, [remote]);
      assert.ok(await world.spool.claim(id, 1000, { by: us, until: 5000 }));
      assert.equal(await world.spool.giveBack(id, them), false);
      assert.equal(await world.spool.giveBack(id, us), true);
      assert.equal(await world.spool.giveBack(id, us), false);
      assert.deepEqual(await world.spool.get(id), { id, ...before });
      assert.equal((await world.spool.claimDue(remote, 1000, { by: them, until: 5000 }, 5))[0]?.id, id);
    });

    it('keeps held rows from everybody until they are retried, and deletes none that is being delivered', async (t) => {
      const world = await (await place(t)).open();
      const [{ id }] = await spooled(world, [remote]);
      assert.equal(await world.spool.hold(id, 'looked at'), true);
      assert.deepEqual(
        (await world.spool.list({ limit: 5, held: true })).map(({ lastError }) => lastError),
        ['looked at'],
      );
      assert.deepEqual(await world.spool.due(9000, { hops: 5, rows: 5 }), { hops: [] });
      assert.equal(await world.spool.claim(id, 9000, { by: us, until: 10_000 }), undefined);
      assert.equal(
        (await world.spool.claim(id, 8000, { by: us, until: 8500 }, true))?.id,
        id,
        'an operator ends it without freeing it first',
      );
      assert.equal(await world.spool.claim(id, 8400, { by: them, until: 9000 }, true), undefined);
      assert.equal(await world.spool.retry(id, 9000), true);
      assert.ok(await world.spool.claim(id, 9000, { by: us, until: 10_000 }));
      assert.equal(await world.spool.delete(id, 9500), false);
      assert.equal(await world.spool.delete(id, 10_000), true);
      assert.equal(await world.spool.get(id), undefined);
      for (const none of ['nothing', '01BX5ZZKBKACTAV9WEVGEMMVRZ.7', "x'; --"])
        assert.equal(await world.spool.retry(none as SpoolRowId, 1), false);
    });

    it('claims in the order of the next attempt, and no more than asked for', async (t) => {
      const world = await (await place(t)).open();
      const ids: SpoolRowId[] = [];
      for (const at of [3000, 1000, 2000]) ids.push((await spooled(world, [remote], at))[0].id);
      const claimed = await world.spool.claimDue(remote, 9000, { by: us, until: 10_000 }, 2);
      assert.deepEqual(
        claimed.map(({ id }) => id),
        [ids[1], ids[2]],
      );
    });
  });
}
