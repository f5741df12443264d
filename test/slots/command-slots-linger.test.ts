import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SlotKey } from '../../core/slots/slot-store.ts';
import type { Want } from '../../core/slots/slots.ts';
import { isHold } from './slot-process.ts';
import { hold, world } from './slot-world.ts';

const searches = (limit: number, wait = 0): Want => ({
  key: 'imap/searches-per-account/alice@example.org' as SlotKey,
  limit,
  kind: 'command',
  wait,
});

describe('slots of commands', () => {
  it('cost one write for command after command, and go back when nobody used them for long', async () => {
    const { start, used, clock } = world();
    const edge = await start();
    (await hold(edge, searches(2))).release();
    const { changes } = edge;
    for (let i = 0; i < 100; i++) {
      (await hold(edge, searches(2))).release();
      await clock.advance(5_000);
    }
    assert.equal(edge.changes, changes);
    await clock.advance(920_000);
    assert.equal(used(searches(2)), 0);
  });

  it('that linger in one process are given to one that waits in another, at the next heartbeat', async () => {
    const { start, clock } = world();
    const [here, there] = [await start(), await start()];
    const kept = await Promise.all([hold(here, searches(2)), hold(here, searches(2))]);
    kept[0]?.release();
    kept[1]?.release();
    await clock.advance(100);
    const waiting = Promise.all([there.take(searches(2, 30_000)), there.take(searches(2, 30_000))]);
    await clock.advance(15_000);
    assert.deepEqual((await waiting).map(isHold), [true, true]);
  });

  it('linger no longer once their commands do not wait any more', async () => {
    const { start, clock, used } = world();
    const [here, there] = [await start(), await start()];
    (await hold(here, searches(2))).release();
    await clock.advance(10_000);
    assert.equal(used(searches(2)), 1);
    const hasty: Want = { ...searches(2), kind: 'shared' };
    (await hold(here, hasty)).release();
    await clock.advance(100);
    assert.deepEqual((await Promise.all([there.take(hasty), there.take(hasty)])).map(isHold), [true, true]);
  });

  it('that a command uses are not given away, however much another process asks', async () => {
    const { start, clock, used } = world();
    const [here, there] = [await start(), await start()];
    await Promise.all([hold(here, searches(2)), hold(here, searches(2))]);
    const waiting = there.take(searches(2, 30_000));
    await clock.advance(31_000);
    assert.equal(isHold(await waiting), false);
    assert.equal(used(searches(2)), 2);
  });
});

describe('a limit that is only observed', () => {
  const observed: Want = { key: 'imap/sessions-per-account/alice@example.org' as SlotKey, limit: 2, kind: 'shared', observe: true };

  it('refuses nobody, and tells with each slot above it what the refusal would have been', async () => {
    const { start } = world();
    const [here, there] = [await start(), await start()];
    const holds = [await hold(here, observed), await hold(there, observed), await hold(there, observed)];
    assert.deepEqual(
      holds.map(({ over }) => over),
      [undefined, undefined, { full: true, used: 2, limit: 2 }],
    );
  });

  it('is exact from the moment it is enforced, and lets those above it drain', async () => {
    const { start, clock } = world();
    const edge = await start();
    const holds = [await hold(edge, observed), await hold(edge, observed), await hold(edge, observed)];
    const enforced = { ...observed, observe: false };
    assert.equal(isHold(await edge.take(enforced)), false);
    holds[0]?.release();
    await clock.advance(1_100);
    assert.equal(isHold(await edge.take(enforced)), false);
    holds[1]?.release();
    await clock.advance(6_000);
    assert.equal(isHold(await edge.take(enforced)), true);
  });
});
