import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Account, AccountDirectory } from '../../core/accounts/account-directory.ts';
import { createLogin } from '../../core/accounts/login.ts';
import { preparePassword } from '../../core/accounts/password-text.ts';
import { parseSaslPlain } from '../../core/accounts/sasl-plain.ts';
import { fixedSettings } from '../../core/settings/fixed-settings.ts';
import type { AccountId } from '../../core/values/address.ts';
import type { Network } from '../../core/values/network.ts';

const office = '192.0.2.1/32' as Network;
const home = '198.51.100.7/32' as Network;

/** A directory, a hasher that counts its work, failure counts, and time that tests move. */
function accountsWith(names: Readonly<Record<string, string>>, settings: Record<string, string | number> = {}) {
  const known = new Map<string, Account>();
  const put = (id: string, password: string, credentialVersion = 1): void => {
    known.set(id, { id: id as AccountId, passwordHash: `hash of ${password}`, credentialVersion, createdAt: 0 });
  };
  for (const [id, password] of Object.entries(names)) put(id, password);

  const state = { now: 1_000_000, verified: [] as string[], busy: false, release: undefined as Promise<void> | undefined };
  const failures = new Map<Network, number>();
  const watchers = new Set<(id: AccountId) => void>();
  const login = createLogin({
    accounts: {
      find: async (id: AccountId) => known.get(id),
      named: async (localPart: string) => [...known.keys()].filter((id) => id.startsWith(`${localPart}@`)).slice(0, 2),
      watch: (changed: (id: AccountId) => void) => {
        watchers.add(changed);
        return () => void watchers.delete(changed);
      },
    } as unknown as AccountDirectory,
    passwords: {
      hash: async (password) => `hash of ${password}`,
      verify: async (password, phc) => {
        state.verified.push(phc);
        await state.release;
        return state.busy ? 'busy' : phc === `hash of ${password}`;
      },
      close: async () => {},
    },
    failures: {
      record: async (network) => {
        failures.set(network, (failures.get(network) ?? 0) + 1);
        return failures.get(network) ?? 0;
      },
      count: async (network) => failures.get(network) ?? 0,
    },
    clock: { now: () => state.now, monotonic: () => state.now, sleep: async () => {} },
    settings: fixedSettings({ 'server/hostname': 'mail.example.org', 'login/failures-per-address': 3, ...settings }),
    log: { event: () => {}, failure: () => {} },
    fingerprint: (text) => `fingerprint ${text}`,
  });
  const answer = async (user: string, password: string, network = office): Promise<string> => {
    const got = await login.check(user, password, network);
    return 'refused' in got ? got.refused : got.id;
  };
  return {
    login,
    answer,
    state,
    put,
    known,
    failures,
    changed: (id: string) => {
      for (const heard of watchers) heard(id as AccountId);
    },
    watchers,
  };
}

