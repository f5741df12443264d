import type { MailboxStore } from '../../../core/mailbox/mailbox-store.ts';
import { type Messages, type MessagesDeps, openMessages } from './messages.ts';

/** The half that knows mailboxes by name. */
export type MailboxNames = Pick<
  MailboxStore,
  'list' | 'find' | 'create' | 'rename' | 'delete' | 'subscribe' | 'changeRights' | 'acl' | 'sharers'
>;

export interface MailboxStoreDeps extends MessagesDeps {
  /** INBOX is renamed by moving its messages, which is the other half's work. */
  readonly names: (messages: Messages) => MailboxNames;
}

/** Mailboxes on the table of mail, and their bodies in the bucket. `messages` is what the spool delivers by. */
export function dynamoMailboxStore(deps: MailboxStoreDeps): { readonly mailboxes: MailboxStore; readonly messages: Messages } {
  const messages = openMessages(deps);
  return { messages, mailboxes: { ...messages.store, ...deps.names(messages) } };
}
