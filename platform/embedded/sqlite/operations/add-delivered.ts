import { type StoredFlags, storeFlags } from '../../../../core/mailbox/stored-flags.ts';
import type { AccountId } from '../../../../core/values/address.ts';
import type { Write } from '../write.ts';
import { type MailboxCounters, placeAll } from './append.ts';
import { type BodyRow, type BodyToTake, changeRefs, takeBody } from './body-rows.ts';
import { createMailbox } from './mailboxes.ts';

export interface AddDelivered {
  readonly body: BodyToTake;
  readonly copies: readonly {
    readonly account: AccountId;
    readonly prefix: string;
    readonly date: number;
    readonly junk: boolean;
    readonly key?: string;
  }[];
  readonly now: number;
}

type Place = MailboxCounters & { readonly id: number };

const noFlags: StoredFlags = storeFlags([]);

/** The message comes in and lands in one transaction. @returns false, nothing written, when an INBOX is gone */
export function addDelivered(write: Write, { body, copies, now }: AddDelivered): boolean {
  const inboxes = copies.map(({ account }) => placeOf(write, "account = ? AND name = 'INBOX'", account));
  if (inboxes.includes(undefined)) return false;
  let taken: BodyRow | undefined; // only when a copy is new does anybody need it
  const take = (): BodyRow => {
    if (taken === undefined) taken = takeBody(write, body, 1);
    else changeRefs(write, taken.seq, 1);
    return taken;
  };
  copies.forEach(({ account, prefix, date, junk, key }, i) => {
    const inbox = inboxes[i] as Place;
    const place = junk ? (junkOf(write, account, now) ?? inbox) : inbox;
    placeAll(write, place.id, place, now, [{ key }], () => {
      const { seq, size } = take();
      return { ...noFlags, prefix, date, key, body: seq, bodySize: size };
    });
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
