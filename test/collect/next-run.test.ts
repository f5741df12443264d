import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nextRun } from '../../core/collect/next-run.ts';
import type { RunResult } from '../../core/collect/source.ts';

const minute = 60_000;
const hour = 60 * minute;
const pauseOf = (result: RunResult, failures = 0, loginDelay = 0, interval = 10 * minute): number =>
  nextRun(result, { now: 5, interval, loginDelay, failures, random: () => 0 }).nextRunAt - 5;

describe('the next run of a source', () => {
  it('follows after the interval, or at once when there was no time for all', () => {
    assert.deepEqual([pauseOf('done'), pauseOf('more'), pauseOf('stopped')], [10 * minute, 0, 0]);
  });

  it('never follows before the server wants another login', () => {
    for (const result of ['done', 'more', 'stopped', 'login-delay', 'busy'] as const) assert.equal(pauseOf(result, 0, hour), hour, result);
  });

  it('waits twice as long after each failure, at most 6 hours', () => {
    assert.deepEqual(
      [0, 1, 2, 5, 6, 500].map((failures) => pauseOf('unreachable', failures) / minute),
      [10, 20, 40, 320, 360, 360],
    );
    assert.equal(pauseOf('unreachable', 3, 0, 12 * hour), 12 * hour, 'an interval that is longer stays');
  });

  it('waits an hour at first and a day at most where only a person can help', () => {
    assert.deepEqual(
      [0, 1, 4, 5, 500].map((failures) => pauseOf('login-refused', failures) / hour),
      [1, 2, 16, 24, 24],
    );
  });

  it('counts failures, forgets them after a success, and takes coming too early for none', () => {
    const failuresAfter = (result: RunResult): number =>
      nextRun(result, { now: 0, interval: minute, loginDelay: 0, failures: 3, random: () => 0 }).failures;
    assert.deepEqual((['done', 'more', 'stopped', 'login-delay', 'cut'] as const).map(failuresAfter), [0, 0, 3, 3, 4]);
  });

  it('is spread a little after failures, so that servers that failed together are not tried together', () => {
    const latest = nextRun('busy', { now: 0, interval: 10 * minute, loginDelay: 0, failures: 0, random: () => 1 }).nextRunAt;
    assert.equal(latest, 11 * minute);
  });
});
