import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { noConnectMeter } from '../../core/delivery/connect-meter.ts';
import type { NextHop } from '../../core/delivery/spool.ts';
import { noDeliveryCounts } from '../../core/observe/delivery-counts.ts';
import { noOutboundCounts } from '../../core/observe/outbound-counts.ts';
import { fixedSettings } from '../../core/settings/fixed-settings.ts';
import type { AccountId, Address } from '../../core/values/address.ts';
import type { SpoolId } from '../../core/values/ids.ts';
import { deliverOutbound, type OutboundWorld } from '../../functions/deliver-outbound.ts';
import { wakeDue } from '../../functions/dispatch-due.ts';
import { openDynamoSlotStore } from '../../platform/aws/dynamodb/slot-store.ts';
import { systemClock } from '../../platform/node/clock.ts';
import { systemNewId } from '../../platform/node/new-id.ts';
import { letter, stage } from '../contract/worlds.ts';
import { dnsOf, RemoteHost, transportTo } from '../delivery/outbound-edge.ts';
import { routeDeps } from '../delivery/route-deps.ts';
import { makeAddressTable } from './address-table.ts';
import { endpoint, makeSlotTable, noEndpoint } from './slot-tables.ts';
import { makeFailureTable, makeSpoolPlace } from './spool-table.ts';

const alice = 'alice@example.org' as AccountId;
const newId = systemNewId();
const record = (nextHop: NextHop, id = 'r') => ({ messageId: id, body: JSON.stringify({ nextHop }) });
const hop = (domain: string): NextHop => ({ kind: 'domain', domain });
const minutes = (count: number): number => systemClock.monotonic() + count * 60_000;

interface Scene {
  readonly world: OutboundWorld;
  readonly failures: string[];
  add(domain: string, to?: string): Promise<void>;
}

/** Spool, bodies, slots, failures and addresses as the functions find them; other hosts are on this machine. */
async function scene(
  t: TestContext,
  hosts: Readonly<Record<string, RemoteHost>>,
  settings: Record<string, string | number> = {},
): Promise<Scene> {
  const at = endpoint ?? '';
  const [{ spool, bodies, remove }, failing, addresses, slotTable] = await Promise.all([
    makeSpoolPlace(at),
    makeFailureTable(at),
    makeAddressTable(at),
    makeSlotTable(),
  ]);
  const slotStore = openDynamoSlotStore({ table: slotTable.name, clock: systemClock });
  t.after(async () => {
    await slotStore.close();
    await Promise.all([remove(), failing.remove(), addresses.remove(), slotTable.remove()]);
  });
  await addresses.addAccount(alice);
  const names = Object.keys(hosts);
  const ipOf = (i: number): string => `192.0.2.${i + 1}`;
  const mx = Object.fromEntries(names.map((name) => [name, [{ preference: 10, host: `mx.${name}` }]]));
  const ips = Object.fromEntries(names.map((name, i) => [`mx.${name}`, [ipOf(i)]]));
  const ports = Object.fromEntries(names.map((name, i) => [ipOf(i), hosts[name]?.port ?? 1]));
  const failures: string[] = [];
  const log = { event: () => {}, failure: (name: string, error: unknown) => void failures.push(`${name}: ${String(error)}`) };
  const world: OutboundWorld = {
    ...routeDeps(dnsOf(mx, ips)),
    clock: systemClock,
    newId,
    spool,
    bodies,
    slotStore,
    failures: failing.failures,
    accounts: addresses.book,
    resolver: dnsOf(mx, ips),
    transport: transportTo(ports),
    signer: { sign: async () => new Uint8Array() },
    settings: fixedSettings({ 'server/hostname': 'mail.example.org', ...settings }),
    dispatcher: { wake: () => {}, settled: async () => {} },
    outboundCounts: noOutboundCounts,
    connectMeter: noConnectMeter,
    counts: noDeliveryCounts,
    log,
    random: Math.random,
  };
  const add = async (domain: string, to = `bob@${domain}`): Promise<void> => {
    const row = { nextHop: hop(domain), reversePath: alice as string as Address, recipients: [{ address: to as Address }] };
    const more = { declared: { eightBit: false, utf8: false }, submittedBy: alice };
    await spool.add(newId() as SpoolId, await stage({ bodies }, letter('out')), [{ ...row, ...more }], systemClock.now());
  };
  return { world, failures, add };
}

