import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { nothingAgreed } from '../../listeners/imap/wire/agreed.ts';
import { type Parsed, parseCommand } from '../../listeners/imap/wire/parse-command.ts';

const octets = (text: string): Buffer => Buffer.from(text, 'latin1');
const parse = (...received: string[]): Parsed => parseCommand(received.map(octets));

function command(...received: string[]): Record<string, unknown> {
  const parsed = parse(...received);
  assert.equal(parsed.kind, 'command', `${received.join('|')}: ${inspect(parsed)}`);
  const { tag, ...verb } = (parsed as Extract<Parsed, { kind: 'command' }>).command;
  assert.equal(tag, 'a');
  return verb;
}

function fault(...received: string[]): string {
  const parsed = parse(...received);
  assert.equal(parsed.kind, 'bad', `${received.join('|')}: ${inspect(parsed)}`);
  return (parsed as Extract<Parsed, { kind: 'bad' }>).text;
}

const flag = (key: string, name: string) => ({ key, flag: name });
const search = (criteria: unknown, more = {}) => ({ verb: 'SEARCH', uid: false, ...more, criteria });
const section = (name: string, inside: unknown, more = {}) => ({ item: 'SECTION', name, section: inside, peek: false, ...more });
const resync = (qresync: unknown) => ({ verb: 'SELECT', mailbox: 'x', condstore: false, qresync });
const text = (size: number) => ({ piece: 'text', size, nonSync: false, literal8: false });
const appendOf = (pieces: readonly unknown[], then?: string) => ({
  verb: 'APPEND',
  mailbox: 'x',
  line: then === undefined ? { pieces } : { pieces, then },
});
const fetchOf = (...items: unknown[]) => ({ verb: 'FETCH', uid: false, set: [{ from: 1, to: 1 }], items });

const anyName = { subscribed: false, recursive: false, specialUse: false };
const listOf = (more: Record<string, unknown>) => ({
  verb: 'LIST',
  reference: '',
  extended: false,
  select: anyName,
  tell: { subscribed: false },
  ...more,
});

const getMetadata = (mailbox: string, entries: readonly string[], more = {}) => ({
  verb: 'GETMETADATA',
  mailbox,
  entries,
  depth: 0,
  ...more,
});

