import type { MailboxId } from '../values/ids.ts';

/**
 * Tells sessions that something happened in a mailbox, in this process or another, within a second. What happened, the session asks of
 * MailboxStore.changesSince; a lost hint is healed by the adapter's slow poll.
 */
export interface MailboxChanges {
  /** @param heard called soon after each change, at least once for a burst of them. @returns stops watching */
  watch(mailbox: MailboxId, heard: () => void): () => void;
}
