import type { Agreed } from './agreed.ts';
import type { Verb } from './command.ts';
import { mailboxName, utf8Text } from './parse-words.ts';
import type { Scanner } from './scanner.ts';

/** SETACL, DELETEACL, GETACL, LISTRIGHTS and MYRIGHTS (RFC 4314 section 7). What is an identifier or a right is not the grammar's business. */
export const parseSetAcl = (scanner: Scanner, agreed: Agreed): Verb => {
  const mailbox = named(scanner, agreed);
  const identifier = identified(scanner);
  scanner.space('rights');
  return { verb: 'SETACL', mailbox, identifier, rights: scanner.astring('rights') };
};

export const parseOfIdentifier = (scanner: Scanner, verb: 'DELETEACL' | 'LISTRIGHTS', agreed: Agreed): Verb => {
  const mailbox = named(scanner, agreed);
  return { verb, mailbox, identifier: identified(scanner) };
};

export const parseOfRights = (scanner: Scanner, verb: 'GETACL' | 'MYRIGHTS', agreed: Agreed): Verb => ({
  verb,
  mailbox: named(scanner, agreed),
});

const named = (scanner: Scanner, agreed: Agreed): string => {
  scanner.space('a mailbox name');
  return mailboxName(scanner, agreed);
};

const identified = (scanner: Scanner): string => {
  scanner.space('an identifier');
  return utf8Text(scanner.astring('an identifier'), 'identifier');
};
