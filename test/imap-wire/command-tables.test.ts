import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nothingAgreed } from '../../listeners/imap/wire/agreed.ts';
import { type Parsed, parseCommand } from '../../listeners/imap/wire/parse-command.ts';
import {
  appendOf,
  areRead,
  areRefused,
  command,
  fault,
  fetchOf,
  octets,
  parse,
  type Read,
  type Refused,
  section,
  text,
} from './command-line.ts';

const good: Read = [
  ['a noop', { verb: 'NOOP' }],
  ['a IDLE', { verb: 'IDLE' }],
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
];

const bad: Refused = [
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
];

describe('an IMAP command line', () => {
  areRead(good);
  areRefused(bad);
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
