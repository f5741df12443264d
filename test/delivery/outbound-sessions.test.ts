import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { dispatchDue } from '../../core/delivery/dispatch-due.ts';
import { DueHops } from '../../core/delivery/due-hops.ts';
import { OpenConnections } from '../../core/delivery/open-connections.ts';
import type { OutboundDeps } from '../../core/delivery/outbound-session.ts';
import { lastBegin, runOutboundWorker } from '../../core/delivery/outbound-worker.ts';
import type { NewSpoolRow } from '../../core/delivery/spool.ts';
import type { HostAddress } from '../../core/delivery/transport.ts';
import { noDeliveryCounts } from '../../core/observe/delivery-counts.ts';
import { noOutboundCounts } from '../../core/observe/outbound-counts.ts';
import { type FixedValue, fixedSettings } from '../../core/settings/fixed-settings.ts';
import type { HolderId, SpoolId } from '../../core/values/ids.ts';
import { startRunner } from '../../platform/embedded/runner.ts';
import { type EmbeddedWorld, openEmbeddedWorld } from '../../platform/embedded/world.ts';
import { letter, stage } from '../contract/worlds.ts';
import { addressed, OpenSlots, SmtpEdge, until } from '../smtp/smtp-edge.ts';
import { dnsOf, Meeting, RemoteHost, transportTo } from './outbound-edge.ts';

type Test = Parameters<typeof SmtpEdge.open>[0];

const names = ['a', 'b', 'c', 'd'].map((name) => `${name}.example`);
/** Each domain has a host of its own: a.example 192.0.2.1, b.example 192.0.2.2 and so on. */
const dns = dnsOf({}, Object.fromEntries(names.map((name, i) => [name, [`192.0.2.${i + 1}`]])));

interface Scene {
  readonly edge: SmtpEdge;
  readonly world: EmbeddedWorld;
  readonly asked: readonly HostAddress[];
}

/** A world without a runner, whose DNS and hosts are the test's. @param hosts by domain; who is not named refuses connections */
async function scene(t: Test, hosts: Readonly<Record<string, RemoteHost>>): Promise<Scene> {
  const asked: HostAddress[] = [];
  const ports = Object.fromEntries(Object.entries(hosts).map(([name, host]) => [`192.0.2.${names.indexOf(name) + 1}`, host.port]));
  const relay = hosts.smarthost;
  const transport = transportTo({ ...ports, ...(relay === undefined ? {} : { '127.0.0.1': relay.port }) }, asked);
  const edge = await SmtpEdge.open(t, { world: { resolver: dns, transport } });
  return { edge, world: edge.world, asked };
}

async function spool(world: EmbeddedWorld, domain: string, messages: number): Promise<void> {
  for (let i = 0; i < messages; i++) {
    const to = addressed(`x@${domain}`);
    const row: NewSpoolRow = {
      nextHop: { kind: 'domain', domain },
      reversePath: addressed('alice@example.org'),
      recipients: [{ address: to }],
      declared: { eightBit: false, utf8: false },
    };
    const id = world.newId() as SpoolId;
    await world.spool.add(id, await stage(world, letter(`${domain} ${i}`)), [row], world.clock.now());
  }
}

interface Log {
  readonly failures: unknown[];
  event(): void;
  failure(name: string, error: unknown): void;
}
const newLog = (): Log => {
  const failures: unknown[] = [];
  return { failures, event: () => {}, failure: (_name, error) => void failures.push(error) };
};

function runner(t: Test, world: EmbeddedWorld, settings: Readonly<Record<string, FixedValue>>, slots = new OpenSlots()) {
  const log = newLog();
  const running = startRunner({ world, settings: fixedSettings({ 'server/hostname': 'mail.example.org', ...settings }), slots, log });
  t.after(() => running.close());
  return { running, log };
}

const isEmpty = async (world: EmbeddedWorld): Promise<boolean> => (await world.spool.list({ limit: 1 })).length === 0;
const perConnection = (host: RemoteHost): readonly number[] =>
  [...Map.groupBy(host.taken, ({ connection }) => connection).values()].map(({ length }) => length).sort((x, y) => y - x);
const subjects = (host: RemoteHost): readonly string[] => host.taken.map(({ text }) => /^Subject: (.*)\r$/m.exec(text)?.[1] ?? '');

