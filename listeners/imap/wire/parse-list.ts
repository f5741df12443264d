import type { Agreed } from './agreed.ts';
import type { ListAsked, StatusItem, Verb } from './command.ts';
import { entryNames } from './parse-metadata.ts';
import { mailboxPattern, statusItems } from './parse-words.ts';
import { type Scanner, SyntaxFault } from './scanner.ts';

/** Of one command: each is held against every name of the account. */
const maxPatterns = 50;
const maxPatternOctets = 4_000; // in all

/** LSUB behind the verb (RFC 3501 section 6.3.9). */
export function parseLsub(scanner: Scanner, agreed: Agreed): Verb {
  scanner.space('a reference name');
  const reference = mailboxPattern(scanner, agreed, 'astring');
  scanner.space('a mailbox pattern');
  return { verb: 'LSUB', reference, pattern: mailboxPattern(scanner, agreed, 'listMailbox') };
}

/** LIST behind the verb, with what RFC 5258, RFC 5819, RFC 6154 and RFC 9590 add to it. */
export function parseList(scanner: Scanner, agreed: Agreed): Verb {
  scanner.space('a reference name');
  const selecting = scanner.next === '(' ? optionList(scanner, selectOption) : undefined;
  if (selecting !== undefined) scanner.space('a reference name');
  const reference = mailboxPattern(scanner, agreed, 'astring');
  scanner.space('a mailbox pattern');
  const severally = scanner.next === '(';
  const patterns = severally ? patternList(scanner, reference, agreed) : [mailboxPattern(scanner, agreed, 'listMailbox')];
  const returning = scanner.skip(' RETURN ') ? optionList(scanner, (one) => returnOption(one, agreed)) : undefined;
  return {
    verb: 'LIST',
    reference,
    patterns,
    extended: severally || selecting !== undefined || returning !== undefined,
    select: selected(selecting ?? []),
    tell: Object.assign({ subscribed: false }, ...(returning ?? [])),
  };
}

function patternList(scanner: Scanner, reference: string, agreed: Agreed): readonly string[] {
  const patterns = scanner.list('mailbox patterns', () => mailboxPattern(scanner, agreed, 'listMailbox'));
  const octets = patterns.reduce((sum, pattern) => sum + reference.length + pattern.length, 0);
  if (patterns.length > maxPatterns || octets > maxPatternOctets)
    throw new SyntaxFault(`LIST may have ${maxPatterns} patterns, of ${maxPatternOctets} octets together`, 'NO', 'LIMIT');
  return patterns;
}

function optionList<T>(scanner: Scanner, option: (scanner: Scanner) => T): readonly T[] {
  scanner.expect('(', 'options in parentheses');
  return scanner.skip(')') ? [] : scanner.rest(() => option(scanner));
}

const selectOptions = ['SUBSCRIBED', 'REMOTE', 'RECURSIVEMATCH', 'SPECIAL-USE'] as const;
type SelectOption = (typeof selectOptions)[number];

function selectOption(scanner: Scanner): SelectOption {
  const name = scanner.need('atom', 'a selection option').toUpperCase();
  return selectOptions.find((one) => one === name) ?? unknown(`selection option ${name}`);
}

/** REMOTE asks for mailboxes of other servers too: there are none. */
function selected(options: readonly SelectOption[]): ListAsked['select'] {
  const [subscribed, recursive, specialUse] = (['SUBSCRIBED', 'RECURSIVEMATCH', 'SPECIAL-USE'] as const).map((one) =>
    options.includes(one),
  );
  if (recursive && !subscribed && !specialUse) throw new SyntaxFault('RECURSIVEMATCH needs another selection option beside it');
  return { subscribed: subscribed === true, recursive: recursive === true, specialUse: specialUse === true };
}

/** CHILDREN and SPECIAL-USE are told unasked. */
function returnOption(scanner: Scanner, agreed: Agreed): Partial<ListAsked['tell']> {
  const name = scanner.need('atom', 'a return option').toUpperCase();
  if (name === 'CHILDREN' || name === 'SPECIAL-USE') return {};
  if (name === 'SUBSCRIBED') return { subscribed: true };
  if (name === 'STATUS') return { status: itemsOf(scanner, agreed) };
  if (name === 'METADATA') return { metadata: entriesOf(scanner) };
  return unknown(`return option ${name}`);
}

function itemsOf(scanner: Scanner, agreed: Agreed): readonly StatusItem[] {
  scanner.space('status items');
  return statusItems(scanner, agreed);
}

function entriesOf(scanner: Scanner): readonly string[] {
  scanner.space('entries');
  return entryNames(scanner);
}

function unknown(what: string): never {
  throw new SyntaxFault(`Unknown ${what.slice(0, 60)}`);
}
