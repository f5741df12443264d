import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nextAttempt } from '../../core/delivery/retry-schedule.ts';

const plan = { schedule: [60, 300, 3600], giveUpAfter: 86_400, random: () => 0 };
const accepted = 1_000_000;

describe('a message that could not be delivered', () => {
  it('waits longer after each attempt, the last wait repeating', () => {
    const waits = [0, 1, 2, 3, 50].map((attempts) => nextAttempt(attempts, accepted, accepted, plan));
    assert.deepEqual(
      waits,
      [60, 300, 3600, 3600, 3600].map((seconds) => accepted + seconds * 1000),
    );
  });

  it('comes back a little later than others of its time', () => {
    assert.equal(nextAttempt(0, accepted, accepted, { ...plan, random: () => 0.5 }), accepted + 66_000);
  });

  it('gets one last attempt when its time is over, and is given up after that', () => {
    const end = accepted + 86_400_000;
    assert.equal(nextAttempt(9, accepted, end - 1000, plan), end);
    assert.equal(nextAttempt(10, accepted, end, plan), 'give-up');
  });
});
