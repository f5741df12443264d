import { describe } from 'node:test';
import { areRead, areRefused, type Read, type Refused } from './command-line.ts';

const resync = (qresync: unknown) => ({ verb: 'SELECT', mailbox: 'x', condstore: false, qresync });
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

const good: Read = [
  ['a SETACL x karen@example.org +lr', { verb: 'SETACL', mailbox: 'x', identifier: 'karen@example.org', rights: '+lr' }],
  ['a setacl "a b" "k\xc3\xa4ren@example.org" ""', { verb: 'SETACL', mailbox: 'a b', identifier: 'kären@example.org', rights: '' }],
  ['a DELETEACL x -anyone', { verb: 'DELETEACL', mailbox: 'x', identifier: '-anyone' }],
  ['a LISTRIGHTS x anyone', { verb: 'LISTRIGHTS', mailbox: 'x', identifier: 'anyone' }],
  ['a GETACL inbox', { verb: 'GETACL', mailbox: 'INBOX' }],
  ['a MYRIGHTS x', { verb: 'MYRIGHTS', mailbox: 'x' }],
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
    'a NOTIFY SET STATUS (selected-delayed (MessageNew (UID FLAGS) MessageExpunge FlagChange)) (subtree (x "y z") (mailboxname))',
    {
      verb: 'NOTIFY',
      status: true,
      groups: [
        {
          where: { of: 'selected', delayed: true },
          events: new Set(['MessageNew', 'MessageExpunge', 'FlagChange']),
          items: [{ item: 'UID' }, { item: 'FLAGS' }],
        },
        { where: { of: 'subtree', names: ['x', 'y z'] }, events: new Set(['MailboxName']), items: [] },
      ],
    },
  ],
  ['a notify none', { verb: 'NOTIFY', status: false, groups: [] }],
  [
    'a NOTIFY SET (selected NONE) (mailboxes inbox ServerMetadataChange)',
    {
      verb: 'NOTIFY',
      status: false,
      groups: [
        { where: { of: 'selected', delayed: false }, events: new Set(), items: [] },
        { where: { of: 'mailboxes', names: ['INBOX'] }, events: new Set(['ServerMetadataChange']), items: [] },
      ],
    },
  ],
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
];

const bad: Refused = [
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
  ['a NOTIFY SETSTATUS (personal NONE)', /^Expected SET or NONE before here/],
  ['a NOTIFY SET (personal MessageNew)', /^MessageNew and MessageExpunge go together/],
  ['a NOTIFY SET (personal (MailboxName)', /^Expected the end of what to watch/],
  ['a NOTIFY SET (mailboxes () (MailboxName))', /^Expected a mailbox name/],
  [`a NOTIFY SET${' (personal NONE)'.repeat(101)}`, /^A command may have 100 groups of events/],
  [`a NOTIFY SET (mailboxes (${'x '.repeat(1_000)}x) NONE)`, /^A command may name 1000 mailboxes/],
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
  ['a SELECT x (QRESYNC (1 1 $))', /must not contain "\$"/],
];

describe('an IMAP command line', () => {
  areRead(good);
  areRefused(bad);
});
