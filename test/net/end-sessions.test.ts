import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Account } from '../../core/accounts/account-directory.ts';
import { fixedSettings } from '../../core/settings/fixed-settings.ts';
import type { AccountId } from '../../core/values/address.ts';
import type { SessionId } from '../../core/values/ids.ts';
import { endSessionsWhen, endUncertified, endUnproved } from '../../listeners/end-sessions.ts';
import { AdmittedSession } from '../../listeners/net/admitted-session.ts';
import type { TlsFacts } from '../../listeners/net/connection.ts';
import { SessionRegistry } from '../../listeners/net/session-registry.ts';
import { systemClock } from '../../platform/node/clock.ts';
import { someone } from './connected.ts';
import { countedSlots } from './toy.ts';

const alice = 'alice@example.org' as AccountId;
const bob = 'bob@example.org' as AccountId;
const accountOf = (id: AccountId, credentialVersion: number): Account => ({ id, passwordHash: '', credentialVersion, createdAt: 0 });

/** A process whose logins may be held up. */
function openProcess() {
  const slots = countedSlots();
  const sessions = new SessionRegistry();
  const versions = new Map<AccountId, number>([
    [alice, 1],
    [bob, 1],
  ]);
  let heard: (account: AccountId) => void = () => {};
  let proving: Promise<void> = Promise.resolve();
  const login = async (id: AccountId): Promise<Account> => {
    const account = accountOf(id, versions.get(id) ?? 0);
    await proving;
    return account;
  };
  const watch = (changed: (account: AccountId) => void): (() => void) => {
    heard = changed;
    return () => {};
  };
  endSessionsWhen(sessions, { watch }, { ...slots, onMustClose: () => () => {} } as never);
  const open = (): AdmittedSession => {
    const session = new AdmittedSession(
      `s${sessions.size}` as SessionId,
      'imap',
      someone,
      [],
      { destroyed: false, destroy: () => {} },
      {
        slots,
        settings: fixedSettings({ 'imap/login-certificate': true, 'imap/sessions-per-account': 0 }),
        clock: systemClock,
        log: { event: () => {}, failure: () => {} },
        login: { check: (user) => login(user as AccountId), certificate: ([address]) => login(address as AccountId) },
        refused: () => {},
        makeRoom: async () => false,
      },
    );
    sessions.add(session);
    return session;
  };
  return {
    sessions,
    slots,
    versions,
    open,
    tell: (account: AccountId) => heard(account),
    holdLogins: (until: Promise<void>) => {
      proving = until;
    },
    accounts: { find: async (id: AccountId) => (versions.has(id) ? accountOf(id, versions.get(id) ?? 0) : undefined) },
    end: () => {
      for (const session of sessions.all()) session.over();
    },
  };
}

describe('sessions of an account that was changed', () => {
  it('are not begun by a login that was under way meanwhile, whose slot comes back', async (t) => {
    const process = openProcess();
    t.after(process.end);
    const proved = Promise.withResolvers<void>();
    process.holdLogins(proved.promise);
    const [phone, laptop] = [process.open(), process.open()];
    const answers = Promise.all([phone.login(alice, 'old', undefined), laptop.login(bob, 'right', undefined)]);
    process.tell(alice);
    proved.resolve();
    const [refused, entered] = await answers;
    assert.deepEqual(refused, { refused: 'store-unavailable' });
    assert.equal('id' in entered && entered.id, bob);
    assert.equal(phone.account, undefined);
    assert.equal(process.slots.counts.size, 1);
    process.tell(bob);
    assert.equal(laptop.ending, 'credentials-changed');
  });

  it('end although word of the change was lost', async (t) => {
    const process = openProcess();
    t.after(process.end);
    const [phone, laptop, stranger] = [process.open(), process.open(), process.open()];
    await phone.login(alice, 'right', undefined);
    await laptop.login(bob, 'right', undefined);
    process.versions.set(alice, 2);
    await endUnproved(process.sessions, process.accounts);
    assert.deepEqual([phone.ending, laptop.ending, stranger.ending], ['credentials-changed', undefined, undefined]);
    process.versions.delete(bob);
    const unreadable = { find: () => Promise.reject(new Error('the store is down')) };
    await endUnproved(process.sessions, unreadable);
    assert.equal(laptop.ending, undefined);
    await endUnproved(process.sessions, process.accounts);
    assert.equal(laptop.ending, 'credentials-changed');
  });
});

describe('sessions by a certificate', () => {
  it('end when it is over or its authorities are others, some at a time', async (t) => {
    const process = openProcess();
    t.after(process.end);
    const trust = { isOver: false };
    const by = (until: number): TlsFacts => ({
      version: 'TLSv1.3',
      cipher: 'TLS_AES_256_GCM_SHA384',
      bits: 256,
      client: { addresses: [alice], until, trust },
    });
    const now = Date.now();
    const many = await Promise.all(
      Array.from({ length: 700 }, async (_, i) => {
        const session = process.open();
        await session.loginWith({ way: 'certificate', authzid: '' }, by(i < 20 ? now + 60_000 : now + 3600_000));
        return session;
      }),
    );
    const withPassword = process.open();
    await withPassword.login(alice, 'right', undefined);
    const ended = (): number => many.filter(({ ending }) => ending !== undefined).length;
    endUncertified(process.sessions, now + 59_000);
    assert.equal(ended(), 0);
    endUncertified(process.sessions, now + 60_000);
    assert.equal(ended(), 20);
    trust.isOver = true;
    endUncertified(process.sessions, now);
    assert.ok(ended() > 20 && ended() < 200, `${ended()} at once`);
    for (let looks = 1; looks < 14; looks += 1) endUncertified(process.sessions, now);
    assert.equal(ended(), 700);
    assert.equal(withPassword.ending, undefined);
  });
});
