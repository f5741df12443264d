import { isPerson } from '../../core/accounts/principal.ts';
import type { Right, Rights } from '../../core/accounts/rights.ts';
import type { Annotation, AnnotationSet } from '../../core/mailbox/annotations.ts';
import type { Mailbox } from '../../core/mailbox/mailbox-store.ts';
import type { AccountId } from '../../core/values/address.ts';
import type { ImapPorts } from './answer.ts';
import { noMailbox, noPermission, reachMailbox } from './reach-mailbox.ts';
import type { Authenticated, Selected } from './state.ts';
import { type Agreed, namesAreUtf8 } from './wire/agreed.ts';
import { formatMailbox } from './wire/format.ts';
import { formatAstring, formatNstring8 } from './wire/format-string.ts';

/** What an entry is of: a mailbox, or the server. */
export interface Annotated {
  /** As the client is told it; empty for the server. */
  readonly name: string;
  readonly mailbox: Mailbox | undefined;
  readonly rights: Rights;
}

/** A whole name of RFC 5464 with its value. */
export interface Entry {
  readonly entry: string;
  readonly value: string | undefined;
}

const scopes = ['/private', '/shared'] as const;
export type Scope = (typeof scopes)[number];

export const scopeOf = (entry: string): Scope => (entry.startsWith('/private') ? '/private' : '/shared');

/** Any of these lets somebody have annotations, beside `l` (RFC 5464 section 3.3). */
const anyOf: readonly Right[] = ['r', 's', 'w', 'i', 'p'];
export const mayAnnotate = (rights: Rights): boolean => rights.has('l') && anyOf.some((right) => rights.has(right));

const none: Rights = new Set();

/** @returns a reply where that can't be */
export async function reachAnnotated(
  name: string,
  state: Authenticated | Selected,
  ports: Pick<ImapPorts, 'mailboxes' | 'settings'>,
): Promise<Annotated | string> {
  if (name === '') return { name, mailbox: undefined, rights: none };
  const reached = await reachMailbox(name, 'l', state, ports);
  if (reached === 'absent') return noMailbox;
  return reached === 'denied' || !mayAnnotate(reached.rights) ? noPermission : reached;
}

/** The set that an account's entries of a scope are kept in. @returns undefined when there can be none: nobody shares what is the server's, and who has no name has nothing private */
export function setOf(scope: Scope, mailbox: Mailbox | undefined, account: AccountId): AnnotationSet | undefined {
  if (scope === '/shared') return mailbox && { of: 'mailbox', mailbox };
  if (!isPerson(account)) return undefined;
  return mailbox === undefined ? { of: 'server', account } : { of: 'mailbox', mailbox, account };
}

/** What is told and not kept: nobody can set it. @param admin address or URI of the operator, or nothing */
export function computedEntries(mailbox: Mailbox | undefined, admin: string): readonly Entry[] {
  if (mailbox === undefined)
    return admin === '' ? [] : [{ entry: '/shared/admin', value: admin.includes('@') ? `mailto:${admin}` : admin }];
  // RFC 6154 section 4.
  return mailbox.specialUse === undefined ? [] : [{ entry: '/private/specialuse', value: mailbox.specialUse }];
}

export const isComputed = (entry: string, mailbox: Mailbox | undefined): boolean =>
  mailbox === undefined ? entry === '/shared/admin' : entry === '/private/specialuse';

export const wholeNames = (scope: Scope, annotations: readonly Annotation[]): readonly Entry[] =>
  annotations.map(({ name, value }) => ({ entry: scope + name, value }));

/** Those that were asked for by name; NIL for what there is not. */
export function namedEntries(asked: readonly string[], there: readonly Entry[]): readonly Entry[] {
  const values = new Map(there.map(({ entry, value }) => [entry, value]));
  return [...new Set(asked)].map((entry) => ({ entry, value: values.get(entry) }));
}

/** @returns nothing when there is nothing to tell: the grammar has no empty list */
export function metadataLines(name: string, entries: readonly Entry[], agreed: Agreed): readonly string[] {
  if (entries.length === 0) return [];
  const told = entries.map(({ entry, value }) => `${formatAstring(entry)} ${formatNstring8(value)}`);
  return [`* METADATA ${formatMailbox(name, namesAreUtf8(agreed))} (${told.join(' ')})`];
}
