import type { Agreed } from './agreed.ts';
import type { Verb } from './command.ts';
import { mailboxName } from './parse-words.ts';
import { type Scanner, SyntaxFault } from './scanner.ts';

/** Of one command. */
const maxEntries = 100;
const maxEntryOctets = 255;

type Get = Extract<Verb, { readonly verb: 'GETMETADATA' }>;
type Options = Pick<Get, 'maxSize' | 'depth'>;

/** GETMETADATA behind the verb (RFC 5464 section 4.2). Options stand before the mailbox by the grammar, behind it in the RFC's examples. */
export function parseGetMetadata(scanner: Scanner, agreed: Agreed): Verb {
  scanner.space('a mailbox name');
  const before = scanner.skip('(') ? optionsOf(scanner) : undefined;
  if (before !== undefined) scanner.space('a mailbox name');
  const mailbox = mailboxOrServer(scanner, agreed);
  scanner.space('entries');
  const severally = scanner.skip('(');
  if (!severally || before !== undefined || !/[A-Za-z]/.test(scanner.next))
    return getOf(mailbox, before, severally ? bounded(scanner.rest(() => entryName(scanner))) : [entryName(scanner)]);
  const behind = optionsOf(scanner);
  scanner.space('entries');
  return getOf(mailbox, behind, entryNames(scanner));
}

const getOf = (mailbox: string, options: Options | undefined, entries: readonly string[]): Get => ({
  verb: 'GETMETADATA',
  mailbox,
  entries,
  ...(options ?? { depth: 0 }),
});

/** Behind their parenthesis, in any order. */
function optionsOf(scanner: Scanner): Options {
  let maxSize: number | undefined;
  let depth: Options['depth'] | undefined;
  scanner.rest(() => {
    const name = scanner.need('letters', 'MAXSIZE or DEPTH').toUpperCase();
    if (name === 'MAXSIZE' && maxSize === undefined) {
      scanner.space('a number of octets');
      maxSize = scanner.number('a number of octets', 0, Number.MAX_SAFE_INTEGER);
    } else if (name === 'DEPTH' && depth === undefined) {
      scanner.space('0, 1 or infinity');
      depth = scanner.skip('0') ? 0 : scanner.skip('1') ? 1 : scanner.skip('INFINITY') ? 'infinity' : scanner.fail('0, 1 or infinity');
    } else throw new SyntaxFault(`${/^(?:MAXSIZE|DEPTH)$/.test(name) ? 'Repeated' : 'Unknown'} option ${name.slice(0, 40)}`);
  });
  return { depth: depth ?? 0, ...(maxSize === undefined ? {} : { maxSize }) };
}

/** SETMETADATA behind the verb (RFC 5464 section 4.3). */
export function parseSetMetadata(scanner: Scanner, agreed: Agreed): Verb {
  scanner.space('a mailbox name');
  const mailbox = mailboxOrServer(scanner, agreed);
  scanner.space('entries and their values');
  const changes = scanner.list('entries and their values', () => {
    const entry = entryName(scanner);
    scanner.space('a value');
    return { entry, value: scanner.nstring8('a value, or NIL') };
  });
  return { verb: 'SETMETADATA', mailbox, changes: bounded(changes) };
}

/** The empty name is the server. */
const mailboxOrServer = (scanner: Scanner, agreed: Agreed): string => (scanner.skip('""') ? '' : mailboxName(scanner, agreed));

/** One, or several in parentheses. */
export const entryNames = (scanner: Scanner): readonly string[] =>
  scanner.skip('(') ? bounded(scanner.rest(() => entryName(scanner))) : [entryName(scanner)];

// biome-ignore lint/suspicious/noControlCharactersInRegex: the grammar is about control characters
const entryShape = /^\/(?:private|shared)(?:\/[^/*%\x00-\x1f\x7f-\xff]+)*$/;

/** @returns the name in lower case: case makes no difference */
function entryName(scanner: Scanner): string {
  const name = scanner.astring('an entry such as /private/comment').toLowerCase();
  if (!entryShape.test(name) || name.length > maxEntryOctets)
    throw new SyntaxFault(
      `An entry is /private or /shared and names behind slashes, of ${maxEntryOctets} octets in all, without "*" and "%"`,
    );
  return name;
}

function bounded<T>(items: readonly T[]): readonly T[] {
  if (items.length > maxEntries) throw new SyntaxFault(`A command may have ${maxEntries} entries`);
  return items;
}
