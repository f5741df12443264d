import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RecentRefusals } from '../../core/observe/recent-refusals.ts';
import type { Refused } from '../../core/observe/refused.ts';
import type { AccountId } from '../../core/values/address.ts';
import type { Network } from '../../core/values/network.ts';

const minute = 60_000;
const office = '203.0.113.9/32' as Network;
const alice = 'alice@example.org' as AccountId;
const addressFull: Refused = {
  protocol: 'imap',
  scope: 'address',
  refused: 'address-full',
  network: office,
  used: 5,
  limit: 5,
  observed: false,
};
const accountFull: Refused = { ...addressFull, scope: 'account', refused: 'account-full', account: alice };

function remembering() {
  const clock = { now: 1_000 * minute };
  return { clock, refusals: new RecentRefusals(() => clock.now) };
}

describe('the memory of refusals', () => {
  it('counts them by client and reason over the minutes, and keeps the numbers of the last', () => {
    const { clock, refusals } = remembering();
    refusals.tell(addressFull);
    refusals.tell(addressFull);
    clock.now += 5 * minute;
    refusals.tell({ ...addressFull, used: 7, limit: 7 });
    refusals.tell({ ...addressFull, observed: true });
    const told = refusals.all().map(({ network, count, used, observed, last }) => [network, count, used, observed, last]);
    assert.deepEqual(told, [
      [office, 3, 7, false, clock.now],
      [office, 1, 5, true, clock.now],
    ]);
  });

  it('forgets what is older than an hour, though nobody is refused since', () => {
    const { clock, refusals } = remembering();
    refusals.tell(addressFull);
    clock.now += 59 * minute;
    assert.equal(refusals.all().length, 1);
    clock.now += 2 * minute;
    assert.deepEqual(refusals.all(), []);
  });

  it('keeps its size under a flood of strangers, counts them all, and still knows the accounts', () => {
    const { clock, refusals } = remembering();
    for (let i = 0; i < 20_000; i++) refusals.tell({ ...addressFull, network: `10.0.${i >> 8}.${i & 255}/32` as Network });
    refusals.tell(accountFull);
    const told = refusals.all();
    assert.ok(told.length < 500, `${told.length} kept`);
    assert.equal(
      told.reduce((sum, { count }) => sum + count, 0),
      20_001,
    );
    const rest = told.find(({ network, account }) => network === undefined && account === undefined);
    assert.ok(rest !== undefined && rest.count > 19_000);
    assert.equal(told.find(({ account }) => account === alice)?.count, 1);

    clock.now += minute;
    refusals.tell(addressFull);
    assert.equal(refusals.all().find(({ network }) => network === office)?.count, 1, 'the next minute has room again');
  });

  it('goes on when the wall clock is set back', () => {
    const { clock, refusals } = remembering();
    refusals.tell(addressFull);
    clock.now -= 30 * minute;
    refusals.tell(addressFull);
    assert.equal(refusals.all()[0]?.count, 2);
  });
});
