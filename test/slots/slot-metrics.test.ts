import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Meter } from '../../core/observe/meter.ts';
import { SlotMetrics, tellWritesPerSession } from '../../core/slots/slot-metrics.ts';
import type { SlotKey } from '../../core/slots/slot-store.ts';
import type { Want } from '../../core/slots/slots.ts';
import { hold, world } from './slot-world.ts';
import { atRest } from './virtual-clock.ts';

const of = (key: string, kind: Want['kind'], limit: number): Want => ({ key: key as SlotKey, kind, limit });
const total = of('imap/sessions', 'total', 50);
const account = of('imap/sessions-per-account/alice@example.test', 'shared', 4);
const lock = of('pop3/maildrop/alice@example.test', 'plain', 1);

async function metered() {
  const all = world();
  const meter = new Meter();
  const metrics = new SlotMetrics(meter, all.clock);
  const edge = await all.start({ meter: metrics });
  const told = (): Record<string, unknown> => {
    metrics.look(edge.slots.usage());
    return Object.fromEntries(
      meter.lines(0).map((line) => {
        const { _aws, ...rest } = JSON.parse(line);
        const name = _aws.CloudWatchMetrics[0].Metrics[0].Name;
        return [[name, rest.limit ?? rest.protocol].filter((part) => part !== undefined).join(' '), rest[name]];
      }),
    );
  };
  return { ...all, edge, meter, metrics, told };
}

describe('metrics of the slots', () => {
  it('count each write by the class of its key, refused ones too, and name neither address nor account', async () => {
    const { edge, start, told } = await metered();
    const other = await start();
    await hold(edge, total); // announces the limit besides
    told();
    await hold(edge, total);
    await hold(edge, account);
    await hold(other, lock);
    await edge.take(lock);
    const lines = told();
    assert.equal(lines['SlotTableWrites imap/sessions'], 1);
    assert.equal(lines['SlotTableWrites imap/sessions-per-account'], 1);
    assert.equal(lines['SlotTableWrites pop3/maildrop'], 1);
    assert.ok(!JSON.stringify(lines).includes('alice'));
  });

  it('count heartbeats as writes too', async () => {
    const { clock, told } = await metered();
    told();
    await clock.advance(60_000);
    assert.equal(told()['SlotTableWrites holders'], 6);
  });

  it('tell how much of a total is used beside its limit, and of all accounts the one nearest to its limit', async () => {
    const { edge, told } = await metered();
    await hold(edge, total);
    await hold(edge, total);
    for (let i = 0; i < 3; i++) await hold(edge, account);
    await hold(edge, of('imap/sessions-per-account/bob@example.test', 'shared', 4));
    const lines = told();
    assert.equal(lines['SlotsUsed imap/sessions'], 2);
    assert.equal(lines['SlotsLimit imap/sessions'], 50);
    assert.equal(lines['SlotsUsedOfFullest imap/sessions-per-account'], 75);
  });

  it('tell how many stood in line at once and how long, those who gave up too', async () => {
    const { edge, clock, told } = await metered();
    const held = await hold(edge, lock);
    const patient = edge.take({ ...lock, wait: 5_000 });
    const hasty = edge.take({ ...lock, wait: 1_000 });
    await clock.advance(2_000);
    held.release();
    await atRest();
    await Promise.all([patient, hasty]);
    const lines = told();
    assert.equal(lines['Waiting pop3/maildrop'], 2);
    const waited = lines['Waited pop3/maildrop'] as readonly number[];
    assert.equal(waited.length, 2);
    assert.ok(
      waited.every((ms) => ms >= 1_000 && ms <= 2_100),
      String(waited),
    );
    assert.equal(told()['Waiting pop3/maildrop'], undefined);
  });

  it('tell each minute for how long the store did not answer, while it lasts', async () => {
    const { edge, clock, told } = await metered();
    told();
    edge.cut = true;
    await clock.advance(60_000);
    const first = told().SlotStoreDown as number;
    assert.ok(first > 30 && first <= 60, String(first));
    await clock.advance(60_000);
    assert.equal(told().SlotStoreDown, 60);
    edge.cut = false;
    await clock.advance(10_000);
    const last = told().SlotStoreDown as number;
    assert.ok(last > 0 && last < 10, String(last));
    await clock.advance(60_000);
    assert.equal(told().SlotStoreDown, undefined);
  });

  it('tell of slots that came back from the dead, of a fence, and of what then did not fit', async () => {
    const { edge, start, clock, told } = await metered();
    const victim = await start();
    await hold(victim, lock);
    victim.kill();
    await clock.advance(41_000);
    await hold(edge, lock);
    assert.equal(told()['SlotsRepaired pop3/maildrop'], 1);

    edge.stop();
    const heir = await start();
    await clock.advance(41_000);
    await hold(heir, lock);
    edge.resume();
    await clock.advance(2_000);
    const lines = told();
    assert.equal(lines.SlotsFenced, 1);
    assert.equal(lines['SlotsExcess pop3/maildrop'], 1);
  });

  it('divide the writes for keys of a protocol by its sessions of the same minute', async () => {
    const { edge, meter, metrics, told } = await metered();
    await hold(edge, total);
    told();
    await hold(edge, total);
    await hold(edge, account);
    await hold(edge, lock);
    tellWritesPerSession(meter, metrics, (protocol) => (protocol === 'imap' ? 4 : 0));
    const lines = told();
    assert.equal(lines['SlotTableWritesPerSession imap'], 0.5);
    assert.equal(lines['SlotTableWritesPerSession pop3'], undefined);
  });
});
