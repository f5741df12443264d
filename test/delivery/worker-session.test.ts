import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { dispatchDue } from '../../core/delivery/dispatch-due.ts';
import { DueHops, type Seat } from '../../core/delivery/due-hops.ts';
import { runOutboundWorker } from '../../core/delivery/outbound-worker.ts';
import type { Hold, Want } from '../../core/slots/slots.ts';
import type { HolderId } from '../../core/values/ids.ts';
import type { EmbeddedWorld } from '../../platform/embedded/world.ts';
import { OpenSlots, until } from '../smtp/smtp-edge.ts';
import { RemoteHost } from './outbound-edge.ts';
import { isEmpty, newLog, runner, scene, spool, subjects, workerDeps } from './outbound-scene.ts';

const seatAt = (world: EmbeddedWorld, domain = 'a.example'): Seat => new DueHops().seatAt(domain, world.clock.now());

const states = async (world: EmbeddedWorld) =>
  (await world.spool.list({ limit: 99 })).map(({ attempts, claimedBy }) => [attempts, claimedBy]);

describe('a session', () => {
  it('writes to the spool twice for each message, and asks for both at the same time', async (t) => {
    const far = await RemoteHost.open(t);
    const { world } = await scene(t, { 'a.example': far });
    await spool(world, 'a.example', 5);
    const asked: string[] = [];
    let turn = 0;
    const count =
      <A extends unknown[], R>(name: string, act: (...args: A) => Promise<R>) =>
      (...args: A): Promise<R> => {
        asked.push(`${name} ${turn}`);
        setImmediate(() => {
          turn += 1;
        });
        return act(...args);
      };
    const real = world.spool;
    const counted = {
      ...real,
      ...{ claimDue: count('claim', real.claimDue), finish: count('finish', real.finish), defer: count('defer', real.defer) },
      ...{ claim: count('claim', real.claim), renewClaim: count('renew', real.renewClaim), giveBack: count('give back', real.giveBack) },
    };
    const worked = await runOutboundWorker(seatAt(world), workerDeps({ ...world, spool: counted }));
    assert.equal(worked.messages, 5);
    const kinds = asked.map((one) => one.replace(/ \d+$/, ''));
    assert.deepEqual(
      [kinds.filter((kind) => kind === 'claim').length, kinds.filter((kind) => kind === 'finish').length, kinds.length],
      [6, 5, 11],
    );
    const turnOf = (at: number): string | undefined => asked[at]?.split(' ').at(-1);
    for (let i = 1; i < 11; i += 2) assert.equal(turnOf(i), turnOf(i + 1), 'the end of a message and the claim of the next share a commit');
  });

  it('sends nothing twice though the store can not note the end of a message for a while, and goes on with the row it has claimed', async (t) => {
    const far = await RemoteHost.open(t);
    const { world } = await scene(t, { 'a.example': far });
    await spool(world, 'a.example', 3);
    let failures = 0;
    const finish: typeof world.spool.finish = (...args) =>
      failures++ < 2 ? Promise.reject(new Error('busy')) : world.spool.finish(...args);
    const clock = { ...world.clock, sleep: (ms: number, signal?: AbortSignal) => world.clock.sleep(ms === 1_000 ? 1 : ms, signal) };
    const worked = await runOutboundWorker(seatAt(world), workerDeps({ ...world, clock, spool: { ...world.spool, finish } }));
    assert.deepEqual([worked.end, far.taken.length, await isEmpty(world)], ['empty', 3, true]);
  });

  it('puts the next row back when the end of a message can not be noted at all, and says that it failed', async (t) => {
    const far = await RemoteHost.open(t);
    const { world } = await scene(t, { 'a.example': far });
    await spool(world, 'a.example', 2);
    const finish = () => Promise.reject(new Error('the disk is gone'));
    const clock = { ...world.clock, sleep: (ms: number, signal?: AbortSignal) => world.clock.sleep(ms === 1_000 ? 1 : ms, signal) };
    const slots = new OpenSlots();
    const running = runOutboundWorker(seatAt(world), workerDeps({ ...world, clock, spool: { ...world.spool, finish } }, {}, { slots }));
    await assert.rejects(running, /the disk is gone/);
    assert.deepEqual([far.taken.length, slots.taken], [1, 0]);
    assert.deepEqual(await states(world), [
      [0, 'worker'],
      [0, undefined],
    ]);
  });

  it('does not send a message that another process has claimed meanwhile', async (t) => {
    const far = await RemoteHost.open(t);
    const { world } = await scene(t, { 'a.example': far });
    await spool(world, 'a.example', 1);
    let late = 0;
    const now = (): number => world.clock.now() + late;
    /** It stood still after its claim, for so long that the claim ran out. */
    const claimDue: typeof world.spool.claimDue = async (...args) => {
      const rows = await world.spool.claimDue(...args);
      late = rows.length === 0 ? late : 40_000;
      for (const { id } of rows) await world.spool.claim(id, now(), { by: 'other' as HolderId, until: now() + 60_000 });
      return rows;
    };
    const worked = await runOutboundWorker(
      seatAt(world),
      workerDeps({ ...world, clock: { ...world.clock, now }, spool: { ...world.spool, claimDue } }),
    );
    assert.deepEqual([worked.messages, far.connections], [0, 0]);
    assert.deepEqual(await states(world), [[0, 'other']]);
  });

  it('does not send a message that the session beside it is sending, whose claim ran out while the machine slept', async (t) => {
    const [asleep, awake] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const answersWhen = async (): Promise<void> => {
      asleep.resolve();
      await awake.promise;
    };
    const far = await RemoteHost.open(t, { answersWhen });
    const { world } = await scene(t, { 'a.example': far });
    await spool(world, 'a.example', 1);
    let late = 0;
    const deps = workerDeps({ ...world, clock: { ...world.clock, now: () => world.clock.now() + late } });
    const first = runOutboundWorker(seatAt(world), deps);
    await asleep.promise;
    late = 3_600_000;
    const second = await runOutboundWorker(seatAt(world), deps);
    awake.resolve();
    assert.deepEqual([second.messages, (await first).messages, far.taken.length], [0, 1, 1]);
    assert.equal(await isEmpty(world), true);
  });

  it('leaves a host alone that broke three connections within a message, and puts off what waits for it', async (t) => {
    const far = await RemoteHost.open(t, { answers: ['vanish', 'vanish', 'vanish'] });
    const { world, asked } = await scene(t, { 'a.example': far });
    await spool(world, 'a.example', 6);
    const worked = await runOutboundWorker(seatAt(world), workerDeps(world));
    assert.deepEqual([worked, asked.length], [{ end: 'empty', messages: 3, left: false }, 3]);
    assert.deepEqual(await states(world), Array(6).fill([1, undefined]));
  });

  it('does not leave a host alone that breaks a connection now and then, and takes messages in between', async (t) => {
    const far = await RemoteHost.open(t, { answers: ['vanish', 250, 'vanish', 250, 'vanish', 250, 'vanish'] });
    const { world } = await scene(t, { 'a.example': far });
    await spool(world, 'a.example', 8);
    const worked = await runOutboundWorker(seatAt(world), workerDeps(world));
    assert.deepEqual([worked.messages, (await states(world)).length], [8, 4]);
  });

  it('sends a report of a message that needs TLS all the way where that is not to be had, rather than nowhere', async (t) => {
    const far = await RemoteHost.open(t, { hideSTARTTLS: true });
    const { world } = await scene(t, { 'a.example': far });
    await spool(world, 'a.example', 1, { requireTls: true, reversePath: '' });
    await runOutboundWorker(seatAt(world), workerDeps(world));
    assert.deepEqual([far.taken.length, await isEmpty(world)], [1, true]);
  });

  it('puts off a message that can not be read, and delivers the others to the same host', async (t) => {
    const far = await RemoteHost.open(t);
    const { world } = await scene(t, { 'a.example': far });
    await spool(world, 'a.example', 6);
    let reads = 0;
    const read: typeof world.bodies.read = (...args) => {
      reads += 1;
      if (reads <= 4) throw new Error('an octet is missing');
      return world.bodies.read(...args);
    };
    const log = newLog();
    await runOutboundWorker(seatAt(world), workerDeps({ ...world, bodies: { ...world.bodies, read } }, {}, { log }));
    const rows = await world.spool.list({ limit: 9 });
    assert.deepEqual([far.taken.length, rows.length, log.failures.length], [2, 4, 4]);
    for (const { lastError } of rows) assert.match(lastError ?? '', /^4\.3\.0 an octet is missing/);
  });

  it('puts off what can not be tried, without counting an attempt, until it may be', async (t) => {
    const { world } = await scene(t, {});
    await spool(world, 'a.example', 3);
    const until = world.clock.now() + 120_000;
    await world.failures.failed(
      { peer: { kind: 'hop', domain: 'a.example' }, name: 'a.example', reason: 'connect: refused', until },
      world.clock.now(),
    );
    await runOutboundWorker(seatAt(world), workerDeps(world));
    const rows = await world.spool.list({ limit: 9 });
    assert.deepEqual(
      rows.map(({ attempts, nextAttemptAt, claimedBy }) => [attempts, nextAttemptAt, claimedBy]),
      Array(3).fill([0, until, undefined]),
    );
  });

  it('keeps the mail of a domain that an operator holds from a smarthost, and no other', async (t) => {
    const relay = await RemoteHost.open(t);
    const { world } = await scene(t, { smarthost: relay });
    for (const name of ['a.example', 'b.example']) await spool(world, name, 2);
    await world.failures.hold({ kind: 'hop', domain: 'a.example' }, 'a.example', 'they asked for it', world.clock.now());
    const due = new DueHops();
    const look = async (): Promise<void> => void (await dispatchDue(world.spool, world.clock, due));
    const settings = { 'outbound/route': 'smarthost', 'outbound/smarthost': '127.0.0.1:2525' };
    await runOutboundWorker(due.seatAt('a.example', world.clock.now()), workerDeps(world, settings, { look }));
    assert.deepEqual(subjects(relay), ['b.example 0', 'b.example 1']);
    assert.deepEqual(await states(world), Array(2).fill([0, undefined]));
  });

  it('hears of an operator’s hold though its connection stands and more waits for it', async (t) => {
    let late = 0;
    const answersWhen = async (): Promise<void> => {
      await world.failures.hold({ kind: 'hop', domain: 'a.example' }, 'a.example', 'they asked for it', world.clock.now());
      late += 600_000;
    };
    const far = await RemoteHost.open(t, { answersWhen });
    const { world } = await scene(t, { 'a.example': far });
    await spool(world, 'a.example', 3);
    await runOutboundWorker(seatAt(world), workerDeps({ ...world, clock: { ...world.clock, now: () => world.clock.now() + late } }));
    assert.deepEqual([far.taken.length, await states(world)], [1, Array(2).fill([0, undefined])]);
  });

  it('keeps its connection while the way of its mail is as it was, however long it stands', async (t) => {
    let late = 0;
    const answersWhen = async (): Promise<void> => {
      late += 600_000;
    };
    const far = await RemoteHost.open(t, { answersWhen });
    const { world } = await scene(t, { 'a.example': far });
    await spool(world, 'a.example', 3);
    await runOutboundWorker(seatAt(world), workerDeps({ ...world, clock: { ...world.clock, now: () => world.clock.now() + late } }));
    assert.deepEqual([far.taken.length, far.connections], [3, 1]);
  });

  it('leaves its rows to the session that has the only connection a host takes', async (t) => {
    let [gaveBack, deferred] = [0, 0];
    const others = Promise.withResolvers<void>();
    const far = await RemoteHost.open(t, { answersWhen: () => others.promise });
    const { world } = await scene(t, { 'a.example': far });
    await spool(world, 'a.example', 12);
    const giveBack: typeof world.spool.giveBack = (...args) => {
      gaveBack += 1;
      if (gaveBack === 3) others.resolve();
      return world.spool.giveBack(...args);
    };
    const defer: typeof world.spool.defer = (...args) => {
      if (gaveBack < 3) deferred += 1;
      return world.spool.defer(...args);
    };
    const settings = { 'outbound/sessions': 4, 'outbound/sessions-per-destination-address': 1 };
    runner(t, { ...world, spool: { ...world.spool, giveBack, defer } }, settings, new CountingSlots());
    await others.promise;
    assert.deepEqual([deferred, far.connections], [0, 1]);
    await until('all to arrive', () => isEmpty(world));
    assert.equal(far.taken.length, 12);
  });
});

/** Slots of this process alone, counted by their key. */
class CountingSlots extends OpenSlots {
  readonly #held = new Map<string, number>();

  override async take(want?: Want): Promise<Hold | { full: true; used: number; limit: number }> {
    const { key, limit } = want ?? { key: '', limit: 0 };
    const used = this.#held.get(key) ?? 0;
    if (limit > 0 && used >= limit) return { full: true, used, limit };
    this.#held.set(key, used + 1);
    return { key, release: () => void this.#held.set(key, (this.#held.get(key) ?? 1) - 1) } as Hold;
  }
}
