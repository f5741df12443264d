import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { SearchKey, SequenceRange, SequenceSet } from '../../core/values/search-key.ts';
import { nothingAgreed } from '../../listeners/imap/wire/agreed.ts';
import type { AppendPlace } from '../../listeners/imap/wire/command.ts';
import { formatMailbox } from '../../listeners/imap/wire/format.ts';
import { formatAstring } from '../../listeners/imap/wire/format-string.ts';
import { literalAtEnd } from '../../listeners/imap/wire/framing.ts';
import { parseAppendLine } from '../../listeners/imap/wire/parse-append.ts';
import { parseCommand } from '../../listeners/imap/wire/parse-command.ts';

const octets = (text: string): Buffer => Buffer.from(text, 'latin1');

/** Cuts what a client would send into lines and literals, as a session does. */
function received(text: string): Buffer[] {
  const parts: Buffer[] = [];
  let rest = text;
  for (;;) {
    const end = rest.indexOf('\r\n');
    const line = octets(end === -1 ? rest : rest.slice(0, end));
    parts.push(line);
    const literal = literalAtEnd(line);
    if (end === -1 || literal === undefined) return parts;
    parts.push(octets(rest.slice(end + 2, end + 2 + literal.size)));
    rest = rest.slice(end + 2 + literal.size);
  }
}

const words = [
  'a ',
  'UID ',
  'FETCH ',
  'STORE ',
  'SEARCH ',
  'SORT (',
  'THREAD REFERENCES UTF-8 ',
  'RETURN (PARTIAL -1:-2 ',
  'SELECT ',
  'x (QRESYNC (',
  '7 12',
  '(CHANGEDSINCE ',
  'VANISHED',
  'APPEND ',
  'LIST ',
  'LOGIN ',
  'ID ',
  'CREATE ',
  'STATUS ',
  '1:* ',
  '1',
  '(',
  ')',
  '"',
  '\\',
  '{3}',
  '{3+}',
  '~{1}',
  'BODY[',
  ']',
  '<0.1>',
  'HEADER.FIELDS ',
  'FLAGS',
  '+FLAGS',
  '(\\Seen)',
  'NOT ',
  'OR ',
  'CHARSET ',
  'UTF-8 ',
  'MODSEQ ',
  ' ',
  '&',
  '&AOQ-',
  '\0',
  '\xff',
  '1-Feb-1994',
  'NIL',
  '%',
  '*',
  'CATENATE (',
  'UTF8 (',
  'TEXT ',
  'URL u',
  ') ',
];
const places = fc.constantFrom<AppendPlace>('octets', 'utf8', 'catenate', 'catenate-utf8');
const soup = fc
  .array(fc.oneof(fc.constantFrom(...words), fc.string({ maxLength: 3, unit: 'binary-ascii' })), { maxLength: 30 })
  .map((some) => some.join(''));

