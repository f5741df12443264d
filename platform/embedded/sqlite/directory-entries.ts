import type { DirectoryEntries } from '../../../core/accounts/resolve-address.ts';
import { type AccountId, type Address, accountIdOf } from '../../../core/values/address.ts';
import type { Connection } from './connection.ts';

/** The directory as one connection sees it, by its indexes. */
export const directoryEntries = (sql: Connection): DirectoryEntries => ({
  entry(address) {
    const key = accountIdOf(address);
    if (sql.get('SELECT 1 FROM accounts WHERE id = ?', key) !== undefined) return { account: key };
    const alias = sql.get<{ targets: string }>('SELECT targets FROM aliases WHERE key = ?', key);
    return alias === undefined ? undefined : { targets: JSON.parse(alias.targets) as readonly Address[] };
  },

  isLocalDomain: (domain) =>
    sql.get('SELECT 1 FROM accounts WHERE domain = ?1 UNION ALL SELECT 1 FROM aliases WHERE domain = ?1 LIMIT 1', domain) !== undefined,

  firstAccount: () => sql.get<{ id: AccountId }>('SELECT id FROM accounts ORDER BY created_at, credential_version LIMIT 1')?.id,
});
