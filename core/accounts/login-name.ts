import type { LiveSettings } from '../settings/live-settings.ts';
import { serverSettings } from '../settings/server.ts';
import { parseAccountId } from '../values/address.ts';
import type { Account, AccountDirectory } from './account-directory.ts';

/** What a client sends that wants to be nobody, as custom has had it since FTP. An account of this local part logs in by its whole address. */
export const isAnonymousName = (user: string): boolean => user.trim().toLowerCase() === 'anonymous';

/** Finds who is meant by what a client sent as its user name. */
export type FindByLoginName = (user: string) => Promise<Account | undefined>;

/**
 * A login name is the account's address, in any case. A name without `@` is taken too, as many clients are set up so: first at
 * the server's own host name, then at its parent domain, then wherever exactly one account has that local part.
 */
export function findByLoginName(accounts: Pick<AccountDirectory, 'find' | 'named'>, settings: LiveSettings): FindByLoginName {
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
    const [only, another] = await accounts.named(name.toLowerCase());
    return only === undefined || another !== undefined ? undefined : accounts.find(only);
  };
}

/** `mail.example.org` serves `example.org`; a name of two labels has no parent that could be ours. */
function ownDomains(hostname: string): readonly string[] {
  const labels = hostname.split('.');
  return labels.length > 2 ? [hostname, labels.slice(1).join('.')] : [hostname];
}
