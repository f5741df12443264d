import { type Account, type AccountDirectory, maxTargets } from '../../../core/accounts/account-directory.ts';
import { resolveAddress, withoutDetail } from '../../../core/accounts/resolve-address.ts';
import { type AccountId, type Address, accountIdOf, localPartOf, parseAccountId } from '../../../core/values/address.ts';
import type { Clock } from '../../../core/values/clock.ts';
import type { ChangeFeed } from './change-feed.ts';
import { directoryEntries } from './directory-entries.ts';
import { type AccountRow, type AliasRow, accountColumns } from './operations/accounts.ts';
import type { Reads } from './reads.ts';
import type { Writer } from './writer.ts';

export interface AccountDirectoryDeps {
  readonly reads: Reads;
  readonly writer: Writer;
  readonly feed: ChangeFeed;
  readonly clock: Clock;
}

export function sqliteAccountDirectory({ reads, writer, feed, clock }: AccountDirectoryDeps): AccountDirectory {
  // Nearly every recipient is an account by its own name, which one statement tells.
  const resolve: AccountDirectory['resolve'] = async (address) => {
    const account = accountIdOf(address);
    const known = await reads.one((sql) => sql.get('SELECT 1 FROM accounts WHERE id = ?', account));
    if (known !== undefined) return { kind: 'local', accounts: [account], forwards: [] };
    return await reads.now((sql) => resolveAddress(address, directoryEntries(sql)));
  };
  return {
    resolve,
    watch: (changed) => feed.watchAccounts(changed),

    async find(id) {
      const row = await reads.one((sql) => sql.get<AccountRow>(`SELECT ${accountColumns} FROM accounts WHERE id = ?`, id.toLowerCase()));
      return row === undefined ? undefined : accountOf(row);
    },

    async maySendAs(account, sender) {
      const own = accountIdOf(sender);
      if (own === account || withoutDetail(own) === account) return true;
      const destination = await resolve(sender);
      return destination.kind === 'local' && destination.accounts.includes(account);
    },

    list: () => reads.one((sql) => sql.all<AccountRow>(`SELECT ${accountColumns} FROM accounts ORDER BY id`).map(accountOf)),

    async named(localPart) {
      // `A` is the character after `@`: exactly what begins so, by the primary key. A quoted local part may have an `@` of its own.
      const sql = 'SELECT id FROM accounts WHERE id > ? AND id < ?';
      const rows = await reads.one((connection) => connection.all<{ id: AccountId }>(sql, `${localPart}@`, `${localPart}A`));
      return rows.flatMap(({ id }) => (localPartOf(id) === localPart ? [id] : [])).slice(0, 2);
    },

    async add(id, hash) {
      if (parseAccountId(id) !== id) throw new Error(`not an account id: ${JSON.stringify(id)}`);
      const added = await writer.run('addAccount', { id, hash, now: clock.now() });
      return typeof added === 'string' ? added : accountOf(added);
    },

    remove: (id) => writer.run('removeAccount', { id }),

    async setPassword(id, hash) {
      const changed = await writer.run('setPassword', { id, hash });
      return typeof changed === 'string' ? changed : accountOf(changed);
    },

    setQuota: (id, { octets, messages }) => writer.run('setQuota', { id, octets: octets ?? null, messages: messages ?? null }),

    async listAliases() {
      const rows = await reads.one((sql) => sql.all<AliasRow>('SELECT address, targets FROM aliases ORDER BY key'));
      return rows.map(({ address, targets }) => ({ address, targets: JSON.parse(targets) as readonly Address[] }));
    },

    async addAlias({ address, targets }) {
      if (targets.length === 0 || targets.length > maxTargets) throw new Error(`an alias has 1 to ${maxTargets} targets`);
      return await writer.run('addAlias', { address, targets });
    },

    removeAlias: (address) => writer.run('removeAlias', { address }),
  };
}

const accountOf = (row: AccountRow): Account => ({
  id: row.id as AccountId,
  passwordHash: row.password_hash,
  credentialVersion: row.credential_version,
  createdAt: row.created_at,
  ...quotaOf(row),
});

function quotaOf({ quota_octets: octets, quota_messages: messages }: AccountRow): Pick<Account, 'quota'> {
  if (octets === null && messages === null) return {};
  return { quota: { ...(octets === null ? {} : { octets }), ...(messages === null ? {} : { messages }) } };
}