const good: readonly (readonly [line: string, verb: unknown])[] = [
  ['a noop', { verb: 'NOOP' }],
  ['a IDLE', { verb: 'IDLE' }],
  ['a EXPUNGE', { verb: 'EXPUNGE' }],
  [
    'a UID EXPUNGE 3:1,*',
    {
      verb: 'EXPUNGE',
      uids: [
        { from: 3, to: 1 },
        { from: '*', to: '*' },
      ],
    },
  ],
  ['a SETACL x karen@example.org +lr', { verb: 'SETACL', mailbox: 'x', identifier: 'karen@example.org', rights: '+lr' }],
  ['a setacl "a b" "k\xc3\xa4ren@example.org" ""', { verb: 'SETACL', mailbox: 'a b', identifier: 'kären@example.org', rights: '' }],
  ['a DELETEACL x -anyone', { verb: 'DELETEACL', mailbox: 'x', identifier: '-anyone' }],
  ['a LISTRIGHTS x anyone', { verb: 'LISTRIGHTS', mailbox: 'x', identifier: 'anyone' }],
  ['a GETACL inbox', { verb: 'GETACL', mailbox: 'INBOX' }],
  ['a MYRIGHTS x', { verb: 'MYRIGHTS', mailbox: 'x' }],
  ['a LOGIN alice "a \\"b\\\\"', { verb: 'LOGIN', user: 'alice', password: 'a "b\\' }],
  ['a LOGIN alice p]w', { verb: 'LOGIN', user: 'alice', password: 'p]w' }],
  ['a LOGIN alice "\xc3\xa4"', { verb: 'LOGIN', user: 'alice', password: 'ä' }],
  ['a AUTHENTICATE plain', { verb: 'AUTHENTICATE', mechanism: 'PLAIN' }],
  ['a AUTHENTICATE PLAIN AGEAYg==', { verb: 'AUTHENTICATE', mechanism: 'PLAIN', initial: 'AGEAYg==' }],
  ['a AUTHENTICATE PLAIN =', { verb: 'AUTHENTICATE', mechanism: 'PLAIN', initial: '' }],
  ['a ID NIL', { verb: 'ID', params: [] }],
  [
    'a ID ("name" "x" "os" NIL)',
    {
      verb: 'ID',
      params: [
        ['name', 'x'],
        ['os', undefined],
      ],
    },
  ],
  ['a ENABLE condstore UTF8=ACCEPT', { verb: 'ENABLE', capabilities: ['CONDSTORE', 'UTF8=ACCEPT'] }],
  ['a SELECT inbox', { verb: 'SELECT', mailbox: 'INBOX', condstore: false }],
  ['a EXAMINE InBox/Work (condstore)', { verb: 'EXAMINE', mailbox: 'INBOX/Work', condstore: true }],
  ['a SELECT x (QRESYNC (7 0))', resync({ uidValidity: 7, modseq: 0n })],
  [
    'a SELECT x (qresync (4294967295 9223372036854775807 9,5:3,4:6))',
    resync({ uidValidity: 4294967295, modseq: 2n ** 63n - 1n, uids: [{ from: 3, to: 6 }, { from: 9, to: 9 }] }), // biome-ignore format: one set
  ],
  [
    'a SELECT x (QRESYNC (7 12 (1,2:3 5:7)))',
    resync({ uidValidity: 7, modseq: 12n, matches: { msns: [{ from: 1, to: 3 }], uids: [{ from: 5, to: 7 }] } }),
  ],
  [
    'a SELECT x (QRESYNC (7 12 1:9 (1 5)) CONDSTORE)',
    {
      ...resync({
        uidValidity: 7,
        modseq: 12n,
        uids: [{ from: 1, to: 9 }],
        matches: { msns: [{ from: 1, to: 1 }], uids: [{ from: 5, to: 5 }] },
      }),
      condstore: true,
    },
  ],
  ['a SELECT "Entw&APw-rfe"', { verb: 'SELECT', mailbox: 'Entwürfe', condstore: false }],
  ['a CREATE foo/', { verb: 'CREATE', mailbox: 'foo' }],
  ['a CREATE Out (USE (\\Sent))', { verb: 'CREATE', mailbox: 'Out', specialUse: '\\Sent' }],
  ['a DELETE &-', { verb: 'DELETE', mailbox: '&' }],
  ['a RENAME a "b c"', { verb: 'RENAME', from: 'a', to: 'b c' }],
  ['a LIST "" *', listOf({ patterns: ['*'] })],
  ['a LIST a/ %]', listOf({ reference: 'a/', patterns: ['%]'] })],
  ['a LIST "" ""', listOf({ patterns: [''] })],
  ['a LSUB "" "a b%"', { verb: 'LSUB', reference: '', pattern: 'a b%' }],
  ['a LIST () "" *', listOf({ patterns: ['*'], extended: true })],
  ['a LIST (SPECIAL-USE) "" *', listOf({ patterns: ['*'], extended: true, select: { ...anyName, specialUse: true } })],
  [
    'a LIST (remote Subscribed RECURSIVEMATCH) a/ (* "b c%" "")',
    listOf({ reference: 'a/', patterns: ['*', 'b c%', ''], extended: true, select: { ...anyName, subscribed: true, recursive: true } }),
  ],
  ['a LIST "" % RETURN (children special-use)', listOf({ patterns: ['%'], extended: true })],
  [
    'a LIST "" % RETURN (status (messages SIZE MESSAGES) SUBSCRIBED)',
    listOf({ patterns: ['%'], extended: true, tell: { subscribed: true, status: ['MESSAGES', 'SIZE'] } }),
  ],
  [
    'a LIST "" % RETURN (METADATA (/SHARED/Comment "/private/vendor/x/y") CHILDREN)',
    listOf({ patterns: ['%'], extended: true, tell: { subscribed: false, metadata: ['/shared/comment', '/private/vendor/x/y'] } }),
  ],
  ['a GETMETADATA "" /shared/admin', getMetadata('', ['/shared/admin'])],
  ['a GETMETADATA inbox (/shared/comment /private/COMMENT)', getMetadata('INBOX', ['/shared/comment', '/private/comment'])],
  ['a GETMETADATA (MAXSIZE 1024) x /shared/a', getMetadata('x', ['/shared/a'], { maxSize: 1024 })],
  ['a GETMETADATA (depth 1 maxsize 0) x (/shared)', getMetadata('x', ['/shared'], { maxSize: 0, depth: 1 })],
  ['a GETMETADATA x (DEPTH infinity) (/shared)', getMetadata('x', ['/shared'], { depth: 'infinity' })],
  [
    'a SETMETADATA x (/private/comment "a b" /shared/vendor/a/b NIL)',
    {
      verb: 'SETMETADATA',
      mailbox: 'x',
      changes: [
        { entry: '/private/comment', value: 'a b' },
        { entry: '/shared/vendor/a/b', value: undefined },
      ],
    },
  ],
  ['a STATUS x (MESSAGES unseen MESSAGES)', { verb: 'STATUS', mailbox: 'x', items: ['MESSAGES', 'UNSEEN'] }],
  ['a APPEND x {0}', appendOf([{ piece: 'message', flags: [] }, text(0)], 'octets')],
  [
    'a APPEND x (\\seen Foo \\Recent) "17-Jul-1996 02:44:25 -0700" {310+}',
    appendOf(
      [
        { piece: 'message', flags: ['\\Seen', 'Foo'], internalDate: Date.UTC(1996, 6, 17, 9, 44, 25) },
        { ...text(310), nonSync: true },
      ],
      'octets',
    ),
  ],
  [
    'a APPEND x () " 1-Jan-2000 00:00:00 +0000" {1}',
    appendOf([{ piece: 'message', flags: [], internalDate: 946_684_800_000 }, text(1)], 'octets'),
  ],
  [
    'a APPEND x ~{5}',
    appendOf(
      [
        { piece: 'message', flags: [] },
        { ...text(5), literal8: true },
      ],
      'octets',
    ),
  ],
  ['a APPEND x (\\Seen) UTF8 (~{5}', appendOf([{ piece: 'message', flags: ['\\Seen'] }, text(5)], 'utf8')],
  [
    'a APPEND x CATENATE (URL "/y/;UID=1" TEXT {5}',
    appendOf([{ piece: 'message', flags: [] }, { piece: 'url', url: '/y/;UID=1' }, text(5)], 'catenate'),
  ],
  ['a APPEND x catenate (utf8 (~{5}', appendOf([{ piece: 'message', flags: [] }, text(5)], 'catenate-utf8')],
  [
    'a APPEND x CATENATE (URL u URL v)',
    appendOf([{ piece: 'message', flags: [] }, { piece: 'url', url: 'u' }, { piece: 'url', url: 'v' }, { piece: 'end' }]),
  ],
  [
    'a APPEND x CATENATE (URL u) () {3}',
    appendOf(
      [{ piece: 'message', flags: [] }, { piece: 'url', url: 'u' }, { piece: 'end' }, { piece: 'message', flags: [] }, text(3)],
      'octets',
    ),
  ],
  [
    'a REPLACE 4 x {3}',
    { ...appendOf([{ piece: 'message', flags: [] }, text(3)], 'octets'), verb: 'REPLACE', uid: false, set: [{ from: 4, to: 4 }] },
  ],
  [
    'a UID REPLACE * x {3}',
    { ...appendOf([{ piece: 'message', flags: [] }, text(3)], 'octets'), verb: 'REPLACE', uid: true, set: [{ from: '*', to: '*' }] },
  ],
  [
    'a FETCH 1 (BINARY.PEEK[1.2]<3.4> BINARY[] binary.size[2])',
    fetchOf(
      { item: 'BINARY', name: 'BINARY[1.2]', path: [1, 2], peek: true, partial: { offset: 3, count: 4 } },
      { item: 'BINARY', name: 'BINARY[]', path: [], peek: false },
      { item: 'BINARY.SIZE', name: 'BINARY.SIZE[2]', path: [2] },
    ),
  ],
  ['a SEARCH ALL', search({ key: 'ALL' })],
  ['a SEARCH UNSEEN ANSWERED', search({ key: 'AND', of: [flag('UNFLAG', '\\Seen'), flag('FLAG', '\\Answered')] })],
  ['a SEARCH $', search({ key: 'SET', set: ['$'] })],
  ['a SEARCH UID $,7,$,$', search({ key: 'UID', set: ['$', { from: 7, to: 7 }] })],
  ['a SEARCH UID $,7', search({ key: 'UID', set: ['$', { from: 7, to: 7 }] })],
  ['a SEARCH RETURN () ALL', search({ key: 'ALL' }, { returns: { items: ['ALL'], save: false } })],
  ['a SEARCH RETURN (save) ALL', search({ key: 'ALL' }, { returns: { items: [], save: true } })],
  ['a SEARCH RETURN (COUNT MIN COUNT) ALL', search({ key: 'ALL' }, { returns: { items: ['MIN', 'COUNT'], save: false } })],
  [
    'a UID SEARCH RETURN (PARTIAL -1:-100 SAVE) ALL',
    search({ key: 'ALL' }, { uid: true, returns: { items: [], partial: { from: -1, to: -100 }, save: true } }),
  ],
  ['a SEARCH OLDER 1 YOUNGER 4294967295', search({ key: 'AND', of: [{ key: 'OLDER', seconds: 1 }, { key: 'YOUNGER', seconds: 4294967295 }] })], // biome-ignore format: one line
  [
    'a SORT (reverse date SUBJECT) utf-8 ALL',
    {
      verb: 'SORT',
      uid: false,
      program: [
        { key: 'DATE', reverse: true },
        { key: 'SUBJECT', reverse: false },
      ],
      charset: 'UTF-8',
      criteria: { key: 'ALL' },
    },
  ],
  [
    'a UID SORT RETURN (COUNT) (DISPLAYTO) "US-ASCII" 1 UNSEEN',
    {
      verb: 'SORT',
      uid: true,
      program: [{ key: 'DISPLAYTO', reverse: false }],
      returns: { items: ['COUNT'], save: false },
      charset: 'US-ASCII',
      criteria: { key: 'AND', of: [{ key: 'SET', set: [{ from: 1, to: 1 }] }, flag('UNFLAG', '\\Seen')] },
    },
  ],
  [
    'a UID THREAD references UTF-8 TEXT "\xc3\xa4"',
    { verb: 'THREAD', uid: true, algorithm: 'REFERENCES', charset: 'UTF-8', criteria: { key: 'TEXT', text: 'ä' } },
  ],
  ['a UID EXPUNGE $', { verb: 'EXPUNGE', uids: ['$'] }],
  ['a SEARCH KEYWORD $Junk', search(flag('FLAG', '$Junk'))],
  ['a SEARCH CHARSET utf-8 SUBJECT "\xc3\xa4"', search({ key: 'SUBJECT', text: 'ä' }, { charset: 'UTF-8' })],
  [
    'a SEARCH (OR 1:2 (UID * NOT NEW))',
    search({
      key: 'OR',
      of: [
        { key: 'SET', set: [{ from: 1, to: 2 }] },
        {
          key: 'AND',
          of: [
            { key: 'UID', set: [{ from: '*', to: '*' }] },
            { key: 'NOT', of: { key: 'NEW' } },
          ],
        },
      ],
    }),
  ],
  ['a SEARCH SAVEDBEFORE 1-Feb-1994', search({ key: 'SAVEDBEFORE', day: '1994-02-01' })],
  ['a SEARCH SAVEDATESUPPORTED', search({ key: 'ALL' })],
  [
    'a SEARCH SINCE "1-Feb-1994" SENTON 28-feb-2023',
    search({
      key: 'AND',
      of: [
        { key: 'SINCE', day: '1994-02-01' },
        { key: 'SENTON', day: '2023-02-28' },
      ],
    }),
  ],
  [
    'a SEARCH HEADER Message-ID <a@b> LARGER 0',
    search({
      key: 'AND',
      of: [
        { key: 'HEADER', field: 'Message-ID', text: '<a@b>' },
        { key: 'LARGER', octets: 0 },
      ],
    }),
  ],
  ['a SEARCH MODSEQ "/flags/\\\\draft" all 62', search({ key: 'MODSEQ', modseq: 62n })],
  ['a UID SEARCH MODSEQ 9223372036854775807', search({ key: 'MODSEQ', modseq: 2n ** 63n - 1n }, { uid: true })],
  ['a SEARCH EMAILID M01-a_b', search({ key: 'EMAILID', id: 'M01-a_b' })],
  ['a SEARCH THREADID T1', search({ key: 'NOT', of: { key: 'ALL' } })],
  ['a FETCH 1 (emailid THREADID)', fetchOf({ item: 'EMAILID' }, { item: 'THREADID' })],
  ['a FETCH 1 flags', fetchOf({ item: 'FLAGS' })],
  ['a FETCH 1 FAST', fetchOf({ item: 'FLAGS' }, { item: 'INTERNALDATE' }, { item: 'RFC822.SIZE' })],
  ['a FETCH 1 (UID BODY BODYSTRUCTURE)', fetchOf({ item: 'UID' }, { item: 'BODY' }, { item: 'BODYSTRUCTURE' })],
  ['a FETCH 1 BODY[]', fetchOf(section('BODY[]', { path: [], text: 'all' }))],
  [
    'a FETCH 1 body.peek[1.2]<5.10>',
    fetchOf(section('BODY[1.2]', { path: [1, 2], text: 'all' }, { peek: true, partial: { offset: 5, count: 10 } })),
  ],
  ['a FETCH 1 BODY[3.MIME]', fetchOf(section('BODY[3.MIME]', { path: [3], text: 'MIME' }))],
  ['a FETCH 1 BODY[3.1.text]', fetchOf(section('BODY[3.1.TEXT]', { path: [3, 1], text: 'TEXT' }))],
  [
    'a FETCH 1 (BODY[HEADER.FIELDS.NOT (to "X-A")])',
    fetchOf(section('BODY[HEADER.FIELDS.NOT (to X-A)]', { path: [], text: 'HEADER.FIELDS.NOT', fields: ['to', 'X-A'] })),
  ],
  ['a FETCH 1 RFC822.HEADER', fetchOf(section('RFC822.HEADER', { path: [], text: 'HEADER' }, { peek: true }))],
  ['a FETCH 1 (FLAGS) (CHANGEDSINCE 12)', { ...fetchOf({ item: 'FLAGS' }), changedSince: 12n }],
  ['a UID FETCH 1 FLAGS (vanished CHANGEDSINCE 12)', { ...fetchOf({ item: 'FLAGS' }), uid: true, changedSince: 12n, vanished: true }],
  [
    'a STORE 2:4 -FLAGS.SILENT \\Deleted $x',
    { verb: 'STORE', uid: false, set: [{ from: 2, to: 4 }], change: { how: 'remove', flags: ['\\Deleted', '$x'] }, silent: true },
  ],
  [
    'a UID STORE 1 (UNCHANGEDSINCE 0) FLAGS ()',
    { verb: 'STORE', uid: true, set: [{ from: 1, to: 1 }], change: { how: 'replace', flags: [] }, silent: false, unchangedSince: 0n },
  ],
  ['a COPY 1:* Archive', { verb: 'COPY', uid: false, set: [{ from: 1, to: '*' }], mailbox: 'Archive' }],
  ['a uid move 4294967295 x', { verb: 'MOVE', uid: true, set: [{ from: 4294967295, to: 4294967295 }], mailbox: 'x' }],
];