describe('outbound sessions', () => {
  it('deliver 20 messages as 5 sessions of 4, all of them at once', async (t) => {
    const meeting = new Meeting(5); // answers no message before five are there: four sessions, or ones that take turns, would never end
    const far = await RemoteHost.open(t, { answersWhen: meeting.arrive });
    const { world } = await scene(t, { 'a.example': far });
    await spool(world, 'a.example', 20);
    const { log } = runner(t, world, { 'outbound/sessions': 5 });
    await until('all to arrive', () => isEmpty(world));
    assert.deepEqual([perConnection(far), far.connections, meeting.rounds], [[4, 4, 4, 4, 4], 5, 4]);
    assert.deepEqual(log.failures, []);
  });

  it('end after their cap of messages, and others go on', async (t) => {
    const far = await RemoteHost.open(t);
    const { world } = await scene(t, { 'a.example': far });
    await spool(world, 'a.example', 7);
    runner(t, world, { 'outbound/sessions': 1, 'outbound/messages-per-session': 3 });
    await until('all to arrive', () => isEmpty(world));
    assert.deepEqual(perConnection(far), [3, 3, 1]);
  });

  it('are not more than their limit, though more wait', async (t) => {
    let [now, most] = [0, 0];
    const far = await RemoteHost.open(t, {
      onMailFrom: (_address, _session, done) => {
        now += 1;
        most = Math.max(most, now);
        done();
      },
      answersWhen: async () => {
        now -= 1;
      },
    });
    const { world } = await scene(t, { 'a.example': far, 'b.example': far });
    await spool(world, 'a.example', 4);
    await spool(world, 'b.example', 4);
    runner(t, world, { 'outbound/sessions': 1 });
    await until('all to arrive', () => isEmpty(world));
    assert.deepEqual([most, far.taken.length], [1, 8]);
  });

  it('deliver for several domains over one connection to a smarthost', async (t) => {
    const relay = await RemoteHost.open(t);
    const { world } = await scene(t, { smarthost: relay });
    for (const name of names) await spool(world, name, 2);
    runner(t, world, { 'outbound/sessions': 1, 'outbound/route': 'smarthost', 'outbound/smarthost': '127.0.0.1:2525' });
    await until('all to arrive', () => isEmpty(world));
    assert.deepEqual([relay.connections, relay.taken.length], [1, 8]);
  });

  it('keep a connection for another domain with the same host, and make a new one for another host', async (t) => {
    const [shared, other] = [await RemoteHost.open(t), await RemoteHost.open(t)];
    const asked: HostAddress[] = [];
    const mx = (host: string) => [{ preference: 10, host }];
    const resolver = dnsOf(
      { 'a.example': mx('mx.example'), 'b.example': mx('mx.example'), 'c.example': mx('other.example') },
      { 'mx.example': ['192.0.2.1'], 'other.example': ['192.0.2.2'] },
    );
    const transport = transportTo({ '192.0.2.1': shared.port, '192.0.2.2': other.port }, asked);
    const { world } = await SmtpEdge.open(t, { world: { resolver, transport } });
    for (const name of ['a.example', 'b.example', 'c.example']) await spool(world, name, 2);
    runner(t, world, { 'outbound/sessions': 1 });
    await until('all to arrive', () => isEmpty(world));
    assert.deepEqual([shared.connections, shared.taken.length, other.connections, other.taken.length], [1, 4, 1, 2]);
  });

  it('make a new connection when the other side ends one, within the same session', async (t) => {
    const far = await RemoteHost.open(t, { answers: [250, 421] });
    const { world } = await scene(t, { 'a.example': far });
    await spool(world, 'a.example', 3);
    runner(t, world, { 'outbound/sessions': 1 });
    await until('two to arrive', () => far.taken.length === 2);
    await until('the third to be put off', async () => (await world.spool.list({ limit: 9 })).every(({ attempts }) => attempts === 1));
    assert.equal(far.connections, 2);
  });

  it('try a domain that can not be reached once between them, and deliver to the others', async (t) => {
    const far = await RemoteHost.open(t);
    const { world, asked } = await scene(t, { 'b.example': far });
    await spool(world, 'a.example', 30);
    await spool(world, 'b.example', 3);
    runner(t, world, { 'outbound/sessions': 5 });
    await until('all to be settled', async () => (await world.spool.list({ limit: 99 })).every(({ attempts }) => attempts === 1));
    await until('the others to arrive', () => far.taken.length === 3);
    assert.equal(asked.filter(({ ip }) => ip === '192.0.2.1').length, 1);
  });

  it('do not keep a domain waiting for the end of another one’s flood', async (t) => {
    const order: string[] = [];
    const note = (name: string) => async () => void order.push(name);
    const [flooded, calm] = [
      await RemoteHost.open(t, { answersWhen: note('flooded') }),
      await RemoteHost.open(t, { answersWhen: note('calm') }),
    ];
    const { world } = await scene(t, { 'a.example': flooded, 'b.example': calm });
    await spool(world, 'a.example', 50);
    await spool(world, 'b.example', 1);
    runner(t, world, { 'outbound/sessions': 1 });
    await until('all to arrive', () => isEmpty(world));
    assert.deepEqual([order.length, order.indexOf('calm')], [51, 20]);
  });

  it('finish the message under way when they are stopped, and leave the others as they were', async (t) => {
    const [arrived, answered] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const answersWhen = (): Promise<void> => {
      arrived.resolve();
      return answered.promise;
    };
    const far = await RemoteHost.open(t, { answersWhen });
    const { world } = await scene(t, { 'a.example': far });
    await spool(world, 'a.example', 3);
    const { running } = runner(t, world, { 'outbound/sessions': 1 });
    await arrived.promise;
    const closed = running.close();
    answered.resolve();
    await closed;
    const rows = await world.spool.list({ limit: 9 });
    assert.deepEqual(
      rows.map(({ attempts, claimedBy }) => [attempts, claimedBy]),
      Array(2).fill([0, undefined]),
    );
    assert.equal(far.taken.length, 1);
  });

  it('of two processes deliver each message once', async (t) => {
    const far = await RemoteHost.open(t);
    const { edge, world } = await scene(t, { 'a.example': far, 'b.example': far });
    const other = { ...(await openEmbeddedWorld({ dataDir: edge.dataDir })), resolver: world.resolver, transport: world.transport };
    for (let i = 0; i < 30; i++) for (const name of ['a.example', 'b.example']) await spool(world, name, 1);
    const slots = Object.assign(new OpenSlots(), { holder: 'other-holder' as HolderId });
    const first = runner(t, world, { 'outbound/sessions': 3 });
    const second = startRunner({ world: other, settings: fixedSettings({ 'outbound/sessions': 3 }), slots, log: newLog() });
    await until('all to arrive', () => isEmpty(world));
    await Promise.all([first.running.close(), second.close()]);
    await other.close();
    assert.deepEqual([far.taken.length, first.log.failures], [60, []]);
  });
});

