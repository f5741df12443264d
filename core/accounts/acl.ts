import { type AccountId, parseAccountId } from '../values/address.ts';
import type { Brand } from '../values/brand.ts';
import { anonymousAccount, anonymousRights, isAnonymous, publicOwner } from './principal.ts';
import { allRights, formatRights, noRights, parseRights, type Right, type Rights } from './rights.ts';

/** Who an entry is about: an account, `anyone`, `anonymous`; with `-` before it, the rights are taken away (RFC 4314 section 2). */
export type Identifier = Brand<string, 'Identifier'>;

/** Identifiers and what they have, in letters. Without an entry of its own the owner has all; others have nothing. */
export type Acl = ReadonlyMap<Identifier, string>;

export const emptyAcl: Acl = new Map();

export const anyone = 'anyone' as Identifier;

/** A list of rights is read with each name: it stays short. Whoever shares with more people shares with `anyone`. */
export const maxAclEntries = 32;

/** Owners whose mailboxes one account can see, and of `anyone` once more: each costs a query per LIST. */
export const maxSharers = 200;

/**
 * Mailboxes of one owner that may be about one identifier: they all stand in the LIST of whom they are about. What is shared with everybody stands
 * in everybody's, and nobody can keep it out of theirs.
 */
export const maxShared = (identifier: Identifier): number => (identifier === anyone ? 100 : 1_000);

export type AclChange = { readonly how: 'replace' | 'add' | 'remove'; readonly rights: Rights };

/** What nobody can take from the owner. */
const ownersAlways: Rights = new Set<Right>(['l', 'a']);

/** @returns undefined for what can be nobody's name */
export function parseIdentifier(text: string): Identifier | undefined {
  const isNegative = text.startsWith('-');
  const name = isNegative ? text.slice(1) : text;
  const word = name.toLowerCase();
  const known = word === anyone || word === anonymousAccount ? word : parseAccountId(name.normalize('NFC'));
  return known === undefined ? undefined : ((isNegative ? `-${known}` : known) as Identifier);
}

/**
 * Those that apply to somebody. `anyone` is everybody, anonymous ones too (RFC 4314 section 2). An address that begins with `-` can't be named:
 * what is taken from `bob@…` is not given to `-bob@…`.
 */
export const identifiersOf = (account: AccountId): readonly Identifier[] =>
  account.startsWith('-') ? [anyone] : [account as string as Identifier, anyone];

/** The union of what is given, less the union of what is taken away. */
export function rightsOf(account: AccountId, { account: owner, acl = emptyAcl }: Shared): Rights {
  const isOwner = account === owner;
  if (isOwner && acl.size === 0) return allRights;
  const who = identifiersOf(account);
  const given = new Set<Right>(isOwner && !acl.has(owner as string as Identifier) ? allRights : noRights);
  for (const one of who) for (const right of lettersOf(acl, one)) given.add(right);
  for (const one of who) for (const right of lettersOf(acl, `-${one}` as Identifier)) given.delete(right);
  if (isOwner) return given.union(ownersAlways);
  return isAnonymous(account) ? given.intersection(anonymousRights) : given;
}

interface Shared {
  readonly account: AccountId;
  readonly acl?: Acl;
}

const lettersOf = (acl: Acl, identifier: Identifier): Rights => parseRights(acl.get(identifier) ?? '') ?? noRights;

/** What can be granted at all: LISTRIGHTS tells it (RFC 4314 section 3.7). */
export function grantable(identifier: Identifier, owner: AccountId): { readonly always: Rights; readonly optional: Rights } {
  if (identifier === (owner as string)) return { always: ownersAlways, optional: allRights.difference(ownersAlways) };
  return { always: noRights, optional: identifier === (anonymousAccount as string) ? anonymousRights : allRights };
}

/** An entry that says nothing is none, but for the owner's: without one the owner has all. */
export function changedAcl(acl: Acl, owner: AccountId, identifier: Identifier, { how, rights }: AclChange): Acl | 'too-many' {
  const isOwner = identifier === (owner as string);
  const before = isOwner && !acl.has(identifier) ? allRights : lettersOf(acl, identifier);
  const after = how === 'replace' ? rights : how === 'add' ? before.union(rights) : before.difference(rights);
  const changed = new Map(acl);
  if (after.size > 0 || isOwner) changed.set(identifier, formatRights(after));
  else changed.delete(identifier);
  return changed.size > Math.max(maxAclEntries, acl.size) ? 'too-many' : changed;
}

/** As GETACL tells it: the owner first, though it stands in no entry. The owner of public mailboxes is nobody to tell of. */
export function aclTold({ account: owner, acl = emptyAcl }: Shared): readonly (readonly [Identifier, Rights])[] {
  const own = owner as string as Identifier;
  const others = [...acl].filter(([one]) => one !== own).map(([one]) => [one, lettersOf(acl, one)] as const);
  const first = acl.has(own) ? lettersOf(acl, own).union(ownersAlways) : allRights;
  return owner === publicOwner ? others : [[own, first], ...others];
}

/** Whom an entry is about, whether it gives or takes away. */
export const whoseRights = (identifier: Identifier): Identifier => identifier.replace(/^-/, '') as Identifier;

/** Whom a list is about but its owner, whatever it gives them: they find the mailbox by it, and their entries go when they go. */
export const mentionedIn = (acl: Acl | undefined, owner: AccountId): ReadonlySet<Identifier> =>
  new Set([...(acl?.keys() ?? [])].map(whoseRights).filter((one) => one !== (owner as string)));

/** @returns the list without a word about somebody */
export const withoutMention = (acl: Acl, identifier: Identifier): Acl =>
  new Map([...acl].filter(([one]) => one !== identifier && one !== `-${identifier}`));