const bad: readonly (readonly [line: string, says: RegExp])[] = [
  ['', /^Expected a tag at octet 1$/],
  [' NOOP', /^Expected a tag/],
  ['+ NOOP', /^Expected a tag/],
  ['a', /^Expected a space and a command at octet 2$/],
  ['a ', /^Expected a command at octet 3$/],
  ['a NOOP ', /^Expected the end of the command at octet 7$/],
  ['a FROB', /^Unknown command FROB$/],
  ['a UID NOOP', /^Unknown command UID NOOP$/],
  ['a LOGIN alice', /^Expected a space and a password/],
  ['a LOGIN alice "x', /^Expected a password/],
  ['a LOGIN "a\\b" x', /^Expected a user name/],
  ['a LOGIN a\0b x', /^Expected a space and a password/],
  ['a LOGIN alice "\xff"', /password is not valid UTF-8/],
  ['a LOGIN {5', /^Expected a literal/],
  ['a LOGIN {x}', /^Expected a literal/],
  ['a LOGIN ~{5}', /^A literal8 is for messages and annotations alone$/],
  ['a AUTHENTICATE PLAIN ***', /^Expected base64/],
  ['a ID ("name")', /^Expected a space and a value/],
  ['a ID (name "x")', /^Expected a field name in quotes/],
  ['a SELECT', /^Expected a space and a mailbox name/],
  ['a SELECT ""', /must not be empty/],
  ['a SELECT x ()', /^Expected CONDSTORE or QRESYNC at octet 13$/],
  ['a SELECT x CONDSTORE', /^Expected a list of parameters/],
  ['a SELECT x (FROB)', /^Unknown parameter FROB$/],
  ['a SELECT x (CONDSTORE CONDSTORE)', /^Repeated parameter CONDSTORE$/],
  ['a SELECT x (QRESYNC (1 2) QRESYNC (1 2))', /^Repeated parameter QRESYNC$/],
  ['a SELECT x (QRESYNC)', /^Expected a space and UIDVALIDITY/],
  ['a SELECT x (QRESYNC 1 2)', /^Expected UIDVALIDITY and a modification sequence number in parentheses/],
  ['a SELECT x (QRESYNC (0 2))', /^Expected a UIDVALIDITY from 1/],
  ['a SELECT x (QRESYNC (4294967296 2))', /^Expected a UIDVALIDITY from 1/],
  ['a SELECT x (QRESYNC (1))', /^Expected a space and a modification sequence number/],
  ['a SELECT x (QRESYNC (1 9223372036854775808))', /^Expected a modification sequence number/],
  ['a SELECT x (QRESYNC (1 2 ))', /^Expected a sequence set|^Expected message numbers/],
  ['a SELECT x (QRESYNC (1 2 1:*))', /^The set of known UIDs must not contain "\*"$/],
  ['a SELECT x (QRESYNC (1 2 (1:2 3:4) 5))', /^Expected "\)"/],
  ['a SELECT x (QRESYNC (1 2 (1)))', /^Expected a space and the UIDs of these message numbers/],
  ['a SELECT x (QRESYNC (1 2 (1 *)))', /^The set of their UIDs must not contain "\*"$/],
  ['a SELECT x (QRESYNC (1 2 (3:1 3:5)))', /^The set of known message numbers must ascend$/],
  ['a SELECT x (QRESYNC (1 2 (1,1 3:4)))', /^The set of known message numbers must ascend$/],
  ['a SELECT x (QRESYNC (1 2 (1:2 7,3)))', /^The set of their UIDs must ascend$/],
  ['a SELECT x (QRESYNC (1 2 (1:2 3:5)))', /^There must be as many UIDs as known message numbers$/],
  ['a SELECT x (QRESYNC (1 2)', /^Expected a space or "\)"/],
  ['a SELECT &', /not valid modified UTF-7/],
  ['a SELECT &ZeVnLIqe', /not valid modified UTF-7/],
  ['a SELECT &AGE-', /not valid modified UTF-7/], // 'a' must not be hidden in base64
  ['a SELECT &2AA-', /not valid modified UTF-7/], // half a surrogate pair
  ['a SELECT &ZeVnLIqe-&ZeU-', /not valid modified UTF-7/], // two runs that are one
  ['a SELECT "a\xe4"', /not valid modified UTF-7/],
  ['a SELECT &AAo-', /control characters/],
  ['a CREATE x (USE (\\Sent \\Junk))', /one use/],
  ['a LIST (RECURSIVEMATCH) "" *', /^RECURSIVEMATCH needs another selection option/],
  ['a GETMETADATA x /shared/', /^An entry is/],
  ['a GETMETADATA x /public/a', /^An entry is/],
  ['a GETMETADATA x (/shared//a)', /^An entry is/],
  ['a GETMETADATA x "/shared/a%"', /^An entry is/],
  [`a GETMETADATA x /shared/${'x'.repeat(250)}`, /^An entry is/],
  ['a GETMETADATA (DEPTH 2) x /shared', /^Expected 0, 1 or infinity/],
  ['a GETMETADATA (DEPTH 1 DEPTH 1) x /shared', /^Repeated option DEPTH/],
  ['a GETMETADATA (WEATHER 1) x /shared', /^Unknown option WEATHER/],
  ['a GETMETADATA x ()', /^Expected an entry such as/],
  [`a GETMETADATA x (${Array(101).fill('/shared/a').join(' ')})`, /^A command may have 100 entries/],
  ['a SETMETADATA x (/shared/a)', /^Expected a space and a value/],
  ['a SETMETADATA x (/shared/a b)', /^Expected a value, or NIL/],
  ['a LIST (SUBSCRIBED X) "" *', /^Unknown selection option X/],
  ['a LIST "" * RETURN (STATUS)', /^Expected a space and status items/],
  ['a LIST "" * RETURN (X)', /^Unknown return option X/],
  ['a LIST "" ()', /^Expected a mailbox name or pattern/],
  [`a LIST "" (${Array(51).fill('x').join(' ')})`, /^LIST may have 50 patterns/],
  ['a LSUB (SPECIAL-USE) "" *', /^Expected a mailbox name or pattern/],
  ['a STATUS x ()', /^Expected a status item/],
  ['a STATUS x (WEATHER)', /^Expected one of MESSAGES/],
  ['a APPEND x "hello"', /^Expected a date such as/],
  ['a APPEND x "31-Feb-1996 02:44:25 +0000" {3}', /no such date/],
  ['a APPEND x "17-Jul-1996 24:00:00 +0000" {3}', /no such date/],
  ['a APPEND x "31-Dec-9999 23:59:59 -0100" {3}', /no such date/],
  ['a APPEND x (\\Bogus) {3}', /system flag/],
  ['a APPEND x {3} x', /^Expected a literal/],
  ['a APPEND x UTF8 ({3}', /^UTF8 needs a literal8/],
  ['a APPEND x CATENATE ()', /^Expected TEXT and a literal, or URL and a URL/],
  ['a APPEND x CATENATE (URL u', /^Expected a space or "\)"/],
  ['a APPEND x CATENATE (TEXT "x")', /^Expected a literal/],
  ['a REPLACE 1:2 x {3}', /^Expected a message number alone$/],
  ['a UID REPLACE 1,2 x {3}', /^Expected a UID alone$/],
  ['a SEARCH', /^Expected a space and search criteria/],
  ['a SEARCH ALL)', /^Expected a space and a search key/],
  ['a SEARCH RETURN ALL', /options in parentheses/],
  ['a SEARCH RETURN (ALL)', /^Expected a space and search criteria/],
  ['a SEARCH RETURN (MIN,MAX) ALL', /a space or "\)"/],
  ['a SEARCH RETURN (PARTIAL) ALL', /a space and a range/],
  ['a SEARCH RETURN (PARTIAL 1:-2) ALL', /a range such as/],
  ['a SEARCH RETURN (PARTIAL 0:2) ALL', /a range such as/],
  ['a SEARCH RETURN (PARTIAL 1:*) ALL', /a range such as/],
  ['a SEARCH RETURN (PARTIAL 1:2 ALL) ALL', /exclude each other/],
  ['a SEARCH RETURN (PARTIAL 1:2 PARTIAL 3:4) ALL', /Repeated search option/],
  ['a FETCH 1 FLAGS (PARTIAL 1:2)', /PARTIAL is for UID FETCH/],
  ['a UID FETCH 1 FLAGS (PARTIAL 1:2 PARTIAL 1:2)', /Repeated modifier PARTIAL/],
  ['a SORT (DATE)', /a space and a charset/],
  ['a SORT DATE UTF-8 ALL', /a list of sort criteria in parentheses/],
  ['a SORT (REVERSE REVERSE DATE) UTF-8 ALL', /Unknown sort criterion REVERSE/],
  [`a SORT (${'DATE '.repeat(100)}DATE) UTF-8 ALL`, /100 criteria/],
  ['a THREAD REFS UTF-8 ALL', /ORDEREDSUBJECT and REFERENCES/],
  ['a THREAD REFERENCES UTF-8', /a space and search criteria/],
  ['a THREAD REFERENCES US-ASCII TEXT "\xe4"', /not US-ASCII/],
  ['a SEARCH OLDER 0', /a number of seconds from 1/],
  ['a SEARCH $:3', /^Expected a sequence set/],
  ['a SELECT x (QRESYNC (1 1 $))', /must not contain "\$"/],
  ['a SEARCH ()', /^Expected a search key/],
  ['a SEARCH FROB', /^Unknown search key FROB$/],
  ['a SEARCH OR ALL', /a second search key/],
  ['a SEARCH SINCE 30-Feb-2024', /no such day/],
  ['a SEARCH SINCE 2024-01-01', /^Expected a date/],
  ['a SEARCH CHARSET US-ASCII TEXT "\xe4"', /not US-ASCII/],
  ['a SEARCH TEXT "\xe4"', /not valid UTF-8/],
  ['a SEARCH LARGER -1', /^Expected a number of octets/],
  ['a SEARCH MODSEQ 9223372036854775808', /modification sequence/],
  ['a FETCH 0 FLAGS', /from 1 to 4294967295/],
  ['a FETCH 4294967296 FLAGS', /from 1 to 4294967295/],
  ['a FETCH 1: FLAGS', /^Expected a sequence set/],
  ['a FETCH 1,,2 FLAGS', /^Expected a sequence set/],
  ['a FETCH 1 ()', /^Expected a data item/],
  ['a FETCH 1 (FAST)', /^Unknown data item FAST$/],
  ['a FETCH 1 constructor', /^Unknown data item CONSTRUCTOR$/],
  ['a FETCH 1 BODY.PEEK', /^Expected "\["/],
  ['a FETCH 1 BODY[MIME]', /^Expected HEADER/],
  ['a FETCH 1 BODY[1.]', /^Expected a part number/],
  ['a FETCH 1 BINARY', /^Expected "\["/],
  ['a FETCH 1 BINARY[1.MIME]', /^BINARY is for parts/],
  ['a FETCH 1 BINARY.SIZE[1]<0.1>', /end of the command/],
  ['a FETCH 1 BODY[0]', /^Expected a part number from 1/],
  ['a FETCH 1 BODY[HEADER.FIELDS ()]', /^Expected a header field name/],
  ['a FETCH 1 BODY[HEADER.FIELDS ("a b")]', /header field name/],
  ['a FETCH 1 BODY[]<0.0>', /octets from 1/],
  ['a FETCH 1 BODY[]<5>', /"\."/],
  ['a UID FETCH 1 FLAGS (VANISHED)', /^VANISHED needs CHANGEDSINCE beside it$/],
  ['a FETCH 1 FLAGS (CHANGEDSINCE 1 VANISHED)', /^VANISHED is for UID FETCH$/],
  ['a FETCH 1 FLAGS ()', /^Expected CHANGEDSINCE at octet/],
  ['a FETCH 1 FLAGS (FROB 1)', /^Unknown modifier FROB$/],
  ['a FETCH 1 FLAGS (CHANGEDSINCE)', /^Expected a space and a modification sequence number/],
  ['a FETCH 1 FLAGS (CHANGEDSINCE 1 CHANGEDSINCE 2)', /^Repeated modifier CHANGEDSINCE$/],
  ['a STORE 1 FLAGS', /^Expected a space and flags/],
  ['a STORE 1 FLAGS (\\Seen', /^Expected a space or "\)"/],
  [`a STORE 1 FLAGS (${'k'.repeat(65)})`, /64 octets/],
  ['a COPY 1', /^Expected a space and a mailbox name/],
];

