import type { Mailbox, MailboxStatus } from '../../core/mailbox/mailbox-store.ts';
import { smtpSettings } from '../../core/settings/listeners.ts';
import type { LiveSettings } from '../../core/settings/live-settings.ts';
import { type Agreed, namesAreUtf8 } from './wire/agreed.ts';
import type { StatusItem } from './wire/command.ts';
import { formatMailbox } from './wire/format.ts';

const values: Readonly<Record<StatusItem, (status: MailboxStatus, mailbox: Mailbox, settings: LiveSettings) => number | bigint | string>> =
  {
    MESSAGES: ({ messages }) => messages,
    RECENT: ({ recent }) => recent,
    UIDNEXT: ({ uidNext }) => uidNext,
    UIDVALIDITY: (_, { uidValidity }) => uidValidity,
    UNSEEN: ({ unseen }) => unseen,
    DELETED: ({ deleted }) => deleted,
    SIZE: ({ size }) => size,
    HIGHESTMODSEQ: ({ highestModseq }) => highestModseq,
    APPENDLIMIT: (_, __, settings) => settings.get(smtpSettings.messageSize), // RFC 7889
    MAILBOXID: (_, mailbox) => `(${mailboxObjectId(mailbox)})`,
  };

/** MAILBOXID (RFC 8474 section 4): it outlives renames. */
export const mailboxObjectId = ({ id }: Pick<Mailbox, 'id'>): string => `F${id}`;

/** A mailbox, as this account is told it. */
export interface Told {
  readonly name: string;
  readonly mailbox: Mailbox;
}

interface Telling {
  readonly agreed: Agreed;
  readonly settings: LiveSettings;
}

/** The untagged response of STATUS, and of LIST that asks for counts. */
export function statusLine(
  { name, mailbox }: Told,
  status: MailboxStatus,
  items: readonly StatusItem[],
  { agreed, settings }: Telling,
): string {
  const told = items.map((item) => `${item} ${values[item](status, mailbox, settings)}`);
  return `* STATUS ${formatMailbox(name, namesAreUtf8(agreed))} (${told.join(' ')})`;
}
