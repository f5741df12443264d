import type { Agreed } from './agreed.ts';
import type { Verb } from './command.ts';
import { mailboxName, modseq, sequenceSet, statusItems, storeFlags } from './parse-words.ts';
import { type Scanner, SyntaxFault } from './scanner.ts';

const nextMailbox = (scanner: Scanner, agreed: Agreed): string => {
  scanner.space('a mailbox name');
  return mailboxName(scanner, agreed);
};

/** The use is given as `(USE (\Sent))` (RFC 6154 section 3). Which uses exist is not the grammar's business. */
export function parseCreate(scanner: Scanner, agreed: Agreed): Verb {
  // A hierarchy separator at the end only says that children will follow (RFC 3501 section 6.3.3).
  const mailbox = nextMailbox(scanner, agreed).replace(/(?<=.)\/$/, '');
  if (!scanner.skip(' ')) return { verb: 'CREATE', mailbox };
  scanner.expect('(USE (', '(USE (\\Use))');
  const use = (): string => {
    scanner.expect('\\', 'a use such as \\Sent');
    return `\\${scanner.need('atom', 'a use such as \\Sent')}`;
  };
  const uses = scanner.skip(')') ? [] : scanner.rest(use);
  scanner.expect(')');
  const [specialUse, another] = uses;
  if (another !== undefined) throw new SyntaxFault('A mailbox may have one use', 'NO', 'USEATTR');
  return specialUse === undefined ? { verb: 'CREATE', mailbox } : { verb: 'CREATE', mailbox, specialUse };
}

export const parseNamed = (scanner: Scanner, verb: 'DELETE' | 'SUBSCRIBE' | 'UNSUBSCRIBE' | 'GETQUOTAROOT', agreed: Agreed): Verb => ({
  verb,
  mailbox: nextMailbox(scanner, agreed),
});

export const parseRename = (scanner: Scanner, agreed: Agreed): Verb => {
  const from = nextMailbox(scanner, agreed);
  return { verb: 'RENAME', from, to: nextMailbox(scanner, agreed) };
};

export function parseStatus(scanner: Scanner, agreed: Agreed): Verb {
  const mailbox = nextMailbox(scanner, agreed);
  scanner.space('status items');
  return { verb: 'STATUS', mailbox, items: statusItems(scanner, agreed) };
}

export const parseCopy = (scanner: Scanner, verb: 'COPY' | 'MOVE', uid: boolean, agreed: Agreed): Verb => {
  scanner.space('a sequence set');
  const set = sequenceSet(scanner);
  return { verb, uid, set, mailbox: nextMailbox(scanner, agreed) };
};

/** STORE and UID STORE behind the verb; UNCHANGEDSINCE of RFC 7162 section 3.1.3. */
export function parseStore(scanner: Scanner, uid: boolean): Verb {
  scanner.space('a sequence set');
  const set = sequenceSet(scanner);
  scanner.space('FLAGS, +FLAGS or -FLAGS');
  const unchangedSince = scanner.skip('(UNCHANGEDSINCE ') ? modseq(scanner) : undefined;
  if (unchangedSince !== undefined) scanner.expect(') ', '")" and a space');
  const how = scanner.skip('+') ? 'add' : scanner.skip('-') ? 'remove' : 'replace';
  scanner.expect('FLAGS', 'FLAGS, +FLAGS or -FLAGS');
  const silent = scanner.skip('.SILENT');
  scanner.space('flags');
  const change = { how, flags: storeFlags(scanner) } as const;
  return { verb: 'STORE', uid, set, change, silent, ...(unchangedSince === undefined ? {} : { unchangedSince }) };
}