describe('an IMAP command line', () => {
  for (const [line, verb] of good) it(`is read: ${line}`, () => assert.deepEqual(command(line), verb));
  for (const [line, says] of bad)
    it(`is refused with a reason: ${JSON.stringify(line.slice(0, 60))}`, () => assert.match(fault(line), says));

  it('in another charset is read with its texts as they are', () => {
    assert.deepEqual(parse('a SEARCH CHARSET KOI8-R TEXT {3}'), { kind: 'literal', tag: 'a', size: 3, nonSync: false });
    assert.deepEqual(
      command('a SEARCH CHARSET koi8-r TEXT {3}', '\xe4\xc3\xff', ''),
      search({ key: 'TEXT', text: '\xe4\xc3\xff' }, { charset: 'KOI8-R' }),
    );
  });

  it('may nest search keys a hundred deep and no deeper, and give a thousand', () => {
    assert.equal(parse(`a SEARCH ${'NOT '.repeat(100)}ALL`).kind, 'command');
    assert.match(fault(`a SEARCH ${'NOT '.repeat(101)}ALL`), /nested 100 deep/);
    assert.match(fault(`a SEARCH ${'('.repeat(60_000)}`), /nested 100 deep/);
    assert.match(fault(`a SEARCH ${'OR '.repeat(20_000)}`), /nested 100 deep/);
    assert.equal(parse(`a SEARCH${' ALL'.repeat(1_000)}`).kind, 'command');
    assert.match(fault(`a SEARCH${' ALL'.repeat(1_001)}`), /1000 keys/);
  });
});

