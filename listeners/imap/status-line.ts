import type { Mailbox, MailboxStatus } from '../../core/mailbox/mailbox-store.ts';
import { type Agreed, namesAreUtf8 } from './wire/agreed.ts';
import type { StatusItem } from './wire/command.ts';
import { formatMailbox } from './wire/format.ts';

const values: Readonly<Record<StatusItem, (status: MailboxStatus, mailbox: Mailbox) => number | bigint | string>> = {
  MESSAGES: ({ messages }) => messages,
  RECENT: ({ recent }) => recent,
  UIDNEXT: ({ uidNext }) => uidNext,
  UIDVALIDITY: (_, { uidValidity }) => uidValidity,
  UNSEEN: ({ unseen }) => unseen,
  DELETED: ({ deleted }) => deleted,
  SIZE: ({ size }) => size,
  HIGHESTMODSEQ: ({ highestModseq }) => highestModseq,
  MAILBOXID: (_, mailbox) => `(${mailboxObjectId(mailbox)})`,
};

/** MAILBOXID (RFC 8474 section 4): it outlives renames. */
export const mailboxObjectId = ({ id }: Pick<Mailbox, 'id'>): string => `F${id}`;

/** A mailbox, as this account is told it. */
export interface Told {
  readonly name: string;
  readonly mailbox: Mailbox;
}

/** The untagged response of STATUS, and of LIST that asks for counts. */
export function statusLine({ name, mailbox }: Told, status: MailboxStatus, items: readonly StatusItem[], agreed: Agreed): string {
  const told = items.map((item) => `${item} ${values[item](status, mailbox)}`);
  return `* STATUS ${formatMailbox(name, namesAreUtf8(agreed))} (${told.join(' ')})`;
}
