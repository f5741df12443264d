import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StorePlace } from './child-process.ts';
import { mostActingAtOnce, RealProcess } from './real-process.ts';

/** A store that processes share, and that can be made to answer nobody. */
export interface StoppableStore {
  readonly place: StorePlace;
  /** @returns goes on */
  stop(): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

export interface RealWorld {
  readonly name: string;
  readonly skip: string | false;
  /** ms instead of 40 s; SLOT_LEASE=40000 runs all of it with the real one, and processes are stopped for 60 s then. */
  readonly lease: number;
  /** Names of the ways it can be made to stop. */
  readonly stops: readonly string[];
  open(stops: string): Promise<StoppableStore>;
}

/** What only the operating system can show: processes that are killed, stopped and resumed, over a store that others use meanwhile. */
export function onRealProcesses(world: RealWorld): void {
  const lease = Number(process.env.SLOT_LEASE ?? world.lease);
  const line = 10 * lease; // ms: long enough to stand in line for anything
  describe(`real processes over ${world.name}`, { skip: world.skip, timeout: 60_000 + 20 * lease }, () => {
    let store: StoppableStore;
    let started: RealProcess[] = [];
    before(async () => {
      store = await world.open(world.stops[0] ?? '');
    });
    afterEach(async () => {
      await Promise.all(started.map((one) => one.end('SIGKILL')));
      started = [];
    });
    after(() => store.close());

    const start = async (key: string, limit: number, policy: 'closed' | 'local' = 'closed', place = store.place): Promise<RealProcess> => {
      const one = await RealProcess.start({ place, key, limit, lease, policy });
      started.push(one);
      return one;
    };

    it('share a limit exactly, and take over what killed ones held once their lease is over', async () => {
      const edges = await Promise.all([start('a', 60), start('a', 60), start('a', 60), start('a', 60)]);
      const survivor = edges.pop();
      assert.ok(survivor !== undefined);
      const answers = await Promise.all(edges.map((edge) => edge.take(60)));
      assert.equal(
        answers.reduce((sum, { admitted }) => sum + admitted, 0),
        60,
      );
      await Promise.all(edges.map((edge) => edge.end('SIGKILL')));
      assert.equal((await survivor.take(60, line)).admitted, 60);
      assert.ok(mostActingAtOnce(started) <= 60);
    });

    it('pass the lock of a maildrop on to one of those who wait, when its holder was killed', async () => {
      const key = 'pop3/maildrop/alice@example.org';
      const [phone, laptop, tablet] = await Promise.all([start(key, 1), start(key, 1), start(key, 1)]);
      assert.equal((await phone.take(1)).admitted, 1);
      const waiting = [laptop, tablet].map((edge) => edge.take(1, line));
      await phone.end('SIGKILL');
      assert.equal((await Promise.race(waiting)).admitted, 1);
      await (laptop.sessions === 1 ? laptop : tablet).end('SIGKILL');
      for (const answer of await Promise.all(waiting)) assert.equal(answer.admitted, 1);
      assert.equal(mostActingAtOnce(started), 1);
    });

    it('give slots back at once when they are ended politely', async () => {
      const [first, second] = await Promise.all([start('b', 7), start('b', 7)]);
      assert.equal((await first.take(7)).admitted, 7);
      assert.equal((await second.take(1)).admitted, 0);
      await first.end('SIGTERM');
      await sleep(2 * Math.min(1_000, lease / 40)); // for so long "full" is believed
      assert.equal((await second.take(7)).admitted, 7);
      assert.equal(mostActingAtOnce(started), 7);
    });

    it('that were stopped for longer than their lease act on nothing that others took meanwhile', async () => {
      const [first, second] = await Promise.all([start('c', 3), start('c', 3)]);
      assert.equal((await first.take(3)).admitted, 3);
      first.signal('SIGSTOP');
      const stopped = sleep(1.5 * lease);
      assert.equal((await second.take(3, line)).admitted, 3);
      await stopped;
      const acts = first.acts.length;
      first.signal('SIGCONT');
      await first.until(() => first.told.length > 0);
      await sleep(lease / 8);
      assert.deepEqual(first.told, ['3']);
      assert.ok(first.acts.length > acts, 'it goes on, without them');
      assert.ok(first.acts.slice(acts).every(({ sessions }) => sessions === 0));
      assert.equal(mostActingAtOnce(started), 3);
      await second.end('SIGTERM');
      assert.equal((await first.take(3, line)).admitted, 3);
    });

    it('that were stopped for a moment keep what they hold', async () => {
      const [first, second] = await Promise.all([start('d', 3), start('d', 3)]);
      assert.equal((await first.take(3)).admitted, 3);
      first.signal('SIGSTOP');
      await sleep(lease / 3);
      assert.equal((await second.take(3)).admitted, 0);
      first.signal('SIGCONT');
      const acts = first.acts.length;
      await first.until(() => first.acts.length > acts);
      assert.deepEqual([first.sessions, first.told], [3, []]);
    });

    for (const stops of world.stops) {
      describe(`when the store ${stops}`, () => {
        let stoppable: StoppableStore;
        before(async () => {
          stoppable = await world.open(stops);
        });
        after(() => stoppable.close());

        it('admit nobody under `closed`, and end all sessions at the fence', async () => {
          const edge = await start('e', 3, 'closed', stoppable.place);
          assert.equal((await edge.take(2)).admitted, 2);
          const goOn = await stoppable.stop();
          assert.deepEqual(await edge.take(1), { admitted: 0, others: ['store-down'] });
          await edge.until(() => edge.told.length > 0);
          assert.deepEqual(edge.told, ['all']);
          assert.deepEqual(await edge.take(1), { admitted: 0, others: ['store-down'] });
          await goOn();
          await edge.until(() => edge.events.includes('slots-store-back'));
          assert.equal(await untilAnswered(edge, 3), 3);
          assert.deepEqual(edge.told, ['all']);
        });

        it('go on under `local` and count for themselves, and end what is too much when it is back', async () => {
          const [first, second] = await Promise.all([start('f', 5, 'local', stoppable.place), start('f', 5, 'local', stoppable.place)]);
          assert.equal((await first.take(2)).admitted, 2);
          assert.equal((await second.take(2)).admitted, 2);
          const goOn = await stoppable.stop();
          await Promise.all([first, second].map((edge) => edge.until(() => edge.events.includes('slots-store-down'))));
          assert.deepEqual(await first.take(4), { admitted: 3, others: ['full'] });
          await sleep(lease); // behind the fence
          const acts = first.acts.length;
          await first.until(() => first.acts.length > acts);
          assert.deepEqual([first.sessions, second.sessions], [5, 2]);
          await goOn();
          await first.until(() => first.told.length > 0 || second.told.length > 0);
          await Promise.all([first, second].map((edge) => edge.until(() => edge.events.includes('slots-store-back'))));
          await first.until(() => first.sessions + second.sessions === 5);
          const third = await start('f', 5, 'local', stoppable.place);
          assert.equal((await third.take(1)).admitted, 0);
        });
      });
    }
  });
}

/** Right after an outage a process may still be behind its fence. @returns how many it was let have */
async function untilAnswered(edge: RealProcess, many: number): Promise<number> {
  let admitted = 0;
  for (;;) {
    const answer = await edge.take(many - admitted);
    admitted += answer.admitted;
    if (!answer.others.includes('store-down')) return admitted;
    await sleep(20);
  }
}
