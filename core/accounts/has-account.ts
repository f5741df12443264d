import type { AccountId, Address } from '../values/address.ts';
import type { AccountDirectory } from './account-directory.ts';

/** @returns whether there is such an account, asked in the way that whoever may not see passwords can */
export async function hasAccount(accounts: Pick<AccountDirectory, 'resolve'>, account: AccountId): Promise<boolean> {
  const destination = await accounts.resolve(account as string as Address);
  return destination.kind === 'local' && destination.accounts.includes(account);
}
