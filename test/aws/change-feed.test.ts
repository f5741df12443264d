import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { AccountId } from '../../core/values/address.ts';
import type { Clock } from '../../core/values/clock.ts';
import { ChangeFeed } from '../../platform/aws/accounts/change-feed.ts';
import type { LoggedChange } from '../../platform/aws/accounts/change-log.ts';

const start = 1_700_000_000_000; // ms

/** A log that tests write, and a feed that looks at it when they say so. */
function feedOver() {
  const entries = new Map<number, LoggedChange>();
  const state = { now: start, last: 0, isDown: false, looks: 0, from: 0 };
  let wake = (): void => {};
  const clock: Clock = {
    now: () => state.now,
    monotonic: () => state.now,
    sleep: (_ms, signal) =>
      new Promise((resolve) => {
        wake = resolve;
        signal?.addEventListener('abort', () => resolve());
      }),
  };
  const log = {
    last: async () => state.last,
    after: async (count: number) => {
      state.looks += 1;
      state.from = count;
      if (state.isDown) throw new Error('no answer');
      return [...entries.values()].filter(({ number }) => number > count).toSorted((a, b) => a.number - b.number);
    },
  };
  const write = (number: number, name: string, at = state.now): LoggedChange => {
    const change = { number, account: `${name}@example.org` as AccountId, at };
    entries.set(number, change);
    state.last = Math.max(state.last, number);
    return change;
  };
  const settled = async (): Promise<void> => {
    for (let turn = 0; turn < 5; turn += 1) await nextTurn();
  };
  const look = async (later = 1_000): Promise<void> => {
    state.now += later;
    wake();
    await settled();
  };
  const feed = new ChangeFeed(log, clock);
  const heard: string[] = [];
  const watch = (): (() => void) => feed.watch((account) => heard.push(account.split('@')[0] ?? ''));
  return { feed, state, write, look, settled, heard, watch };
}

describe('changes of accounts as a process hears of them', () => {
  it('are told once each, in their order, however often they are looked at', async () => {
    const { write, look, settled, heard, watch } = feedOver();
    write(1, 'long ago', start - 3_600_000);
    const stop = watch();
    await settled();
    write(2, 'alice');
    write(3, 'bob');
    await look();
    await look();
    assert.deepEqual(heard, ['alice', 'bob']);
    stop();
  });

  it('are told that came between the watch and the first look, whatever the clocks of their writers', async () => {
    const { write, settled, heard, watch } = feedOver();
    const stop = watch();
    write(1, 'alice', start - 2_000);
    await settled();
    assert.deepEqual(heard, ['alice']);
    stop();
  });

  it('of this process are told at once and not again', async () => {
    const { feed, write, look, settled, heard, watch } = feedOver();
    const stop = watch();
    await settled();
    feed.tell(write(1, 'alice'));
    assert.deepEqual(heard, ['alice']);
    await look();
    assert.deepEqual(heard, ['alice']);
    stop();
  });

  it('wait for none that was given a lower number and is not to be seen yet', async () => {
    const { write, look, settled, heard, watch } = feedOver();
    const stop = watch();
    await settled();
    write(2, 'bob');
    await look();
    assert.deepEqual(heard, ['bob']);
    write(1, 'alice');
    await look();
    await look();
    assert.deepEqual(heard, ['bob', 'alice']);
    stop();
  });

  it('that never come are not waited for for ever', async () => {
    const { state, write, look, settled, watch } = feedOver();
    const stop = watch();
    await settled();
    write(3, 'carol');
    await look();
    assert.equal(state.from, 0);
    await look(40_000);
    await look();
    assert.equal(state.from, 3);
    stop();
  });

  it('are told after a store that did not answer does', async () => {
    const { state, write, look, settled, heard, watch } = feedOver();
    state.isDown = true;
    const stop = watch();
    await settled();
    write(1, 'alice');
    await look();
    assert.deepEqual(heard, []);
    state.isDown = false;
    await look();
    assert.deepEqual(heard, ['alice']);
    stop();
  });

  it('are looked for only while somebody watches', async () => {
    const { state, look, settled, watch } = feedOver();
    const [one, two] = [watch(), watch()];
    await settled();
    one();
    await look();
    const { looks } = state;
    assert.ok(looks > 1);
    two();
    await look();
    assert.equal(state.looks, looks);
  });
});
