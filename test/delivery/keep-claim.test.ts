import assert from 'node:assert/strict';
import { it } from 'node:test';
import { claimFor, keepClaim } from '../../core/delivery/keep-claim.ts';
import type { Spool, SpoolRow } from '../../core/delivery/spool.ts';
import type { HolderId } from '../../core/values/ids.ts';
import { VirtualClock } from '../slots/virtual-clock.ts';

const row = { id: 'row' } as unknown as SpoolRow;
const me = 'me' as HolderId;

it('a claim is prolonged on and on, though the store fails once, until the work is done', async () => {
  const clock = new VirtualClock();
  const renewed: number[] = [];
  let tries = 0;
  const spool = {
    renewClaim: async () => {
      tries += 1;
      if (tries === 1) throw new Error('busy');
      renewed.push(clock.now());
      return true;
    },
  } as unknown as Spool;
  const work = Promise.withResolvers<string>();
  const kept = keepClaim(row, me, spool, clock, () => work.promise);
  await clock.advance(claimFor * 2);
  assert.equal(renewed.length, 5);
  work.resolve('done');
  assert.equal(await kept, 'done');
  await clock.advance(claimFor * 2);
  assert.equal(tries, 6, 'and not after that');
});

it('the work hears that its claim was lost', async () => {
  const clock = new VirtualClock();
  const spool = { renewClaim: async () => false } as unknown as Spool;
  const kept = keepClaim(
    row,
    me,
    spool,
    clock,
    (lost) => new Promise<boolean>((resolve) => lost.addEventListener('abort', () => resolve(true))),
  );
  await clock.advance(claimFor);
  assert.equal(await kept, true);
});
