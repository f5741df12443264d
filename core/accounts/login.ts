import type { EventLog } from '../observe/event-log.ts';
import type { LiveSettings } from '../settings/live-settings.ts';
import { loginSettings } from '../settings/login.ts';
import { parseAccountId } from '../values/address.ts';
import type { Clock } from '../values/clock.ts';
import type { Network } from '../values/network.ts';
import type { Refusal } from '../values/refusal.ts';
import type { Account, AccountDirectory } from './account-directory.ts';
import type { LoginFailures } from './login-failures.ts';
import { findByLoginName } from './login-name.ts';
import type { PasswordHasher } from './password-hasher.ts';
import { preparePassword } from './password-text.ts';
import { VerifiedLogins } from './verified-logins.ts';

/** Checks passwords and certificates, whatever protocol they came by. One per process. */
export interface Login {
  /**
   * @param user the account's address, or a bare local part (see findByLoginName)
   * @param network who asks; its failures are counted over ten minutes, in all processes
   * @returns the account; or `bad-credentials` (unknown account and wrong password alike, in time too), `too-many-failed-logins`
   *   when the network has used up `login/failures-per-address` (nothing was hashed), or `login-busy` (not a wrong password)
   */
  check(user: string, password: string, network: Network): Promise<Account | Refusal>;
  /**
   * @param addresses in a client certificate that was found good
   * @param authzid whom the client wants to be; empty: the first account among the addresses
   * @returns the account; or `bad-credentials`, when no address is that of an account or that of the one it wants to be
   */
  certificate(addresses: readonly string[], authzid: string, network: Network): Promise<Account | Refusal>;
  close(): void;
}

/** Of one certificate that are looked up. */
const mostAddresses = 20;

export interface LoginDeps {
  readonly accounts: AccountDirectory;
  readonly passwords: PasswordHasher;
  readonly failures: LoginFailures;
  readonly clock: Clock;
  readonly settings: LiveSettings;
  readonly log: EventLog;
  /** A keyed one-way function; the key is random, of this boot, and told to nobody. */
  readonly fingerprint: (text: string) => string;
}

export function createLogin(deps: LoginDeps): Login {
  const { accounts, passwords, failures, clock, fingerprint } = deps;
  const findAccount = findByLoginName(accounts, deps.settings);
  const verified = new VerifiedLogins(clock);
  const verify = sharedVerify(passwords);
  const unwatch = accounts.watch((id) => verified.forget(id));
  // Unknown accounts are verified against this, so that they take as long as known ones.
  const nobodysHash = passwords.hash(fingerprint(`nobody ${clock.now()}`));
  nobodysHash.catch(() => {}); // whoever awaits it gets the error

  const failed = async (network: Network): Promise<Refusal> => {
    await failures.record(network, clock.now());
    return { refused: 'bad-credentials' };
  };

  const isBlocked = async (network: Network): Promise<boolean> => {
    const limit = deps.settings.get(loginSettings.failuresPerAddress);
    if (limit === 0 || (await failures.count(network, clock.now())) < limit) return false;
    if (deps.settings.get(loginSettings.failuresPerAddress.mode) === 'enforce') return true;
    deps.log.event('login-would-be-refused', { network, limit });
    return false;
  };

  const check = async (user: string, text: string, network: Network): Promise<Account | Refusal> => {
    const account = await findAccount(user);
    const password = preparePassword(text);
    const key = fingerprint(JSON.stringify([network, account?.passwordHash ?? user, account?.id, account?.credentialVersion, password]));
    if (account !== undefined && verified.has(key)) return account;

    if (await isBlocked(network)) {
      // A client that proved its password here a moment ago still gets in beside a guesser at the same address. One wrong try ends
      // that, or the cache would let the guesser go on guessing.
      if (account !== undefined) verified.forget(account.id, network);
      return { refused: 'too-many-failed-logins' };
    }

    if (password === undefined) return failed(network);
    const answer = await verify(key, password, account?.passwordHash ?? (await nobodysHash), network);
    if (answer === 'busy') return { refused: 'login-busy' };
    if (account === undefined || !answer) return failed(network);

    const now = await accounts.find(account.id);
    if (now?.passwordHash !== account.passwordHash) return { refused: 'bad-credentials' }; // changed or removed while we hashed
    verified.add(key, account.id, network);
    return now;
  };

  // A signature can't be guessed: failures of others at the address keep nobody out who has one.
  const certificate = async (addresses: readonly string[], authzid: string, network: Network): Promise<Account | Refusal> => {
    const named = [...new Set(addresses.flatMap((address) => parseAccountId(address) ?? []))].slice(0, mostAddresses);
    const wanted = authzid === '' ? undefined : ((await findAccount(authzid))?.id ?? 'nobody');
    for (const id of named) {
      const account = wanted === undefined || wanted === id ? await accounts.find(id) : undefined;
      if (account !== undefined) return account;
    }
    return failed(network);
  };

  return { check, certificate, close: unwatch };
}

type Verify = (key: string, password: string, phc: string, network: Network) => Promise<boolean | 'busy'>;

/** One hash at a time per key: equal logins that come together wait for the same one. */
function sharedVerify(passwords: PasswordHasher): Verify {
  const running = new Map<string, Promise<boolean | 'busy'>>();
  return (key, password, phc, network) => {
    const known = running.get(key);
    if (known !== undefined) return known;
    const answer = passwords.verify(password, phc, network).finally(() => running.delete(key));
    running.set(key, answer);
    return answer;
  };
}