describe('a literal', () => {
  it('is asked for when the line ends with one, and read where it stands', () => {
    assert.deepEqual(parse('a LOGIN {5}'), { kind: 'literal', tag: 'a', size: 5, nonSync: false });
    assert.deepEqual(parse('a LOGIN {5}', 'al"ce', ' {2+}'), { kind: 'literal', tag: 'a', size: 2, nonSync: true });
    assert.deepEqual(command('a LOGIN {5}', 'al"ce', ' {2+}', '\r\n', ''), { verb: 'LOGIN', user: 'al"ce', password: '\r\n' });
  });

  it('may be a mailbox name or a header field name', () => {
    assert.deepEqual(command('a SELECT {5}', 'inbox', ''), { verb: 'SELECT', mailbox: 'INBOX', condstore: false });
    const fetched = command('a FETCH 1 BODY[HEADER.FIELDS ({4}', 'Date', ')]');
    assert.deepEqual(fetched, fetchOf(section('BODY[HEADER.FIELDS (Date)]', { path: [], text: 'HEADER.FIELDS', fields: ['Date'] })));
  });

  it('that comes although its command is wrong is told with the refusal, so that it can be thrown away', () => {
    const parsed = parse('a FROB {4096+}');
    assert.ok(parsed.kind === 'bad');
    assert.deepEqual(parsed.literal, { size: 4096, nonSync: true });
  });

  it('must not contain NUL', () => assert.match(fault('a LOGIN {1}', '\0', ' x'), /NUL/));
  it('followed by nothing where something is needed is refused', () =>
    assert.match(fault('a LOGIN {1}', 'x', ''), /^Expected a space and a password at octet 1 after the last literal$/));
  it('too many in one command are refused', () => {
    const received = ['a SEARCH TEXT {1}'];
    for (let i = 0; i < 100; i++) received.push('x', ' TEXT {1}');
    assert.match(fault(...received), /Too many literals/);
  });
  it('of APPEND is where the command ends, whatever size it has', () => {
    const named = { ...appendOf([{ piece: 'message', flags: [] }, text(99_999_999_999)], 'octets'), mailbox: 'foo' };
    assert.deepEqual(command('a APPEND {3}', 'foo', ' {99999999999}'), named);
    assert.match(fault('a APPEND foo {3}', 'abc', ''), /nothing behind/);
  });
});

