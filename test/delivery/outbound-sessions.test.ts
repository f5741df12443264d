import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { HostAddress } from '../../core/delivery/transport.ts';
import { fixedSettings } from '../../core/settings/fixed-settings.ts';
import type { Address } from '../../core/values/address.ts';
import type { HolderId } from '../../core/values/ids.ts';
import { startRunner } from '../../platform/embedded/runner.ts';
import { openEmbeddedWorld } from '../../platform/embedded/world.ts';
import { OpenSlots, SmtpEdge, until } from '../smtp/smtp-edge.ts';
import { dnsOf, Meeting, RemoteHost, transportTo } from './outbound-edge.ts';
import { isEmpty, names, newLog, perConnection, runner, scene, spool } from './outbound-scene.ts';

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

  it('do not keep a connection for a domain that has better hosts than that one', async (t) => {
    const [backup, best] = [await RemoteHost.open(t), await RemoteHost.open(t)];
    const resolver = dnsOf(
      {
        'a.example': [{ preference: 10, host: 'mx.example' }],
        'b.example': [
          { preference: 10, host: 'best.example' },
          { preference: 20, host: 'mx.example' },
        ],
      },
      { 'mx.example': ['192.0.2.1'], 'best.example': ['192.0.2.2'] },
    );
    const transport = transportTo({ '192.0.2.1': backup.port, '192.0.2.2': best.port }, []);
    const { world } = await SmtpEdge.open(t, { world: { resolver, transport } });
    for (const name of ['a.example', 'b.example']) await spool(world, name, 2);
    runner(t, world, { 'outbound/sessions': 1 });
    await until('all to arrive', () => isEmpty(world));
    assert.deepEqual([backup.taken.length, best.taken.length], [2, 2]);
  });

  it('make a new connection when the other side ends one, within the same session', async (t) => {
    const far = await RemoteHost.open(t, { answers: [250, 421] });
    const { world } = await scene(t, { 'a.example': far });
    await spool(world, 'a.example', 3);
    runner(t, world, { 'outbound/sessions': 1 });
    await until('all to arrive', () => far.taken.length === 3);
    await until('the spool to be empty', () => isEmpty(world));
    assert.equal(far.connections, 2);
  });

  it('put off a message that makes the other side end each connection, and deliver the others', async (t) => {
    const far = await RemoteHost.open(t, { refuses: { 'bad@a.example': { code: 421, text: '4.7.0 not this one' } } });
    const { world } = await scene(t, { 'a.example': far });
    await spool(world, 'a.example', 2);
    await spool(world, 'a.example', 1, { recipients: [{ address: 'bad@a.example' as Address }] });
    await spool(world, 'a.example', 3);
    runner(t, world, { 'outbound/sessions': 1 });
    await until('the others to arrive', () => far.taken.length === 5);
    await until('it to be put off', async () => (await world.spool.list({ limit: 9 })).every(({ attempts }) => attempts === 1));
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
