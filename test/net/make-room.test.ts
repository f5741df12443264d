import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fixedSettings } from '../../core/settings/fixed-settings.ts';
import type { AccountId } from '../../core/values/address.ts';
import type { Clock } from '../../core/values/clock.ts';
import type { SessionId } from '../../core/values/ids.ts';
import { AdmittedSession, type SessionDeps } from '../../listeners/net/admitted-session.ts';
import type { FellowProcesses } from '../../listeners/net/fellow-processes.ts';
import { RoomMaker } from '../../listeners/net/make-room.ts';
import { SessionRegistry } from '../../listeners/net/session-registry.ts';
import { someone } from './connected.ts';
import { countedSlots } from './toy.ts';

const alice = 'alice@example.org' as AccountId;

/** Sessions of alice in one process, and fellows that say and do what a test says. */
async function process(fellows: FellowProcesses) {
  const sessions = new SessionRegistry();
  const time = { now: 0 };
  const clock: Clock = { now: () => time.now, monotonic: () => time.now, sleep: async () => {} };
  const deps: SessionDeps = {
    slots: countedSlots(),
    settings: fixedSettings(),
    clock,
    log: { event: () => {}, failure: () => {} },
    login: {
      check: async () => ({ id: alice, passwordHash: '', credentialVersion: 1, createdAt: 0 }),
      certificate: async () => ({ refused: 'bad-credentials' }),
    },
    refused: () => {},
    makeRoom: async () => false,
  };
  const add = async (id: string, protocol: 'imap' | 'pop3' = 'imap'): Promise<AdmittedSession> => {
    const session = new AdmittedSession(id as SessionId, protocol, someone, [], { destroyed: false, destroy: () => {} }, deps);
    sessions.add(session);
    await session.login('alice', 'right', undefined);
    return session;
  };
  return { time, add, rooms: new RoomMaker(sessions, fellows) };
}

const nobodyElse: FellowProcesses = { resting: async () => [], replace: async () => false };

describe('making room for a new session', () => {
  it('ends one in IDLE before any other, then the one that rests longest, and none in the midst of a command', async () => {
    const { time, add, rooms } = await process(nobodyElse);
    const [desktop, phone, laptop, tablet] = [await add('desktop'), await add('phone'), await add('laptop'), await add('tablet')];
    desktop.doing('FETCH');
    phone.doing('in INBOX', 'waiting');
    time.now += 1000;
    laptop.doing('in INBOX', 'waiting');
    tablet.doing('IDLE INBOX', 'idling');
    for (const next of [tablet, phone, laptop]) {
      assert.equal(await rooms.makeRoom(alice), true);
      assert.equal(next.ending, 'replaced');
    }
    assert.deepEqual([await rooms.makeRoom(alice), desktop.ending], [false, undefined]);
  });

  it('asks the other process when the stalest session is there', async () => {
    const asked: string[] = [];
    const fellows: FellowProcesses = {
      resting: async () => [{ id: 'tablet' as SessionId, idling: true, restedFor: 5, process: 7 }],
      replace: async ({ id }) => asked.push(id) > 0,
    };
    const { add, rooms } = await process(fellows);
    const phone = await add('phone');
    phone.doing('in INBOX', 'waiting');
    assert.equal(await rooms.makeRoom(alice), true);
    assert.deepEqual([asked, phone.ending], [['tablet'], undefined]);
  });

  it('takes the next one when the stalest began a command meanwhile', async () => {
    const fellows: FellowProcesses = {
      resting: async () => [{ id: 'tablet' as SessionId, idling: true, restedFor: 5, process: 7 }],
      replace: async () => false,
    };
    const { add, rooms } = await process(fellows);
    const phone = await add('phone');
    phone.doing('in INBOX', 'waiting');
    assert.equal(await rooms.makeRoom(alice), true);
    assert.equal(phone.ending, 'replaced');
  });

  it('leaves sessions of other protocols alone: the limit is that of IMAP', async () => {
    const { add, rooms } = await process(nobodyElse);
    const pop = await add('pop', 'pop3');
    pop.doing('waiting', 'waiting');
    assert.equal(await rooms.makeRoom(alice), false);
  });
});
