import type { AccountId } from '../../../../core/values/address.ts';
import { type StoredFlags, storeFlags } from '../stored-flags.ts';
import type { Write } from '../write.ts';
import { type MailboxCounters, placeAll } from './append.ts';
import { type BodyToTake, takeBody } from './body-rows.ts';

export interface AddDelivered {
  readonly body: BodyToTake;
  readonly copies: readonly { readonly account: AccountId; readonly prefix: string; readonly date: number }[];
  readonly now: number;
}

type Inbox = MailboxCounters & { readonly id: number };

const noFlags: StoredFlags = storeFlags([]);

/** The message comes in and lands in one transaction. @returns false, nothing written, when an INBOX is gone */
export function addDelivered(write: Write, { body, copies, now }: AddDelivered): boolean {
  const inboxes = copies.map(({ account }) =>
    write.sql.get<Inbox>("SELECT id, uid_next, highest_modseq FROM mailboxes WHERE account = ? AND name = 'INBOX'", account),
  );
  if (inboxes.includes(undefined)) return false;
  const { seq, size } = takeBody(write, body, copies.length);
  copies.forEach(({ prefix, date }, i) => {
    const inbox = inboxes[i] as Inbox;
    placeAll(write, inbox.id, inbox, now, [{}], () => ({ ...noFlags, prefix, date, body: seq, bodySize: size }));
  });
  return true;
}
