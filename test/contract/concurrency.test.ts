import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Address } from '../../core/values/address.ts';
import type { HolderId, SpoolId } from '../../core/values/ids.ts';
import type { World } from '../../core/world.ts';
import { type Appender, type Claimer, faultOfClaims, faultOfTrials, faultOfUids, type Trier } from './concurrency.ts';
import { mailWorlds } from './mail-worlds.ts';
import { alice, inboxOf, letter, stage } from './worlds.ts';

const holders = ['first', 'second'].map((name) => name as HolderId);

for (const { name, skip, place } of mailWorlds) {
  describe(`two processes on ${name}`, { skip }, () => {
    it('appending at once give every message a UID of its own, without a gap, and MODSEQs that rise with it', async (t) => {
      const here = await place(t);
      const processes = [await here.open(), await here.open()];
      const inbox = await inboxOf(processes[0] as World, alice);
      const appenders = processes.map(
        (world): Appender => ({
          async append() {
            const [one] = await world.mailboxes.append(inbox.id, [
              { body: await stage(world, letter('x')), prefix: '', flags: [], internalDate: 1 },
            ]);
            return one ?? assert.fail();
          },
        }),
      );
      assert.equal(await faultOfUids(appenders, 60), undefined);
    });

    it('appending and reading: who has seen a MODSEQ has missed nothing up to it', async (t) => {
      const here = await place(t);
      const [writing, reading] = [await here.open(), await here.open()];
      const inbox = await inboxOf(writing, alice);
      const write = async (world: World): Promise<void> => {
        for (let i = 0; i < 40; i += 1) {
          await world.mailboxes.append(inbox.id, [{ body: await stage(world, letter('x')), prefix: '', flags: [], internalDate: 1 }]);
        }
      };
      let done = false;
      const writers = Promise.all([write(writing), write(reading), write(writing)]).then(() => {
        done = true;
      });
      const known = new Set<number>();
      let { highestModseq } = await reading.mailboxes.status(inbox.id);
      while (!done) {
        await nextTurn();
        const delta = await reading.mailboxes.changesSince(inbox.id, highestModseq);
        for (const { uid } of delta.changed) known.add(uid);
        highestModseq = delta.highestModseq;
        assert.equal(known.size, delta.uidNext - 1, 'the delta tells every UID below uidNext');
      }
      await writers;
    });

    it('claiming due rows at once never get the same one', async (t) => {
      const here = await place(t);
      const processes = [await here.open(), await here.open()];
      const [world] = processes;
      assert.ok(world);
      for (let i = 0; i < 20; i += 1) {
        const row = {
          nextHop: { kind: 'domain', domain: 'example.net' } as const,
          reversePath: '' as const,
          recipients: [{ address: 'x@example.net' as Address }],
        };
        await world.spool.add(
          world.newId() as SpoolId,
          await stage(world, letter('x')),
          [{ ...row, declared: { eightBit: false, utf8: false } }],
          1000,
        );
      }
      const claimers = processes.map((one, i): Claimer => {
        const holder = holders[i] as HolderId;
        return {
          holder,
          claim: async (most) =>
            (await one.spool.claimDue({ kind: 'domain', domain: 'example.net' }, 2000, { by: holder, until: 9000 }, most)).map(
              ({ id }) => id,
            ),
        };
      });
      assert.equal(await faultOfClaims(claimers, 20), undefined);
    });
  });
}

describe('a store that looks first and writes after', () => {
  it('is caught giving a UID twice', async () => {
    let next = 1;
    const racy: Appender = {
      async append() {
        const uid = next;
        await nextTurn();
        next = uid + 1;
        return { uid, modseq: BigInt(uid) };
      },
    };
    assert.match((await faultOfUids([racy, racy], 5)) ?? '', /was not given once/);
  });

  it('is caught giving a row to two', async () => {
    const free = new Set(Array.from({ length: 10 }, (_, i) => `row ${i}`));
    const racy = (holder: HolderId): Claimer => ({
      holder,
      async claim(most) {
        const due = [...free].slice(0, most);
        await nextTurn();
        for (const id of due) free.delete(id);
        return due;
      },
    });
    assert.equal(await faultOfClaims(holders.map(racy), 10), 'a row was claimed twice');
  });

  it('is caught giving a trial to two', async () => {
    let isFree = true;
    const racy: Trier = {
      async claim() {
        const given = isFree;
        await nextTurn();
        if (given) isFree = false;
        return given;
      },
    };
    const fail = async (): Promise<void> => {
      isFree = true;
    };
    assert.match((await faultOfTrials([racy, racy], fail)) ?? '', /got the trial of round 1/);
  });
});
