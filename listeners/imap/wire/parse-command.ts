import { type Agreed, nothingAgreed } from './agreed.ts';
import type { Command, Verb } from './command.ts';
import type { Literal } from './framing.ts';
import { parseAppend, parseReplace } from './parse-append.ts';
import { parseFetch } from './parse-fetch.ts';
import { parseList, parseLsub } from './parse-list.ts';
import { parseCopy, parseCreate, parseNamed, parseRename, parseStatus, parseStore } from './parse-mailbox-commands.ts';
import { parseGetMetadata, parseSetMetadata } from './parse-metadata.ts';

import { parseNotify } from './parse-notify.ts';
import { parseQuota } from './parse-quota.ts';
import { type Refused, refusedBy } from './parse-refused.ts';
import { parseOfIdentifier, parseOfRights, parseSetAcl } from './parse-rights.ts';
import { parseSearch } from './parse-search.ts';
import { parseSelect } from './parse-select.ts';
import { parseSort, parseThread } from './parse-sort.ts';
import { sequenceSet, utf8Text } from './parse-words.ts';
import { LiteralWanted, Scanner, SyntaxFault } from './scanner.ts';

export type Parsed =
  /** Whole. APPEND and REPLACE are whole at the line that announces octets of a message: these come next on the connection, then a line as parseAppendLine reads it. */
  | { readonly kind: 'command'; readonly command: Command }
  /** So far right; this many octets and another line are needed to go on. */
  | ({ readonly kind: 'literal'; readonly tag: string } & Literal)
  | Refused;

/**
 * Bytes to a typed command or a precise refusal (RFC 3501 section 9). Never throws; linear in the size of what was received.
 * @param received lines without their line ends and, between them, the literals they announced: line, literal, line, …
 */
export function parseCommand(received: readonly Buffer[], agreed: Agreed = nothingAgreed): Parsed {
  const scanner = new Scanner(received);
  const tag = scanner.take('tag');
  try {
    if (tag === undefined) return scanner.fail('a tag');
    scanner.space('a command');
    const verb = parseVerb(scanner, agreed);
    scanner.end();
    return { kind: 'command', command: { tag, ...verb } };
  } catch (fault) {
    if (fault instanceof LiteralWanted) return { kind: 'literal', tag: tag ?? '', ...fault.literal };
    if (fault instanceof SyntaxFault) return refusedBy(fault, tag, received);
    throw fault;
  }
}

function parseVerb(scanner: Scanner, agreed: Agreed): Verb {
  const name = scanner.need('letters', 'a command').toUpperCase();
  const read = readers.get(name);
  if (read === undefined) throw new SyntaxFault(`Unknown command ${name.slice(0, 40)}`);
  return read(scanner, agreed);
}

type Read = (scanner: Scanner, agreed: Agreed) => Verb;

const plainVerbs = [
  'CAPABILITY',
  'NOOP',
  'LOGOUT',
  'STARTTLS',
  'CHECK',
  'CLOSE',
  'UNSELECT',
  'IDLE',
  'NAMESPACE',
  'UNAUTHENTICATE',
] as const;

const parseUid: Read = (scanner, agreed) => {
  scanner.space('COPY, EXPUNGE, FETCH, MOVE, REPLACE, SEARCH, SORT, STORE or THREAD');
  const name = scanner.need('letters', 'a command').toUpperCase();
  const read = uidReaders.get(name);
  if (read === undefined) throw new SyntaxFault(`Unknown command UID ${name.slice(0, 40)}`);
  return read(scanner, agreed);
};

const parseUidExpunge: Read = (scanner) => {
  scanner.space('a sequence set');
  return { verb: 'EXPUNGE', uids: sequenceSet(scanner) };
};

const parseLogin: Read = (scanner) => {
  scanner.space('a user name');
  const user = utf8Text(scanner.astring('a user name'), 'user name');
  scanner.space('a password');
  return { verb: 'LOGIN', user, password: utf8Text(scanner.astring('a password'), 'password') };
};

/** With the initial response of RFC 4959. */
const parseAuthenticate: Read = (scanner) => {
  scanner.space('a mechanism');
  const mechanism = scanner.need('atom', 'a mechanism').toUpperCase();
  if (!scanner.skip(' ')) return { verb: 'AUTHENTICATE', mechanism };
  const initial = scanner.need('base64', 'base64 or "="');
  return { verb: 'AUTHENTICATE', mechanism, initial: initial === '=' ? '' : initial };
};

