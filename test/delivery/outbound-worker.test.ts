import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { dispatchDue } from '../../core/delivery/dispatch-due.ts';
import { DueHops } from '../../core/delivery/due-hops.ts';
import { lastBegin, runOutboundWorker } from '../../core/delivery/outbound-worker.ts';
import { OpenSlots } from '../smtp/smtp-edge.ts';
import { RemoteHost } from './outbound-edge.ts';
import { isEmpty, scene, spool, subjects, workerDeps } from './outbound-scene.ts';

describe('a worker that an event wakes', () => {
  it('delivers what it was woken for, then whatever else is due, and says that nothing is left', async (t) => {
    const far = await RemoteHost.open(t);
    const { world } = await scene(t, { 'a.example': far, 'b.example': far });
    await spool(world, 'b.example', 2);
    await spool(world, 'a.example', 2);
    const due = new DueHops();
    const look = async (): Promise<void> => void (await dispatchDue(world.spool, world.clock, due));
    const worked = await runOutboundWorker(due.seatAt('a.example', world.clock.now()), workerDeps(world, {}, { look }));
    assert.deepEqual(worked, { end: 'empty', messages: 4, left: false });
    assert.deepEqual(subjects(far), ['a.example 0', 'a.example 1', 'b.example 0', 'b.example 1']);
    assert.equal(await isEmpty(world), true);
  });

  it('says that work is left when there is no slot, when its cap is reached, and when it was stopped', async (t) => {
    const far = await RemoteHost.open(t);
    const { world } = await scene(t, { 'a.example': far });
    await spool(world, 'a.example', 2);
    const seat = () => new DueHops().seatAt('a.example', world.clock.now());
    const slots = new OpenSlots();
    slots.full = true;
    assert.deepEqual(await runOutboundWorker(seat(), workerDeps(world, {}, { slots })), { end: 'no-slot', messages: 0, left: true });
    const stop = AbortSignal.abort();
    assert.deepEqual(await runOutboundWorker(seat(), workerDeps(world), { stop }), { end: 'stopped', messages: 0, left: true });
    const capped = workerDeps(world, { 'outbound/messages-per-session': 1 });
    assert.deepEqual(await runOutboundWorker(seat(), capped), { end: 'cap', messages: 1, left: true });
    assert.equal(far.taken.length, 1);
  });

  it('begins no message shortly before its deadline, finishes the one under way, and gives its slot back', async (t) => {
    const late = Promise.withResolvers<void>();
    const far = await RemoteHost.open(t, { answersWhen: async () => late.resolve() });
    const { world } = await scene(t, { 'a.example': far });
    await spool(world, 'a.example', 3);
    const hour = 3_600_000;
    // The wait for the deadline ends while the first message is being answered.
    const sleep = (ms: number, signal?: AbortSignal) => (ms > hour / 2 ? late.promise : world.clock.sleep(ms, signal));
    const slots = new OpenSlots();
    const deps = workerDeps({ ...world, clock: { ...world.clock, sleep } }, {}, { slots });
    const deadline = world.clock.monotonic() + hour;
    const worked = await runOutboundWorker(new DueHops().seatAt('a.example', world.clock.now()), deps, { deadline });
    assert.deepEqual(worked, { end: 'time', messages: 1, left: true });
    const rows = await world.spool.list({ limit: 9 });
    assert.deepEqual(
      rows.map(({ attempts, claimedBy }) => [attempts, claimedBy]),
      [
        [0, undefined],
        [0, undefined],
      ],
    );
    assert.equal(slots.taken, 0);
  });

  it('does nothing when its deadline is too near from the start', async (t) => {
    const { world } = await scene(t, {});
    await spool(world, 'a.example', 1);
    const deadline = world.clock.monotonic() + lastBegin;
    const worked = await runOutboundWorker(new DueHops().seatAt('a.example', world.clock.now()), workerDeps(world), { deadline });
    assert.deepEqual(worked, { end: 'time', messages: 0, left: true });
    assert.deepEqual(
      (await world.spool.list({ limit: 9 })).map(({ attempts, claimedBy }) => [attempts, claimedBy]),
      [[0, undefined]],
    );
  });
});
