import type { Mailbox } from '../../../core/mailbox/mailbox-store.ts';
import { keptName } from '../list-line.ts';
import type { NotifyEvent, NotifyGroup } from '../wire/command.ts';
import type { SelectedAsked } from './session-notices.ts';

/** What a client wants to hear of (RFC 5465), in the order of what it costs. */
export interface NotifyAsked {
  /** Of the mailbox that is selected, whichever that is. Undefined: nothing. */
  readonly selected: SelectedAsked | undefined;
  /** Of others, and of what is no message in any. */
  readonly groups: readonly NotifyGroup[];
}

/** What a client may know of a name. */
export interface NameFacts {
  readonly mailbox: Mailbox | undefined;
  readonly subscribed: boolean;
  /** It may be read: without that nothing of its messages is told (RFC 5465 section 5). */
  readonly readable: boolean;
}

export function askedBy(groups: readonly NotifyGroup[]): NotifyAsked {
  const selected = groups.flatMap(({ where, events, items }) =>
    where.of === 'selected' && events.has('MessageNew') ? [{ delayed: where.delayed, flags: events.has('FlagChange'), items }] : [],
  )[0];
  return { selected, groups: groups.filter(({ where, events }) => where.of !== 'selected' && events.size > 0).map(withKeptNames) };
}

const withKeptNames = (group: NotifyGroup): NotifyGroup =>
  'names' in group.where ? { ...group, where: { ...group.where, names: group.where.names.map(knownAs) } } : group;

/** As LIST has it, whose first level of a namespace is in small letters. */
const knownAs = (name: string): string => keptName(name).replace(/^#[^/]*/, (space) => space.toLowerCase());

/** Names of others are of interest, and cost a look at who shares what. */
export const asksForOthers = (groups: readonly NotifyGroup[]): boolean =>
  groups.some(({ where }) => where.of === 'subscribed' || ('names' in where && where.names.some((name) => name.startsWith('#'))));

export const asksFor = (groups: readonly NotifyGroup[], event: NotifyEvent): boolean => groups.some(({ events }) => events.has(event));

/** Of all groups that a name is in (RFC 5465 section 6: several may apply). */
export function eventsFor(name: string, facts: NameFacts | undefined, groups: readonly NotifyGroup[]): ReadonlySet<NotifyEvent> {
  return new Set(groups.flatMap(({ where, events }) => (isIn(name, facts, where) ? [...events] : [])));
}

function isIn(name: string, facts: NameFacts | undefined, where: NotifyGroup['where']): boolean {
  switch (where.of) {
    case 'selected':
      return false;
    case 'personal':
      return !name.startsWith('#');
    case 'inboxes': // where deliveries go
      return name === 'INBOX' || name === 'Junk' || (facts?.mailbox?.specialUse === '\\Junk' && !name.startsWith('#'));
    case 'subscribed':
      return facts?.subscribed === true;
    case 'mailboxes':
      return where.names.includes(name);
    case 'subtree':
      return where.names.some((top) => name === top || name.startsWith(`${top}/`));
  }
}