describe('a login', () => {
  it('is by address in any case, with the right password', async () => {
    const { answer } = accountsWith({ 'alice@example.org': 'secret' });
    assert.equal(await answer('Alice@Example.ORG', 'secret'), 'alice@example.org');
    assert.equal(await answer('alice@example.org', 'Secret'), 'bad-credentials');
    assert.equal(await answer('nobody@example.org', 'secret'), 'bad-credentials');
  });

  it('may be by bare name: at the host name, its parent domain, or where only one account has it', async () => {
    const { answer } = accountsWith({
      'alice@example.org': 'a',
      'alice@example.net': 'b',
      'bob@mail.example.org': 'c',
      'carol@example.net': 'd',
      'dave@one.test': 'e',
      'dave@two.test': 'f',
    });
    assert.equal(await answer('alice', 'a'), 'alice@example.org');
    assert.equal(await answer('Bob', 'c'), 'bob@mail.example.org');
    assert.equal(await answer('carol', 'd'), 'carol@example.net');
    assert.equal(await answer('dave', 'e'), 'bad-credentials', 'two accounts could be meant');
  });

  it('hashes for an unknown account as for a known one', async () => {
    const { answer, state } = accountsWith({ 'alice@example.org': 'secret' });
    await answer('alice@example.org', 'wrong');
    await answer('nobody@example.org', 'wrong');
    await answer('not an address', 'wrong');
    assert.equal(state.verified.length, 3);
  });

  it('is remembered for a minute, at the network where it was proved', async () => {
    const { answer, state } = accountsWith({ 'alice@example.org': 'secret' });
    for (let i = 0; i < 5; i++) assert.equal(await answer('alice@example.org', 'secret'), 'alice@example.org');
    assert.equal(state.verified.length, 1);
    await answer('alice@example.org', 'secret', home);
    assert.equal(state.verified.length, 2);
    state.now += 60_001;
    await answer('alice@example.org', 'secret');
    assert.equal(state.verified.length, 3);
  });

  it('shares one hash with equal logins that come at the same time', async () => {
    const { answer, state } = accountsWith({ 'alice@example.org': 'secret' });
    const gate = Promise.withResolvers<void>();
    state.release = gate.promise;
    const logins = Promise.all(Array.from({ length: 20 }, () => answer('alice@example.org', 'secret')));
    setImmediate(gate.resolve);
    assert.deepEqual(new Set(await logins), new Set(['alice@example.org']));
    assert.equal(state.verified.length, 1);
  });

  it('is forgotten when the directory tells of a change', async () => {
    const { answer, state, changed } = accountsWith({ 'alice@example.org': 'secret' });
    await answer('alice@example.org', 'secret');
    changed('alice@example.org');
    await answer('alice@example.org', 'secret');
    assert.equal(state.verified.length, 2);
  });

  it('with the old password fails at once after a change, told or not', async () => {
    const { answer, put } = accountsWith({ 'alice@example.org': 'old' });
    assert.equal(await answer('alice@example.org', 'old'), 'alice@example.org');
    put('alice@example.org', 'new', 2);
    assert.equal(await answer('alice@example.org', 'old'), 'bad-credentials');
  });

  it('fails when the password changed while it was being checked', async () => {
    const { answer, put, state } = accountsWith({ 'alice@example.org': 'old' });
    const gate = Promise.withResolvers<void>();
    state.release = gate.promise;
    const login = answer('alice@example.org', 'old');
    setImmediate(() => {
      put('alice@example.org', 'new', 2);
      gate.resolve();
    });
    assert.equal(await login, 'bad-credentials');
  });

  it('that finds the hasher busy is no wrong password and no failure', async () => {
    const { answer, state, failures } = accountsWith({ 'alice@example.org': 'secret' });
    state.busy = true;
    assert.equal(await answer('alice@example.org', 'secret'), 'login-busy');
    assert.equal(failures.size, 0);
  });

  it('is refused unhashed after too many failures of its network, right or wrong, and elsewhere not', async () => {
    const { answer, state } = accountsWith({ 'alice@example.org': 'secret' });
    for (let i = 0; i < 3; i++) assert.equal(await answer('alice@example.org', `guess ${i}`), 'bad-credentials');
    const hashed = state.verified.length;
    assert.equal(await answer('alice@example.org', 'secret'), 'too-many-failed-logins');
    assert.equal(await answer('nobody@example.org', 'secret'), 'too-many-failed-logins');
    assert.equal(state.verified.length, hashed);
    assert.equal(await answer('alice@example.org', 'secret', home), 'alice@example.org');
  });

  it('is never refused for failures when the limit is 0', async () => {
    const { answer } = accountsWith({ 'alice@example.org': 'secret' }, { 'login/failures-per-address': 0 });
    for (let i = 0; i < 10; i++) await answer('alice@example.org', `guess ${i}`);
    assert.equal(await answer('alice@example.org', 'secret'), 'alice@example.org');
  });

  it('proved a moment ago gets past a guesser at its address, but the guesser gets one try at what is remembered', async () => {
    const { answer } = accountsWith({ 'alice@example.org': 'secret', 'bob@example.org': 'hidden' });
    await answer('alice@example.org', 'secret');
    await answer('bob@example.org', 'hidden');
    for (let i = 0; i < 3; i++) await answer('mallory@example.org', 'x');
    assert.equal(await answer('alice@example.org', 'secret'), 'alice@example.org');
    assert.equal(await answer('bob@example.org', 'guess'), 'too-many-failed-logins');
    assert.equal(await answer('bob@example.org', 'hidden'), 'too-many-failed-logins');
    assert.equal(await answer('alice@example.org', 'secret'), 'alice@example.org');
  });

  it('with an empty, over-long or control-ridden password fails, counts, and hashes nothing', async () => {
    const { answer, state, failures } = accountsWith({ 'alice@example.org': 'secret' });
    for (const bad of ['', 'x'.repeat(1025), 'a\u0000b']) assert.equal(await answer('alice@example.org', bad), 'bad-credentials');
    assert.equal(state.verified.length, 0);
    assert.equal(failures.get(office), 3);
  });

  it('stops listening to the directory when closed', () => {
    const { login, watchers } = accountsWith({});
    assert.equal(watchers.size, 1);
    login.close();
    assert.equal(watchers.size, 0);
  });
});

describe('a password', () => {
  it('is the same however it was composed, and keeps its case', () => {
    assert.equal(preparePassword('Cafe\u0301\u00a01'), 'Caf\u00e9 1');
    assert.equal(preparePassword('\ud800'), undefined);
    assert.equal(preparePassword('ü'.repeat(513)), undefined, '1026 octets');
  });
});

describe('SASL PLAIN', () => {
  const plain = (text: string) => parseSaslPlain(Buffer.from(text).toString('base64'));

  it('carries user and password as UTF-8', () => {
    assert.deepEqual(plain('\0alice\0sécret'), { user: 'alice', password: 'sécret' });
    assert.deepEqual(plain('Alice\0alice\0x'), { user: 'alice', password: 'x' });
  });

  it('refuses to act for somebody else, and what is not its form', () => {
    assert.equal(plain('bob\0alice\0x'), 'other-identity');
    for (const bad of ['', 'alice\0x', '\0\0x', '\0alice\0', '\0a\0b\0c']) assert.equal(plain(bad), 'malformed', bad);
    assert.equal(parseSaslPlain('='), 'malformed');
    assert.equal(parseSaslPlain(Buffer.from([0, 0xff, 0, 0x61]).toString('base64')), 'malformed');
    for (const bad of ['A', 'AB=C', 'AGFsaWNlAHg', '!!!!', 'AGFs aWNl']) assert.equal(parseSaslPlain(bad), 'not-base64', bad);
  });
});