describe('a worker that an event wakes', () => {
  const holder = 'worker' as HolderId;
  const depsOf = (
    world: EmbeddedWorld,
    settings: Readonly<Record<string, FixedValue>> = {},
    more: Partial<OutboundDeps> = {},
  ): OutboundDeps => ({
    ...world,
    settings: fixedSettings({ 'server/hostname': 'mail.example.org', ...settings }),
    slots: new OpenSlots(),
    log: newLog(),
    outboundCounts: noOutboundCounts,
    counts: noDeliveryCounts,
    dispatcher: { wake: () => {} },
    connections: new OpenConnections(),
    random: Math.random,
    holder,
    ...more,
  });

  it('delivers what it was woken for, then whatever else is due, and says that nothing is left', async (t) => {
    const far = await RemoteHost.open(t);
    const { world } = await scene(t, { 'a.example': far, 'b.example': far });
    await spool(world, 'b.example', 2);
    await spool(world, 'a.example', 2);
    const due = new DueHops();
    const look = async (): Promise<void> => void (await dispatchDue(world.spool, world.clock, due));
    const worked = await runOutboundWorker(due.seatAt('a.example', world.clock.now()), depsOf(world, {}, { look }));
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
    assert.deepEqual(await runOutboundWorker(seat(), depsOf(world, {}, { slots })), { end: 'no-slot', messages: 0, left: true });
    const stop = AbortSignal.abort();
    assert.deepEqual(await runOutboundWorker(seat(), depsOf(world), { stop }), { end: 'stopped', messages: 0, left: true });
    const capped = depsOf(world, { 'outbound/messages-per-session': 1 });
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
    const deps = depsOf({ ...world, clock: { ...world.clock, sleep } }, {}, { slots });
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
    const worked = await runOutboundWorker(new DueHops().seatAt('a.example', world.clock.now()), depsOf(world), { deadline });
    assert.deepEqual(worked, { end: 'time', messages: 0, left: true });
    assert.deepEqual(
      (await world.spool.list({ limit: 9 })).map(({ attempts, claimedBy }) => [attempts, claimedBy]),
      [[0, undefined]],
    );
  });
});
