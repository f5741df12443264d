import { rightsOf } from '../../core/accounts/acl.ts';
import { isPerson } from '../../core/accounts/principal.ts';
import type { Right, Rights } from '../../core/accounts/rights.ts';
import { emptyMailbox } from '../../core/mailbox/empty-mailbox.ts';
import { parentsOf } from '../../core/mailbox/mailbox-name.ts';
import { type MailboxPlace, nameSeen, placeOf, usersLevel } from '../../core/mailbox/mailbox-place.ts';
import type { Mailbox, MailboxRefusal } from '../../core/mailbox/mailbox-store.ts';
import { asSeenBy, isLevelToOthers } from '../../core/mailbox/visible-mailboxes.ts';
import { imapSettings } from '../../core/settings/listeners.ts';
import type { AccountId } from '../../core/values/address.ts';
import type { ImapPorts } from './answer.ts';
import type { Authenticated, Selected } from './state.ts';

/** A mailbox that a client has named, and what its account may do in it. */
export interface Reached {
  readonly mailbox: Mailbox;
  readonly rights: Rights;
  /** As this account is told it; the mailbox itself has its owner's name. */
  readonly name: string;
}

type Who = Pick<Authenticated | Selected, 'account'>;
type Ports = Pick<ImapPorts, 'mailboxes' | 'settings'>;

/**
 * Finds the mailbox that a command names.
 * @param right what the command needs there (RFC 4314 section 4)
 * @returns `absent` also for one that the account may not look up, whatever else it may do there: the two must look the same
 */
export async function reachMailbox(name: string, right: Right, { account }: Who, ports: Ports): Promise<Reached | 'absent' | 'denied'> {
  const place = placeOf(name, account);
  if (place === undefined) return 'absent';
  const found = (await visible(place, account, ports)) ?? (await levelToOthers(place, account, ports));
  if (found === undefined) return 'absent';
  const rights = rightsOf(account, found.mailbox);
  return rights.has(right) ? { ...found, rights } : 'denied';
}

type Found = Pick<Reached, 'mailbox' | 'name'>;

async function visible(place: MailboxPlace | 'users', account: AccountId, { mailboxes }: Ports): Promise<Found | undefined> {
  if (place === 'users' || place.name === '') return undefined;
  const mailbox = await mailboxes.find(place.owner, place.name);
  if (mailbox === undefined || !rightsOf(account, mailbox).has('l')) return undefined;
  const name = nameSeen({ owner: place.owner, name: mailbox.name }, account);
  return name === undefined ? undefined : { mailbox: asSeenBy(account, mailbox), name };
}

/** A level that leads to mailboxes of others, where such can be selected. */
async function levelToOthers(
  place: MailboxPlace | 'users',
  account: AccountId,
  { mailboxes, settings }: Ports,
): Promise<Found | undefined> {
  if ((place !== 'users' && place.owner === account) || !settings.get(imapSettings.fakeInaccessibleMailboxes)) return undefined;
  const name = place === 'users' ? usersLevel : nameSeen(place, account);
  if (name === undefined || !(await isLevelToOthers(name, account, mailboxes))) return undefined;
  return { mailbox: emptyMailbox(name), name };
}

/**
 * Where a mailbox is to be made, under this name or by a rename: whose it will be, and its name there.
 * @returns `denied` unless the account may create in the nearest mailbox above (RFC 4314 section 4); one's own first level is free
 */
export async function reachNewName(name: string, { account }: Who, ports: Ports): Promise<MailboxPlace | 'denied' | 'bad-name'> {
  if (!isPerson(account)) return 'denied';
  const place = placeOf(name, account);
  if (place === undefined || place === 'users' || place.name === '') return 'bad-name';
  const above = await nearestAbove(place, ports);
  const mayCreate = above === undefined ? place.owner === account : mayIn(above, 'k', account);
  return mayCreate ? place : 'denied';
}

/** A hidden mailbox above counts: what is made under it would be hidden too. */
async function nearestAbove({ owner, name }: MailboxPlace, { mailboxes }: Ports): Promise<Mailbox | undefined> {
  for (const above of parentsOf(name).toReversed()) {
    const mailbox = await mailboxes.find(owner, above);
    if (mailbox !== undefined) return mailbox;
  }
  return undefined;
}

const mayIn = (mailbox: Mailbox, right: Right, account: AccountId): boolean => {
  const rights = rightsOf(account, mailbox);
  return rights.has('l') && rights.has(right);
};

/**
 * Where a name that is to be deleted or renamed stands. One's own is reached whether there is a mailbox or only a level: what it is, the
 * store says.
 */
export async function reachOldName(name: string, who: Who, ports: Ports): Promise<MailboxPlace | 'absent' | 'denied'> {
  const reached = await reachMailbox(name, 'x', who, ports);
  if (reached === 'denied') return 'denied';
  if (reached !== 'absent') return { owner: reached.mailbox.account, name: reached.mailbox.name };
  const place = placeOf(name, who.account);
  return typeof place === 'object' && place.owner === who.account ? place : 'absent';
}

/** That a name is taken is told only to who may look up what has it. */
export async function takenOrDenied(place: MailboxPlace, { account }: Who, { mailboxes }: Ports): Promise<MailboxRefusal | 'denied'> {
  if (place.owner === account) return 'exists';
  const mailbox = await mailboxes.find(place.owner, place.name);
  return mailbox !== undefined && rightsOf(account, mailbox).has('l') ? 'exists' : 'denied';
}

export const noMailbox = 'NO [NONEXISTENT] No such mailbox';
/** The client may make it and try again (RFC 3501 section 7.1). */
export const noTarget = 'NO [TRYCREATE] No such mailbox';
export const noPermission = 'NO [NOPERM] Permission denied';
