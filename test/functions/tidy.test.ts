import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { tidy } from '../../functions/tidy.ts';
import type { TidyWorld } from '../../platform/aws/tidy-world.ts';

const clock = { now: () => 0, monotonic: () => 1_000, sleep: async () => {} };

describe('the hourly chores', () => {
  it('are both done within their time, and tell what they came to', async () => {
    const deadlines: number[] = [];
    const events: string[] = [];
    const world: TidyWorld = {
      clock,
      purge: async (deadline) => {
        deadlines.push(deadline);
        return true;
      },
      setAsideOrphans: async (deadline) => {
        deadlines.push(deadline);
        return 3;
      },
    };
    const log = { event: (name: string, data?: object) => void events.push(`${name} ${JSON.stringify(data)}`) };
    assert.deepEqual(await tidy(world, 60_000, log), { isPurged: true, setAside: 3 });
    assert.deepEqual(deadlines, [26_000, 51_000]);
    assert.deepEqual(events, ['tidied {"purged":true,"orphans":3}']);
  });

  it('do not keep each other from being done, and a failed one fails the run', async () => {
    let setAside = 0;
    const world: TidyWorld = {
      clock,
      purge: () => Promise.reject(new Error('throttled')),
      setAsideOrphans: async () => {
        setAside += 1;
        return 0;
      },
    };
    await assert.rejects(tidy(world, 60_000, { event: () => {} }), /throttled/);
    assert.equal(setAside, 1);
    const both = { ...world, setAsideOrphans: () => Promise.reject(new Error('no bucket')) };
    await assert.rejects(tidy(both, 60_000, { event: () => {} }), AggregateError);
  });
});
