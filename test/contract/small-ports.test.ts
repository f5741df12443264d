import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AccountId } from '../../core/values/address.ts';
import type { BodyId } from '../../core/values/ids.ts';
import type { Network } from '../../core/values/network.ts';
import { accountWorlds } from './account-worlds.ts';
import { mailWorlds } from './mail-worlds.ts';
import { alice, inboxOf, inChunks, letter, read, stage } from './worlds.ts';

const home = '203.0.113.9/32' as Network;

for (const { name, skip, place } of accountWorlds) {
  describe(`login failures on ${name}`, { skip }, () => {
    it('are counted per network over all processes, and forgotten after ten minutes', async (t) => {
      const here = await place(t);
      const [first, second] = [await here.open(), await here.open()];
      const start = 1_700_000_000_000;
      assert.equal(await first.loginFailures.record(home, start), 1);
      assert.equal(await second.loginFailures.record(home, start + 300_000), 2);
      assert.equal(await second.loginFailures.count('198.51.100.0/24' as Network, start), 0);
      assert.equal(await first.loginFailures.count(home, start + 590_000), 2);
      assert.equal(await first.loginFailures.count(home, start + 620_000), 1);
      assert.equal(await second.loginFailures.record(home, start + 2_000_000), 1);
    });

    it('recorded at once are all counted', async (t) => {
      const here = await place(t);
      const processes = [await here.open(), await here.open()];
      await Promise.all(processes.flatMap(({ loginFailures }) => Array.from({ length: 50 }, () => loginFailures.record(home, 1e12))));
      assert.equal(await processes[0]?.loginFailures.count(home, 1e12), 100);
    });
  });
}

for (const { name, skip, place } of accountWorlds) {
  describe(`login times on ${name}`, { skip }, () => {
    it('let an account in once in the delay, over all processes', async (t) => {
      const here = await place(t);
      const [first, second] = [await here.open(), await here.open()];
      const start = 1_700_000_000_000;
      assert.equal(await first.loginTimes.note(alice, start, 60_000), undefined);
      assert.equal(await second.loginTimes.note(alice, start + 20_000, 60_000), 40_000);
      assert.equal(await second.loginTimes.note('bob@example.org' as AccountId, start + 20_000, 60_000), undefined);
      assert.equal(await first.loginTimes.note(alice, start + 59_999, 60_000), 1, 'a refused login counts for nothing');
      assert.equal(await first.loginTimes.note(alice, start + 60_000, 60_000), undefined);
      assert.equal(await second.loginTimes.note(alice, start + 60_001, 60_000), 59_999);
    });

    it('of a clock that was far ahead keep nobody out', async (t) => {
      const { loginTimes } = await (await place(t)).open();
      assert.equal(await loginTimes.note(alice, 1_800_000_000_000, 60_000), undefined);
      assert.equal(await loginTimes.note(alice, 1_700_000_000_000, 60_000), undefined);
    });

    it('let in one of many that come at once', async (t) => {
      const here = await place(t);
      const processes = [await here.open(), await here.open()];
      const asked = processes.flatMap(({ loginTimes }, p) =>
        Array.from({ length: 10 }, (_, i) => loginTimes.note(alice, 1_700_000_000_000 + i * 2 + p, 60_000)),
      );
      assert.equal((await Promise.all(asked)).filter((wait) => wait === undefined).length, 1);
    });
  });
}

for (const { name, skip, place } of mailWorlds) {
  describe(`mailbox changes on ${name}`, { skip }, () => {
    it('are heard in the process that made them and in others, until the watch is stopped', async (t) => {
      const here = await place(t);
      const [writer, reader] = [await here.open(), await here.open()];
      const inbox = await inboxOf(writer, alice);
      let stopped = 0;
      reader.changes.watch(inbox.id, () => (stopped += 1))();
      const heard = [writer, reader].map(({ changes }) => new Promise<void>((resolve) => t.after(changes.watch(inbox.id, resolve))));
      await writer.mailboxes.append(inbox.id, [{ body: await stage(writer, letter('new')), prefix: '', flags: [], internalDate: 1 }]);
      await Promise.all(heard);
      assert.equal(stopped, 0);
    });

    it('include that the mailbox is gone', async (t) => {
      const here = await place(t);
      const [writer, reader] = [await here.open(), await here.open()];
      await inboxOf(writer, alice);
      const made = await writer.mailboxes.create(alice, 'short-lived');
      assert.ok(typeof made !== 'string');
      const heard = new Promise<void>((resolve) => t.after(reader.changes.watch(made.id, resolve)));
      await writer.mailboxes.delete(alice, 'short-lived');
      await heard;
    });
  });

  describe(`message bodies on ${name}`, { skip }, () => {
    for (const size of [0, 1, 32_768, 32_769, 200_000]) {
      it(`of ${size} octets come back byte for byte, whole and in part, before and after they are taken`, async (t) => {
        const world = await (await place(t)).open();
        const inbox = await inboxOf(world, alice);
        const octets = Buffer.from(Array.from({ length: size }, (_, i) => (i * 7 + (i >> 8)) & 0xff));
        const header = Buffer.from('Received: here\r\n');
        const body = await world.bodies.stage(inChunks(octets, 4096), header);
        const whole = Buffer.concat([header, octets]).toString('latin1');
        assert.equal(body.facts.size, whole.length);
        assert.equal(await read(world, body.id), whole);
        await world.mailboxes.append(inbox.id, [{ body, prefix: '', flags: [], internalDate: 1 }]);
        await world.bodies.discard(body);
        assert.equal(await read(world, body.id), whole);
        for (const [from, to] of [
          [0, 1],
          [5, 5],
          [3, whole.length - 1],
          [whole.length, whole.length + 9],
          [9, 70_000],
        ] as const) {
          assert.equal(await read(world, body.id, from, to), whole.slice(from, to), `${from}-${to}`);
        }
      });
    }

    it('that are discarded or whose source breaks are gone', async (t) => {
      const world = await (await place(t)).open();
      for (const size of [10, 100_000]) {
        const body = await stage(world, Buffer.alloc(size, 'x'));
        await world.bodies.discard(body);
        await assert.rejects(read(world, body.id), { name: 'BodyMissing' });
        const broken = async function* (): AsyncGenerator<Uint8Array> {
          yield Buffer.alloc(size);
          throw new Error('connection lost');
        };
        await assert.rejects(world.bodies.stage(broken()), /connection lost/);
      }
      await assert.rejects(read(world, '../../etc/passwd' as BodyId), { name: 'BodyMissing' });
    });
  });
}
