import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Meter } from '../../core/observe/meter.ts';
import { metrics, stageNamespace } from '../../core/observe/metrics.ts';

const told = (meter: Meter): readonly Record<string, unknown>[] =>
  meter.lines(0).map((line) => {
    const { _aws, ...rest } = JSON.parse(line);
    return rest;
  });

const imap = { limit: 'imap/sessions' };

describe('a meter', () => {
  it('tells a count once, as one line, and nothing when nothing happened', () => {
    const meter = new Meter();
    const begun = meter.counter(metrics.sessionsBegun, { protocol: 'imap' });
    begun.add(1);
    begun.add(2);
    assert.deepEqual(told(meter), [{ protocol: 'imap', SessionsBegun: 3 }]);
    assert.deepEqual(told(meter), []);
    begun.add(4);
    assert.deepEqual(told(meter), [{ protocol: 'imap', SessionsBegun: 4 }]);
  });

  it('keeps sets of dimensions apart, and gives who asks again for the same one the same instrument', () => {
    const meter = new Meter();
    meter.counter(metrics.slotsRefused, { protocol: 'imap', scope: 'account' }).add(1);
    meter.counter(metrics.slotsRefused, { protocol: 'imap', scope: 'address' }).add(1);
    meter.counter(metrics.slotsRefused, { protocol: 'imap', scope: 'account' }).add(1);
    assert.deepEqual(told(meter), [
      { protocol: 'imap', scope: 'account', SlotsRefused: 2 },
      { protocol: 'imap', scope: 'address', SlotsRefused: 1 },
    ]);
  });

  it('tells the last value of a gauge, its way back to 0 once, and no 0 that was 0 before', () => {
    const meter = new Meter();
    const used = meter.gauge(metrics.slotsUsed, imap);
    const minutes = [[0], [5, 7], [0], [0], []].map((values) => {
      for (const value of values) used.set(value);
      return told(meter).map(({ SlotsUsed }) => SlotsUsed);
    });
    assert.deepEqual(minutes, [[], [7], [0], [], []]);
  });

  it('tells the highest level since the last lines, also of what is gone again and of what began before', () => {
    const meter = new Meter();
    const waiting = meter.level(metrics.waiting, imap);
    waiting.change(1);
    waiting.change(1);
    waiting.change(-1);
    assert.deepEqual(told(meter), [{ ...imap, Waiting: 2 }]);
    assert.deepEqual(told(meter), [{ ...imap, Waiting: 1 }]);
    waiting.change(-1);
    assert.deepEqual(told(meter), [{ ...imap, Waiting: 1 }]);
    assert.deepEqual(told(meter), []);
  });

  it('tells at most 100 samples of however many, spread over all of them, with the greatest', () => {
    const meter = new Meter();
    const waited = meter.samples(metrics.waited, imap);
    for (let i = 0; i < 5_000; i++) waited.record(i === 2_345 ? 9_999 : i);
    const [line] = told(meter);
    const values = line?.Waited as readonly number[];
    assert.ok(values.length > 50 && values.length <= 100, String(values.length));
    assert.ok(values.includes(9_999));
    assert.ok(values.some((value) => value < 100) && values.some((value) => value > 4_900 && value < 5_000));
    waited.record(3);
    assert.deepEqual(told(meter), [{ ...imap, Waited: [3] }]);
  });

  it('tells its metrics under the namespace of its stage, because two in one account must not be added up', () => {
    const meter = new Meter(stageNamespace('prod'));
    meter.counter(metrics.slotsFenced, {}).add(1);
    const [line = ''] = meter.lines(0);
    assert.equal(JSON.parse(line)._aws.CloudWatchMetrics[0].Namespace, 'Mailweir/prod');
  });
});
