import { describe } from 'node:test';
import { appendOf, areRead, areRefused, fetchOf, type Read, type Refused, section, text } from './command-line.ts';

const good: Read = [
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
  ['a UID EXPUNGE $', { verb: 'EXPUNGE', uids: ['$'] }],
  ['a FETCH 1 (emailid THREADID)', fetchOf({ item: 'EMAILID' }, { item: 'THREADID' })],
  ['a FETCH 1 flags', fetchOf({ item: 'FLAGS' })],
  ['a FETCH 1 (FLAGS UID flags FLAGS)', fetchOf({ item: 'FLAGS' }, { item: 'UID' })],
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

const bad: Refused = [
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
  ['a FETCH 1 FLAGS (PARTIAL 1:2)', /PARTIAL is for UID FETCH/],
  ['a UID FETCH 1 FLAGS (PARTIAL 1:2 PARTIAL 1:2)', /Repeated modifier PARTIAL/],
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
  areRead(good);
  areRefused(bad);
});