describe('after ENABLE IMAP4rev2', () => {
  for (const key of ['RECENT', 'NEW', 'OLD', 'NOT NEW'])
    it(`a search for what is ${key} is refused`, () => {
      const parsed = parseCommand([octets(`a SORT (DATE) UTF-8 ${key}`)], { ...nothingAgreed, rev2: true });
      assert.ok(parsed.kind === 'bad');
      assert.match(parsed.text, /^IMAP4rev2 has no search key/);
    });
});

describe('after ENABLE UTF8=ACCEPT', () => {
  const utf8 = (line: string): Parsed => parseCommand([octets(line)], { ...nothingAgreed, utf8: true });
  it('a mailbox name is UTF-8, and an ampersand only itself', () => {
    const parsed = utf8('a SELECT "\xc3\xa4 & &AOQ-"');
    assert.ok(parsed.kind === 'command' && parsed.command.verb === 'SELECT');
    assert.equal(parsed.command.mailbox, 'ä & &AOQ-');
  });
  it('a name that is not UTF-8 and a search charset are refused', () => {
    assert.equal(utf8('a SELECT "\xe4"').kind, 'bad');
    assert.equal(utf8('a SEARCH CHARSET UTF-8 ALL').kind, 'bad');
    assert.equal(utf8('a SORT (DATE) UTF-8 ALL').kind, 'command'); // there it is no option
  });
});
