import { type Identifier, identifiersOf, rightsOf } from '../accounts/acl.ts';
import { isAnonymous, publicOwner } from '../accounts/principal.ts';
import type { AccountId } from '../values/address.ts';
import { compareMailboxNames, parentsOf } from './mailbox-name.ts';
import { nameSeen } from './mailbox-place.ts';
import type { Mailbox, MailboxEntry, MailboxStore } from './mailbox-store.ts';

/** A name as somebody may see it. `name` is what they call it; the mailbox has its owner's name. */
export interface VisibleEntry extends MailboxEntry {
  /** A level that leads to what others share, selectable although there is nothing. */
  readonly fake?: true;
}

export interface Looking {
  /** Levels that lead to others' mailboxes can be selected. @default false */
  readonly fakes?: boolean;
  /** False: only the account's own names are of interest, and nobody else's are asked for. @default true */
  readonly others?: boolean;
}

type Ports = Pick<MailboxStore, 'list' | 'sharers' | 'sharedBy'>;

/**
 * All names that this account may see, as MailboxStore.list has them: its own, public ones, those that others share with it.
 * What others share costs one look at an index and one list per owner, of whom there are few (maxSharers).
 */
export async function visibleMailboxes(
  account: AccountId,
  mailboxes: Ports,
  { fakes = false, others: asksForOthers = true }: Looking = {},
): Promise<readonly VisibleEntry[]> {
  const [own, others] = await Promise.all([
    isAnonymous(account) ? [] : mailboxes.list(account),
    asksForOthers ? sharedMailboxes(account, mailboxes) : [],
  ]);
  // Its subscriptions are among its own names, those of others' mailboxes too, seen or not.
  if (others.length === 0) return own;
  const entries = new Map<string, VisibleEntry>(own.map((entry) => [entry.name, entry]));
  const subscribed = (name: string): boolean => entries.get(name)?.subscribed === true;
  for (const [name] of others) {
    for (const level of parentsOf(name)) entries.set(level, { name: level, subscribed: subscribed(level), ...(fakes && { fake: true }) });
  }
  for (const [name, mailbox] of others) entries.set(name, { name, mailbox, subscribed: subscribed(name) });
  return [...entries.values()].sort((a, b) => compareMailboxNames(a.name, b.name));
}

/** Levels that lead to what others share with this account, its own not among them: those that are told of can be selected, with fakes. */
export async function isLevelToOthers(name: string, account: AccountId, mailboxes: Ports): Promise<boolean> {
  const others = await sharedMailboxes(account, mailboxes);
  return others.some(([seen]) => seen.startsWith(`${name}/`)) && !others.some(([seen]) => seen === name);
}

/** What an index says may be old, or of an entry that gives no right to look: each list of rights is asked. */
async function sharedMailboxes(account: AccountId, mailboxes: Ports): Promise<readonly (readonly [name: string, mailbox: Mailbox])[]> {
  const who = identifiersOf(account);
  const sharers = await mailboxes.sharers(who);
  const owners = sharers.filter((owner) => owner !== account && (owner === publicOwner || !isAnonymous(account)));
  const found: (readonly [string, Mailbox])[] = [];
  for (let at = 0; at < owners.length; at += ownersAtOnce) {
    const lists = await Promise.all(owners.slice(at, at + ownersAtOnce).map((owner) => sharedWith(who, owner, mailboxes)));
    for (const mailbox of lists.flat()) {
      if (!rightsOf(account, mailbox).has('l')) continue;
      const name = nameSeen({ owner: mailbox.account, name: mailbox.name }, account);
      if (name !== undefined) found.push([name, asSeenBy(account, mailbox)]);
    }
  }
  return found;
}

const ownersAtOnce = 8;

/** Not all of an owner's names where the store knows better: they may be ten thousand, and everybody's LIST would read them. */
async function sharedWith(who: readonly Identifier[], owner: AccountId, mailboxes: Ports): Promise<readonly Mailbox[]> {
  if (mailboxes.sharedBy !== undefined) return await mailboxes.sharedBy(owner, who);
  return (await mailboxes.list(owner)).flatMap(({ mailbox }) => mailbox ?? []);
}

/** A use is its owner's own (RFC 6154 section 4): a client that met two mailboxes for sent mail could keep its user's in somebody else's. */
export function asSeenBy(account: AccountId, mailbox: Mailbox): Mailbox {
  if (mailbox.account === account || mailbox.specialUse === undefined) return mailbox;
  const { specialUse: _, ...seen } = mailbox;
  return seen;
}
