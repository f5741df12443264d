import type { Identifier } from '../accounts/acl.ts';
import type { MailboxId } from '../values/ids.ts';

/**
 * How soon a hint that got lost is made up for. `soon`: somebody has the mailbox open. `later`: one of many that a client only wants to hear of,
 * which may therefore cost little each.
 */
export type HealedBy = 'soon' | 'later';

/**
 * Tells sessions that something happened in a mailbox, or to the names of one account, in this process or another, within a second. What
 * happened, the session asks of MailboxStore and Annotations; a lost hint is healed by the adapter's slow poll.
 */
export interface MailboxChanges {
  /**
   * Of messages, flags, the list of rights and annotations, and of the mailbox's end.
   * @param heard called soon after each change, at least once for a burst of them. @returns stops watching
   */
  watch(mailbox: MailboxId, heard: () => void, healed?: HealedBy): () => void;
  /**
   * Of what somebody would find with LIST: names of their own mailboxes that were made, removed or renamed, their rights, their subscriptions;
   * any list of rights that says something new of them; and of their annotations of the server. What one account shares with `anyone` is heard by who watches
   * that word.
   * @param whose an account, the owner of public mailboxes, `anyone`
   */
  watchNames(whose: Identifier, heard: () => void): () => void;
}
