import type { MessagesDeps } from './messages.ts';

export type PurgeDeps = Pick<MessagesDeps, 'client' | 'table' | 'bodies' | 'clock'>;

/**
 * Removes what deleted mailboxes left, and what processes that died did not come to remove. Safe to repeat, and to run twice at once.
 * @param deadline ms since the epoch: no new step is begun after it
 * @returns false when there is more to do
 */
export async function purgeDoomed(_deps: PurgeDeps, _deadline: number): Promise<boolean> {
  throw new Error('nothing is purged yet');
}
