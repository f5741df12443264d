import type { LiveSettings } from '../settings/live-settings.ts';
import { serverSettings } from '../settings/server.ts';
import { type AccountId, localPartOf, parseAccountId } from '../values/address.ts';
import type { Clock } from '../values/clock.ts';
import type { Account, AccountDirectory } from './account-directory.ts';

const listAge = 5_000; // ms; reading all accounts for each bare name would let strangers keep the store busy

/** Finds who is meant by what a client sent as its user name. */
export type FindByLoginName = (user: string) => Promise<Account | undefined>;

/**
 * A login name is the account's address, in any case. A name without `@` is taken too, as many clients are set up so: first at
 * the server's own host name, then at its parent domain, then wherever exactly one account has that local part.
 */
export function findByLoginName(accounts: AccountDirectory, settings: LiveSettings, clock: Clock): FindByLoginName {
  const onlyHolder = localPartIndex(accounts, clock);

  return async (user) => {
    const name = user.trim().normalize('NFC');
    if (name.includes('@')) {
      const id = parseAccountId(name);
      return id === undefined ? undefined : accounts.find(id);
    }
    for (const domain of ownDomains(settings.get(serverSettings.hostname))) {
      const id = parseAccountId(`${name}@${domain}`);
      const account = id === undefined ? undefined : await accounts.find(id);
      if (account !== undefined) return account;
    }
    const id = await onlyHolder(name.toLowerCase());
    return id === undefined ? undefined : accounts.find(id);
  };
}

/** `mail.example.org` serves `example.org`; a name of two labels has no parent that could be ours. */
function ownDomains(hostname: string): readonly string[] {
  const labels = hostname.split('.');
  return labels.length > 2 ? [hostname, labels.slice(1).join('.')] : [hostname];
}

/** @returns a look-up that answers the account whose local part is unique over all domains */
function localPartIndex(accounts: AccountDirectory, clock: Clock): (localPart: string) => Promise<AccountId | undefined> {
  let index: Promise<ReadonlyMap<string, AccountId | 'several'>> | undefined;
  let readAt = 0;

  return async (localPart) => {
    if (index === undefined || clock.monotonic() - readAt > listAge) {
      readAt = clock.monotonic();
      index = accounts.list().then(byLocalPart);
      index.catch(() => {
        index = undefined; // the next login reads again; this one's error goes to whoever awaits it
      });
    }
    const found = (await index).get(localPart);
    return found === 'several' ? undefined : found;
  };
}

function byLocalPart(all: readonly Account[]): ReadonlyMap<string, AccountId | 'several'> {
  const index = new Map<string, AccountId | 'several'>();
  for (const { id } of all) index.set(localPartOf(id), index.has(localPartOf(id)) ? 'several' : id);
  return index;
}
