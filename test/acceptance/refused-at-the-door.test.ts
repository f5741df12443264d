import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Protocol, protocols } from '../../core/values/protocol.ts';
import { runCli } from '../cli/run-cli.ts';
import { type Edge, openEdge } from '../harness/edge.ts';
import { stopSlotStore } from './slot-outage.ts';
import { allOf, doors, enterSoon, knock, named, stillThere, type Way } from './speech.ts';
import { addressFull, storeDownAtTheDoor, totalFull, type Wire } from './wire.ts';

interface Row {
  readonly event: string;
  /** What is raised to let a third client in. */
  readonly setting: (protocol: Protocol) => string;
  readonly others: (protocol: Protocol) => Readonly<Record<string, string>>;
  /** What a third client reads while two are the most. */
  readonly wire: Wire;
}

const rows: readonly Row[] = [
  {
    event: 'the total is full',
    setting: (protocol) => `${protocol}/sessions`,
    others: (protocol) => ({ [`${protocol}/sessions-per-address`]: '0' }),
    wire: totalFull,
  },
  { event: 'the address is full', setting: (protocol) => `${protocol}/sessions-per-address`, others: () => ({}), wire: addressFull(2, 2) },
];

/** The contract: a setting that is raised works within this time, ms. */
const followed = 2_000;

for (const row of rows) {
  describe(`when ${row.event}`, () => {
    let edge: Edge;
    before(async () => {
      const settings = protocols.map((protocol) => ({ [row.setting(protocol)]: '2', ...row.others(protocol) }));
      edge = await openEdge({ settings: Object.assign({}, ...settings) });
    });
    after(() => edge.stop());

    for (const door of doors) {
      it(`${named(door)} tells a third client so, lets it in when one leaves, and a third beside two when the limit is raised`, async () => {
        const phone = await enterSoon(edge, door, 10_000);
        const laptop = await enterSoon(edge, door, 10_000);
        assert.deepEqual(await allOf(await knock(edge, door)), row.wire[door.protocol]);

        phone.close();
        const tablet = await enterSoon(edge, door, 10_000);
        assert.deepEqual(await allOf(await knock(edge, door)), row.wire[door.protocol], 'one came for one that left');

        assert.equal((await runCli(['settings', 'set', row.setting(door.protocol), '3', '--data', edge.dataDir])).code, 0);
        const third = await enterSoon(edge, door, followed);
        for (const client of [laptop, tablet, third]) await stillThere(client, door);
        assert.equal((await allOf(await knock(edge, door))).length, 1, 'and no more than three');

        await edge.set(row.setting(door.protocol), '2');
        for (const client of [laptop, tablet, third]) client.close();
      });
    }
  });
}

it('a full address does not keep others out', async (t) => {
  const edge = await openEdge({ settings: { 'imap/sessions-per-address': '1' } });
  t.after(() => edge.stop());
  const door: Way = { protocol: 'imap', channel: 'plain' };
  await enterSoon(edge, door, 10_000, '127.0.0.2');
  assert.deepEqual(await allOf(await knock(edge, door, { from: '127.0.0.2' })), addressFull(1, 1).imap);
  await enterSoon(edge, door, 10_000, '127.0.0.3');
});

describe('when the slot store does not answer and the policy is closed', () => {
  it('every door says try again later, and opens again when the store is back', async (t) => {
    const edge = await openEdge({ settings: { 'slots/when-store-is-down': 'closed' } });
    t.after(() => edge.stop());
    const outage = stopSlotStore(edge.dataDir);
    t.after(() => outage.goOn());
    const told = await Promise.all(doors.map(async (door) => [named(door), await allOf(await knock(edge, door))]));
    assert.deepEqual(
      told,
      doors.map((door) => [named(door), storeDownAtTheDoor[door.protocol]]),
    );
    outage.goOn();
    await Promise.all(doors.map((door) => enterSoon(edge, door, 10_000)));
  });
});