/** Numbers from RFC 2971 section 3.3. */
const parseId: Read = (scanner) => {
  scanner.space('NIL or a list');
  if (scanner.skip('NIL') || scanner.skip('()')) return { verb: 'ID', params: [] };
  const params = scanner.list('fields', (): readonly [string, string | undefined] => {
    const key = scanner.string('a field name in quotes');
    scanner.space('a value');
    const value = scanner.nstring('a value in quotes or NIL');
    if (key.length > 30 || (value ?? '').length > 1024) throw new SyntaxFault('ID fields may have 30 octets, their values 1024');
    return [key, value];
  });
  if (params.length > 30) throw new SyntaxFault('ID may have 30 fields');
  return { verb: 'ID', params };
};

const parseCompress: Read = (scanner) => {
  scanner.space('an algorithm');
  return { verb: 'COMPRESS', mechanism: scanner.need('atom', 'an algorithm').toUpperCase() };
};

const parseEnable: Read = (scanner) => {
  const capabilities: string[] = [];
  do {
    scanner.space('a capability');
    capabilities.push(scanner.need('atom', 'a capability').toUpperCase());
  } while (!scanner.atEnd);
  return { verb: 'ENABLE', capabilities };
};

const readers: ReadonlyMap<string, Read> = new Map<string, Read>([
  ...plainVerbs.map((verb): [string, Read] => [verb, () => ({ verb })]),
  ...(['SELECT', 'EXAMINE'] as const).map((verb): [string, Read] => [verb, (scanner, agreed) => parseSelect(scanner, verb, agreed)]),
  ...(['DELETE', 'SUBSCRIBE', 'UNSUBSCRIBE'] as const).map((verb): [string, Read] => [
    verb,
    (scanner, agreed) => parseNamed(scanner, verb, agreed),
  ]),
  ...(['COPY', 'MOVE'] as const).map((verb): [string, Read] => [verb, (scanner, agreed) => parseCopy(scanner, verb, false, agreed)]),
  ...(['DELETEACL', 'LISTRIGHTS'] as const).map((verb): [string, Read] => [
    verb,
    (scanner, agreed) => parseOfIdentifier(scanner, verb, agreed),
  ]),
  ...(['GETACL', 'MYRIGHTS'] as const).map((verb): [string, Read] => [verb, (scanner, agreed) => parseOfRights(scanner, verb, agreed)]),
  ['SETACL', parseSetAcl],
  ['LOGIN', parseLogin],
  ['AUTHENTICATE', parseAuthenticate],
  ['ID', parseId],
  ['COMPRESS', parseCompress],
  ['ENABLE', parseEnable],
  ['CREATE', parseCreate],
  ['RENAME', parseRename],
  ['LIST', parseList],
  ['LSUB', parseLsub],
  ['GETQUOTA', (scanner) => parseQuota(scanner, 'GETQUOTA')],
  ['SETQUOTA', (scanner) => parseQuota(scanner, 'SETQUOTA')],
  ['GETQUOTAROOT', (scanner, agreed) => parseNamed(scanner, 'GETQUOTAROOT', agreed)],
  ['STATUS', parseStatus],
  ['GETMETADATA', parseGetMetadata],
  ['SETMETADATA', parseSetMetadata],
  ['NOTIFY', parseNotify],
  ['APPEND', parseAppend],
  ['REPLACE', (scanner, agreed) => parseReplace(scanner, false, agreed)],
  ['EXPUNGE', () => ({ verb: 'EXPUNGE' })],
  ['SEARCH', (scanner, agreed) => parseSearch(scanner, false, agreed)],
  ['SORT', (scanner, agreed) => parseSort(scanner, false, agreed)],
  ['THREAD', (scanner, agreed) => parseThread(scanner, false, agreed)],
  ['FETCH', (scanner) => parseFetch(scanner, false)],
  ['STORE', (scanner) => parseStore(scanner, false)],
  ['UID', parseUid],
]);

const uidReaders: ReadonlyMap<string, Read> = new Map<string, Read>([
  ...(['COPY', 'MOVE'] as const).map((verb): [string, Read] => [verb, (scanner, agreed) => parseCopy(scanner, verb, true, agreed)]),
  ['EXPUNGE', parseUidExpunge],
  ['REPLACE', (scanner, agreed) => parseReplace(scanner, true, agreed)],
  ['SEARCH', (scanner, agreed) => parseSearch(scanner, true, agreed)],
  ['SORT', (scanner, agreed) => parseSort(scanner, true, agreed)],
  ['THREAD', (scanner, agreed) => parseThread(scanner, true, agreed)],
  ['FETCH', (scanner) => parseFetch(scanner, true)],
  ['STORE', (scanner) => parseStore(scanner, true)],
]);
