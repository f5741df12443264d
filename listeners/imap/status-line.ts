import type { Mailbox, MailboxStatus, MailboxStore } from '../../core/mailbox/mailbox-store.ts';
import { smtpSettings } from '../../core/settings/listeners.ts';
import type { LiveSettings } from '../../core/settings/live-settings.ts';
import { deleted } from '../../core/values/flags.ts';
import { type Agreed, namesAreUtf8 } from './wire/agreed.ts';
import type { StatusItem } from './wire/command.ts';
import { formatMailbox } from './wire/format.ts';

/** With what stands in no mailbox's row. */
export interface StatusCounts extends MailboxStatus {
  /** Octets of messages with \Deleted. */
  readonly deletedSize: number;
}

const values: Readonly<Record<StatusItem, (status: StatusCounts, mailbox: Mailbox, settings: LiveSettings) => number | bigint | string>> = {
  MESSAGES: ({ messages }) => messages,
  RECENT: ({ recent }) => recent,
  UIDNEXT: ({ uidNext }) => uidNext,
  UIDVALIDITY: (_, { uidValidity }) => uidValidity,
  UNSEEN: ({ unseen }) => unseen,
  DELETED: ({ deleted }) => deleted,
  'DELETED-STORAGE': ({ deletedSize }) => deletedSize,
  SIZE: ({ size }) => size,
  HIGHESTMODSEQ: ({ highestModseq }) => highestModseq,
  APPENDLIMIT: (_, __, settings) => settings.get(smtpSettings.messageSize), // RFC 7889
  MAILBOXID: (_, mailbox) => `(${mailboxObjectId(mailbox)})`,
};

/** MAILBOXID (RFC 8474 section 4): it outlives renames. */
export const mailboxObjectId = ({ id, objectId = id }: Pick<Mailbox, 'id' | 'objectId'>): string => `F${objectId}`;

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
  status: StatusCounts,
  items: readonly StatusItem[],
  { agreed, settings }: Telling,
): string {
  const told = items.map((item) => `${item} ${values[item](status, mailbox, settings)}`);
  return `* STATUS ${formatMailbox(name, namesAreUtf8(agreed))} (${told.join(' ')})`;
}

/** DELETED-STORAGE (RFC 9208 section 4.1.4) is the one item that needs a look at the messages, and only where some have \Deleted. */
export async function countsFor(
  items: readonly StatusItem[],
  { id }: Pick<Mailbox, 'id'>,
  status: MailboxStatus,
  mailboxes: Pick<MailboxStore, 'snapshot' | 'sizes'>,
): Promise<StatusCounts> {
  if (!items.includes('DELETED-STORAGE') || status.deleted === 0) return { ...status, deletedSize: 0 };
  const { rows } = await mailboxes.snapshot(id);
  const gone = new Set(rows.flatMap(({ uid, flags }) => (flags.includes(deleted) ? [uid] : [])));
  const sizes = await mailboxes.sizes(id);
  return { ...status, deletedSize: sizes.reduce((sum, { uid, size }) => (gone.has(uid) ? sum + size : sum), 0) };
}