describe('outbound sessions as a function', { skip: noEndpoint }, () => {
  it('deliver what their wake-ups name, then what else is due, each message once however many are woken', async (t) => {
    const [far, near] = [await RemoteHost.open(t), await RemoteHost.open(t)];
    const { world, add, failures } = await scene(t, { 'a.example': far, 'b.example': near });
    for (let i = 0; i < 6; i += 1) await add('a.example');
    await add('b.example');
    const woken = await Promise.all([
      deliverOutbound({ Records: [record(hop('a.example'), '1'), record(hop('a.example'), '2')] }, world, minutes(5)),
      deliverOutbound({ Records: [record(hop('a.example'), '3')] }, world, minutes(5)),
    ]);
    assert.deepEqual(
      woken.map(({ batchItemFailures }) => batchItemFailures),
      [[], []],
    );
    assert.deepEqual([far.taken.length, near.taken.length, failures], [6, 1, []]);
    assert.deepEqual(await world.spool.list({ limit: 10 }), []);
  });

  it('begin nothing when their time is nearly over, and the rows stay due for the next', async (t) => {
    const far = await RemoteHost.open(t);
    const { world, add } = await scene(t, { 'a.example': far });
    await add('a.example');
    await deliverOutbound({ Records: [record(hop('a.example'))] }, world, systemClock.monotonic() + 20_000);
    assert.equal(far.taken.length, 0);
    const [left] = await world.spool.list({ limit: 10 });
    assert.deepEqual([left?.attempts, left?.claimedBy], [0, undefined]);
  });

  it('give their slots back, and report a refused message to an account here in the step that ends it', async (t) => {
    const far = await RemoteHost.open(t, { refuses: { 'gone@a.example': { code: 550, text: '5.1.1 no such user' } } });
    const { world, add } = await scene(t, { 'a.example': far }, { 'outbound/sessions': 1 });
    await add('a.example', 'gone@a.example');
    await deliverOutbound({ Records: [record(hop('a.example'))] }, world, minutes(5));
    const [report, ...others] = await world.spool.list({ limit: 10 });
    assert.deepEqual(
      [others.length, report?.reversePath, report?.nextHop, report?.recipients[0]?.account],
      [0, '', { kind: 'local' }, alice],
    );
    await add('a.example');
    await deliverOutbound({ Records: [record(hop('a.example'))] }, world, minutes(5));
    assert.equal(far.taken.length, 1);
  });

  it('send back to the queue only the record that is none of ours', async (t) => {
    const far = await RemoteHost.open(t);
    const { world, add, failures } = await scene(t, { 'a.example': far });
    await add('a.example');
    const records = [{ messageId: 'bad', body: '{}' }, record(hop('a.example'), 'good'), record({ kind: 'local' }, 'wrong queue')];
    const { batchItemFailures } = await deliverOutbound({ Records: records }, world, minutes(5));
    assert.deepEqual(
      batchItemFailures.map(({ itemIdentifier }) => itemIdentifier),
      ['bad', 'wrong queue'],
    );
    assert.equal(failures.length, 2);
    assert.equal(far.taken.length, 1);
  });

  it('are woken by the sweep: a session for each next hop before a second one for any, no more than there may be', async (t) => {
    const { world, add } = await scene(t, {}, { 'outbound/sessions': 4 });
    for (const domain of ['a.example', 'a.example', 'a.example', 'a.example', 'b.example', 'c.example']) await add(domain);
    const woken = new Map<string, number>();
    const dispatcher = {
      wakeHop: (nextHop: NextHop, sessions: number) => void woken.set(nextHop.kind === 'domain' ? nextHop.domain : 'local', sessions),
      settled: async () => {},
    };
    assert.equal(await wakeDue({ ...world, dispatcher }), 4);
    assert.deepEqual(Object.fromEntries(woken), { 'a.example': 2, 'b.example': 1, 'c.example': 1 });
  });
});
