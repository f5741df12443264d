import type { Agreed } from './agreed.ts';
import type { FetchItem, NotifyEvent, NotifyGroup, NotifyWhere, Verb } from './command.ts';
import { fetchItemList } from './parse-fetch.ts';
import { mailboxName } from './parse-words.ts';
import { type Scanner, SyntaxFault } from './scanner.ts';

/** Of one command. */
const maxGroups = 100;
const maxNames = 1_000;

/** All but AnnotationChange, as there are no annotations of messages here (RFC 5257). */
const known: readonly NotifyEvent[] = [
  'MessageNew',
  'MessageExpunge',
  'FlagChange',
  'MailboxName',
  'SubscriptionChange',
  'MailboxMetadataChange',
  'ServerMetadataChange',
];
const ofMessages: readonly NotifyEvent[] = ['MessageNew', 'MessageExpunge', 'FlagChange'];

/** NOTIFY behind the verb (RFC 5465 section 8). */
export function parseNotify(scanner: Scanner, agreed: Agreed): Verb {
  scanner.space('SET or NONE');
  const how = scanner.need('letters', 'SET or NONE').toUpperCase();
  if (how === 'NONE') return { verb: 'NOTIFY', status: false, groups: [] };
  if (how !== 'SET') scanner.fail('SET or NONE before here');
  scanner.space('STATUS or what to watch, such as (personal (MessageNew MessageExpunge))');
  const status = scanner.next !== '(';
  if (status) {
    scanner.expect('STATUS', 'STATUS or what to watch in parentheses');
    scanner.space('what to watch in parentheses');
  }
  const groups: NotifyGroup[] = [];
  do groups.push(groupOf(scanner, agreed));
  while (scanner.skip(' '));
  if (groups.length > maxGroups) throw new SyntaxFault(`A command may have ${maxGroups} groups of events`);
  if (groups.filter(({ where }) => where.of === 'selected').length > 1)
    throw new SyntaxFault('SELECTED or SELECTED-DELAYED may be there once');
  if (groups.reduce((sum, { where }) => sum + ('names' in where ? where.names.length : 0), 0) > maxNames)
    throw new SyntaxFault(`A command may name ${maxNames} mailboxes`);
  return { verb: 'NOTIFY', status, groups };
}

function groupOf(scanner: Scanner, agreed: Agreed): NotifyGroup {
  scanner.expect('(', 'what to watch in parentheses');
  const where = whereOf(scanner, agreed);
  scanner.space('events, or NONE');
  const { events, items } = eventsOf(scanner);
  scanner.expect(')', 'the end of what to watch, ")"');
  refuseUnsound(where, events, items);
  return { where, events: new Set(events), items: items ?? [] };
}

function whereOf(scanner: Scanner, agreed: Agreed): NotifyWhere {
  const name = scanner.need('atom', 'mailboxes to watch').toLowerCase();
  switch (name) {
    case 'selected':
    case 'selected-delayed':
      return { of: 'selected', delayed: name === 'selected-delayed' };
    case 'inboxes':
    case 'personal':
    case 'subscribed':
      return { of: name };
    case 'subtree':
    case 'mailboxes':
      scanner.space('a mailbox name, or several in parentheses');
      return { of: name, names: scanner.skip('(') ? scanner.rest(() => mailboxName(scanner, agreed)) : [mailboxName(scanner, agreed)] };
    default:
      return scanner.fail('one of selected, selected-delayed, inboxes, personal, subscribed, subtree and mailboxes before here');
  }
}

interface Events {
  readonly events: readonly NotifyEvent[];
  /** Of MessageNew. Undefined: none were given. */
  readonly items?: readonly FetchItem[] | undefined;
}

/** In parentheses by the grammar, without them in an example of section 3.1. */
function eventsOf(scanner: Scanner): Events {
  const enclosed = scanner.skip('(');
  let items: readonly FetchItem[] | undefined;
  const events: NotifyEvent[] = [];
  for (let isFirst = true; ; isFirst = false) {
    const event = scanner.need('atom', 'an event, such as MessageNew').toLowerCase();
    if (isFirst && !enclosed && event === 'none') return { events };
    events.push(known.find((one) => one.toLowerCase() === event) ?? unsupported());
    if (event === 'messagenew' && scanner.skip(' (')) items = fetchItemList(scanner);
    if (enclosed ? scanner.skip(')') : scanner.next === ')') return { events, items };
    scanner.space('another event');
  }
}

/** Not BAD: a later server may know it (section 3.1). */
function unsupported(): never {
  throw new SyntaxFault('This event is not known here', 'NO', `BADEVENT (${known.join(' ')})`);
}

/** What section 5 and the grammar ask of events together. */
function refuseUnsound(where: NotifyWhere, events: readonly NotifyEvent[], items: readonly FetchItem[] | undefined): void {
  const [arrives, goes, flags] = ofMessages.map((one) => events.includes(one));
  if (arrives !== goes) throw new SyntaxFault('MessageNew and MessageExpunge go together');
  if (flags && !arrives) throw new SyntaxFault('FlagChange needs MessageNew and MessageExpunge beside it');
  if (where.of !== 'selected' && items !== undefined) throw new SyntaxFault('Data items of new messages are for the selected mailbox');
  if (where.of === 'selected' && events.some((one) => !ofMessages.includes(one)))
    throw new SyntaxFault('For the selected mailbox there are only MessageNew, MessageExpunge and FlagChange');
}