describe('the command parser', () => {
  it('answers any octets with a command, a wish for a literal or a reason, and never throws', () =>
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { minLength: 1, maxLength: 5 }), fc.boolean(), (lines, utf8) => {
        const parsed = parseCommand(
          lines.map((line) => Buffer.from(line)),
          { ...nothingAgreed, utf8 },
        );
        if (parsed.kind === 'bad') assert.match(parsed.text, /^[\x20-\x7e]+$/);
      }),
    ));

  it('does so for what is nearly a command too', () =>
    fc.assert(
      fc.property(soup, fc.array(soup, { maxLength: 4 }), (line, more) => {
        const parsed = parseCommand([`a ${line}`, ...more].map(octets));
        if (parsed.kind === 'bad') assert.match(parsed.text, /^[\x20-\x7e]+$/);
      }),
      { numRuns: 3000 },
    ));

  it('does so for what comes behind octets of an appended message too', () =>
    fc.assert(
      fc.property(soup, fc.array(soup, { maxLength: 4 }), places, (line, more, place) => {
        const parsed = parseAppendLine([line, ...more].map(octets), place);
        if (parsed.kind === 'bad') assert.match(parsed.text, /^[\x20-\x7e]+$/);
        if (parsed.kind === 'line' && parsed.then !== undefined) assert.equal(parsed.pieces.at(-1)?.piece, 'text');
      }),
      { numRuns: 3000 },
    ));

  it('takes time in proportion to the line', () => {
    const evil = [
      '"',
      '"\\"',
      '(',
      'NOT ',
      '1,',
      '&AOQ-',
      '{1}',
      'BODY[1.',
      '\\Seen ',
      'x ',
      '1.',
      '=',
      ';',
      ' ',
      'OR ALL ',
      '~',
      '-',
      '"a" ',
      'URL u ',
      'x URL "u") CATENATE (URL ',
    ];
    const heads = [
      '',
      'a ',
      'a LOGIN ',
      'a SEARCH ',
      'a SEARCH RETURN (',
      'a SORT (DATE ',
      'a THREAD REFERENCES UTF-8 ',
      'a FETCH ',
      'a FETCH 1 ',
      'a FETCH 1 (',
      'a FETCH 1 BODY[',
      'a STORE 1 FLAGS (',
      'a SELECT ',
      'a SELECT x (QRESYNC (1 1 ',
      'a SELECT x (QRESYNC (1 1 (1 ',
      'a UID FETCH 1 FLAGS (',
      'a ID (',
      'a LIST "" ',
      'a APPEND x CATENATE (',
      'a APPEND x ',
    ];
    const start = performance.now();
    for (const head of heads) for (const unit of evil) parseCommand([octets(head + unit.repeat(65_000 / unit.length))]);
    // Some 200 lines of 64 KB: a parser that is quadratic in any of them would need minutes.
    assert.ok(performance.now() - start < 10_000);
  });
});

const number = fc.integer({ min: 1, max: 0xffff_ffff });
const seqNumber = fc.oneof(number, fc.constant('*' as const));
const seqRange = fc.record({ from: seqNumber, to: seqNumber }, { noNullPrototype: true });
/** `$` stands in it once at most: what is said again is read once. */
const set: fc.Arbitrary<SequenceSet> = fc
  .array(fc.oneof({ weight: 5, arbitrary: seqRange }, fc.constant('$' as const)), { minLength: 1, maxLength: 4 })
  .map((some) => some.filter((one, i) => one !== '$' || some.indexOf('$') === i));
const printRange = ({ from, to }: SequenceRange): string => (from === to ? `${from}` : `${from}:${to}`);
const printSet = (given: SequenceSet): string => given.map((one) => (one === '$' ? one : printRange(one))).join(',');
const text = fc.string({ unit: 'grapheme', maxLength: 12 }).filter((one) => !one.includes('\0'));
const printText = (one: string): string => formatAstring(Buffer.from(one, 'utf8').toString('latin1'));

const { key: searchKey } = fc.letrec<{ key: SearchKey }>((tie) => ({
  key: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom<SearchKey>({ key: 'ALL' }, { key: 'NEW' }, { key: 'OLD' }, { key: 'RECENT' }),
    fc.record({ key: fc.constantFrom('SUBJECT', 'TEXT', 'BODY', 'FROM'), text }, { noNullPrototype: true }) as fc.Arbitrary<SearchKey>,
    fc.record({ key: fc.constantFrom('SET', 'UID'), set }, { noNullPrototype: true }) as fc.Arbitrary<SearchKey>,
    fc.record({ key: fc.constantFrom('LARGER', 'SMALLER'), octets: fc.nat() }, { noNullPrototype: true }) as fc.Arbitrary<SearchKey>,
    fc.record({ key: fc.constant('NOT'), of: tie('key') }, { noNullPrototype: true }) as fc.Arbitrary<SearchKey>,
    fc.record({ key: fc.constant('OR'), of: fc.tuple(tie('key'), tie('key')) }, { noNullPrototype: true }) as fc.Arbitrary<SearchKey>,
    fc.record(
      { key: fc.constant('AND'), of: fc.array(tie('key'), { minLength: 2, maxLength: 4 }) },
      { noNullPrototype: true },
    ) as fc.Arbitrary<SearchKey>,
  ),
}));

