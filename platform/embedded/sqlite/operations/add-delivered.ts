import type { AccountId } from '../../../../core/values/address.ts';
import { type StoredFlags, storeFlags } from '../stored-flags.ts';
import type { Write } from '../write.ts';
import { type MailboxCounters, placeAll } from './append.ts';
import { type BodyToTake, takeBody } from './body-rows.ts';
import { createMailbox } from './mailboxes.ts';

export interface AddDelivered {
  readonly body: BodyToTake;
  readonly copies: readonly { readonly account: AccountId; readonly prefix: string; readonly date: number; readonly junk: boolean }[];
  readonly now: number;
}

type Place = MailboxCounters & { readonly id: number };

const noFlags: StoredFlags = storeFlags([]);

/** The message comes in and lands in one transaction. @returns false, nothing written, when an INBOX is gone */
export function addDelivered(write: Write, { body, copies, now }: AddDelivered): boolean {
  const inboxes = copies.map(({ account }) => placeOf(write, "account = ? AND name = 'INBOX'", account));
  if (inboxes.includes(undefined)) return false;
  const { seq, size } = takeBody(write, body, copies.length);
  copies.forEach(({ account, prefix, date, junk }, i) => {
    const inbox = inboxes[i] as Place;
    const place = junk ? (junkOf(write, account, now) ?? inbox) : inbox;
    placeAll(write, place.id, place, now, [{}], () => ({ ...noFlags, prefix, date, body: seq, bodySize: size }));
  });
  return true;
}

/** As core/mailbox/junk-mailbox.ts chooses. @returns undefined when there is none and none can be made */
function junkOf(write: Write, account: AccountId, now: number): Place | undefined {
  const found =
    placeOf(write, 'account = ? AND special_use = ?', account, '\\Junk') ?? placeOf(write, 'account = ? AND name = ?', account, 'Junk');
  if (found !== undefined) return found;
  const made = createMailbox(write, { account, name: 'Junk', now, specialUse: '\\Junk' });
  return typeof made === 'string' ? undefined : placeOf(write, 'id = ?', made.id);
}

const placeOf = ({ sql }: Write, where: string, ...params: (string | number)[]): Place | undefined =>
  sql.get<Place>(`SELECT id, uid_next, highest_modseq FROM mailboxes WHERE ${where}`, ...params);
