import type { AccountDirectoryDeps } from './account-directory.ts';

export type RemovalDeps = Pick<AccountDirectoryDeps, 'client' | 'tables' | 'clock' | 'teller'>;

/**
 * Goes on with removing the mailboxes of accounts whose removal was begun by a process that died. Safe to repeat, and to run twice at once.
 * @param deadline ms since the epoch: no new step is begun after it
 * @returns false when there is more to do
 */
export async function finishRemovals(_deps: RemovalDeps, _deadline: number): Promise<boolean> {
  throw new Error('nothing is removed yet');
}