function printKey(key: SearchKey): string {
  switch (key.key) {
    case 'NOT':
      return `NOT ${printKey(key.of)}`;
    case 'OR':
      return `OR ${printKey(key.of[0])} ${printKey(key.of[1])}`;
    case 'AND':
      return `(${key.of.map(printKey).join(' ')})`;
    case 'SET':
      return printSet(key.set);
    case 'UID':
      return `UID ${printSet(key.set)}`;
    case 'LARGER':
    case 'SMALLER':
      return `${key.key} ${key.octets}`;
    case 'SUBJECT':
    case 'TEXT':
    case 'BODY':
    case 'FROM':
      return `${key.key} ${printText(key.text)}`;
    default:
      return key.key;
  }
}

describe('a command made from its grammar', () => {
  it('SEARCH: is read as what was meant, literals included', () =>
    fc.assert(
      fc.property(searchKey, (criteria) => {
        const parsed = parseCommand(received(`t UID SEARCH CHARSET UTF-8 ${printKey(criteria)}`));
        assert.deepEqual(parsed, { kind: 'command', command: { tag: 't', verb: 'SEARCH', uid: true, charset: 'UTF-8', criteria } });
      }),
    ));

  it('COPY and RENAME: names come through modified UTF-7', () =>
    fc.assert(
      fc.property(set, fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }), (messages, mailbox) => {
        fc.pre(!/\p{Cc}|\u2028|\u2029/u.test(mailbox) && !/^inbox/i.test(mailbox));
        const parsed = parseCommand(received(`t COPY ${printSet(messages)} ${formatMailbox(mailbox)}`));
        assert.deepEqual(parsed, { kind: 'command', command: { tag: 't', verb: 'COPY', uid: false, set: messages, mailbox } });
      }),
    ));

  it('FETCH: the name of a section is one that can be asked for again', () =>
    fc.assert(
      fc.property(
        fc.array(number, { maxLength: 4 }),
        fc.constantFrom('', 'HEADER', 'TEXT', 'HEADER.FIELDS (A b-C)', 'HEADER.FIELDS.NOT ("(x)" y)'),
        fc.boolean(),
        (path, what, peek) => {
          const spec = [...path, ...(what === '' ? [] : [what])].join('.');
          const first = parseCommand(received(`t FETCH 1 BODY${peek ? '.PEEK' : ''}[${spec}]`));
          assert.ok(first.kind === 'command' && first.command.verb === 'FETCH');
          const [item] = first.command.items;
          assert.ok(item?.item === 'SECTION');
          assert.equal(item.name, `BODY[${spec}]`);
          assert.deepEqual(item.section.path, path);
          assert.equal(item.peek, peek);
        },
      ),
    ));
});

describe('a literal at the end of a line', () => {
  it('is found whatever stands before it', () => {
    assert.deepEqual(literalAtEnd(octets('a APPEND x {12}')), { size: 12, nonSync: false });
    assert.deepEqual(literalAtEnd(octets('a "{3+}')), { size: 3, nonSync: true });
    for (const line of ['', '}', '{}', '{x}', '{1', '{1} ', '{-1}', '{1-}']) assert.equal(literalAtEnd(octets(line)), undefined, line);
    assert.equal(literalAtEnd(octets(`{${'9'.repeat(400)}}`))?.size, Number.POSITIVE_INFINITY);
    assert.equal(literalAtEnd(octets('9'.repeat(65_000) + '}')), undefined);
  });
});
