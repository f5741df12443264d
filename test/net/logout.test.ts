import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fixedSettings } from '../../core/settings/fixed-settings.ts';
import type { AccountId } from '../../core/values/address.ts';
import type { SessionId } from '../../core/values/ids.ts';
import { AdmittedSession } from '../../listeners/net/admitted-session.ts';
import type { Ending } from '../../listeners/net/session.ts';
import { systemClock } from '../../platform/node/clock.ts';
import { someone } from './connected.ts';
import { countedSlots } from './toy.ts';

const alice = 'alice@example.org' as AccountId;

/** @param time s */
function sessionWith(time: number) {
  const slots = countedSlots();
  const session = new AdmittedSession(
    'one' as SessionId,
    'imap',
    someone,
    [],
    { destroyed: false, destroy: () => {} },
    {
      slots,
      settings: fixedSettings({ 'login/time': time }),
      clock: systemClock,
      log: { event: () => {}, failure: () => {} },
      login: {
        check: async () => ({ id: alice, passwordHash: '', credentialVersion: 1, createdAt: 0 }),
        certificate: async () => ({ refused: 'bad-credentials' }),
      },
      refused: () => {},
      makeRoom: async () => false,
    },
  );
  const ended = new Promise<Ending>((resolve) => session.onEnding(resolve));
  return { session, slots, ended };
}

describe('a session that is logged out and stays', () => {
  it('gives the slot of its account back, and takes one at its next login', async () => {
    const { session, slots } = sessionWith(60);
    await session.login('alice', 'right', undefined);
    assert.equal(slots.counts.size, 1);
    session.logout();
    assert.equal(session.account, undefined);
    assert.equal(slots.counts.size, 0);
    session.logout();
    assert.equal(slots.counts.size, 0);
    await session.login('alice', 'right', undefined);
    assert.equal(slots.counts.size, 1);
    session.over();
    assert.equal(slots.counts.size, 0);
  });

  it('has the time of a new one to log in', async () => {
    const { session, ended } = sessionWith(0.05);
    await session.login('alice', 'right', undefined);
    session.logout();
    assert.equal(await ended, 'login-too-slow');
    session.over();
  });
});
