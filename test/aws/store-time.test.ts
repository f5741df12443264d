import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { StoreTime } from '../../platform/aws/dynamodb/store-time.ts';

/** A host whose steady clock began at some moment, and a store whose true time only the test knows. */
function hostAndStore({ lag = 0 }: { readonly lag?: number } = {}) {
  let now = 1_795_000_000_400; // true, ms
  const began = now - 5_000_000;
  const time = new StoreTime(() => now - began);
  const reply = (there: number, back: number): void => {
    const sentAt = now - began;
    now += there;
    const date = new Date(now - lag).toUTCString(); // cut off to a second, as HTTP writes it
    now += back;
    time.replied(date, sentAt);
  };
  return { time, reply, pass: (ms: number) => (now += ms), now: () => now, steady: () => now - began };
}

const width = (time: StoreTime): number => time.latest() - time.earliest();

describe('the time of a store that tells whole seconds', () => {
  it('is unknown before its first reply: no lease of ours is valid then, and no other one is over', () => {
    const { time } = hostAndStore();
    assert.equal(time.isKnown, false);
    assert.equal(time.latest(), Number.POSITIVE_INFINITY);
    assert.equal(time.earliest(), Number.NEGATIVE_INFINITY);
  });

  it('is known to little more than a second after one reply', () => {
    const { time, reply, now } = hostAndStore();
    reply(2, 3);
    assert.ok(time.earliest() <= now() && now() <= time.latest());
    assert.ok(width(time) <= 1_110, String(width(time)));
  });

  it('is told ever more closely by replies at different moments, and is never outside of what they leave open', () => {
    const { time, reply, pass, now } = hostAndStore();
    for (let i = 0; i < 40; i++) {
      reply(1 + (i % 5), 1 + (i % 3));
      assert.ok(time.earliest() <= now() && now() <= time.latest(), `reply ${i}`);
      pass(137);
    }
    assert.ok(width(time) < 300, String(width(time)));
  });

  it('is wider again the longer ago the last reply was, since two clocks never run alike', () => {
    const { time, reply, pass } = hostAndStore();
    reply(1, 1);
    const fresh = width(time);
    pass(60_000);
    assert.equal(width(time) - fresh, 600);
  });

  it('does not get wrong by a reply that came late: the process was stopped with the reply on its way', () => {
    const { time, reply, now } = hostAndStore();
    reply(1, 1);
    reply(1, 90_000);
    assert.ok(time.earliest() <= now() && now() <= time.latest());
    reply(90_000, 1);
    assert.ok(time.earliest() <= now() && now() <= time.latest());
  });

  it('believes a reply that contradicts the others only when the next one agrees with it', () => {
    const { time, reply, pass, now, steady } = hostAndStore();
    for (let i = 0; i < 20; i++) {
      reply(1, 1);
      pass(137);
    }
    const hour = 3_600_000;
    const told = (at: number): void => time.replied(new Date(at).toUTCString(), steady());
    told(now() + hour);
    assert.ok(
      time.earliest() <= now() && time.latest() >= now() + hour,
      'nothing is sure: no lease of ours is valid, and none of another is over',
    );
    reply(1, 1);
    assert.ok(time.latest() < now() + 2_000);
    told(now() - hour);
    pass(1_000);
    told(now() - hour);
    assert.ok(time.latest() < now() - hour + 2_000);
  });

  it('takes no word from a reply without a date, or with one that is none', () => {
    const { time } = hostAndStore();
    time.replied(undefined, 1);
    time.replied('yesterday', 1);
    assert.equal(time.isKnown, false);
  });
});
