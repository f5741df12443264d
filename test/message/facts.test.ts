import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { MimePart } from '../../core/values/message-facts.ts';
import { factsOf, fixture, fixtureNames, outline } from './read-facts.ts';

const outlines: Readonly<Record<string, string>> = {
  plain: 'text/plain:2:"Hello\\r\\nworld\\r\\n"',
  empty: 'text/plain:0:""',
  'only-blank-line': 'text/plain:0:""',
  'no-blank-line': 'text/plain:0:""',
  'no-header': 'text/plain:1:"Just a body\\r\\n"',
  'last-line-unfinished': 'text/plain:2:"one\\r\\ntwo"',
  'line-feeds-only': 'mixed[text/html:1:"<p>"]',
  'mbox-from-line': 'text/plain:1:"body\\r\\n"',
  'two-parts': 'mixed[text/plain:1:"first" application/pdf:0:"AAAA"]',
  'boundary-never-closed': 'mixed[text/plain:1:"first" text/plain:1:"second\\r\\n"]',
  'boundary-never-seen': 'mixed[text/plain:0:""]',
  'boundary-parameter-missing': 'mixed[text/plain:0:""]',
  'boundary-too-long': 'mixed[text/plain:0:""]',
  'boundary-with-spaces-behind': 'mixed[text/plain:1:"first"]',
  'boundary-is-prefix-of-inner': 'mixed[mixed[text/plain:1:"in"] text/plain:1:"out"]',
  'inner-boundary-never-closed': 'mixed[mixed[text/plain:1:"inner"] text/plain:1:"outer"]',
  'part-without-blank-line': 'mixed[text/html:0:"" text/plain:1:"second"]',
  'parts-empty': 'mixed[text/plain:0:"" text/plain:0:""]',
  'closed-at-once': 'mixed[text/plain:0:""]',
  'delimiter-after-close': 'mixed[text/plain:1:"first"]',
  'nested-message': 'mixed[message(inner alternative[text/plain:1:"plain" text/html:1:"<b>"])]',
  'nested-message-plain': 'message(inner text/plain:1:"inner body\\r\\n")',
  'digest-with-default-types': 'digest[message(one text/plain:1:"body") text/plain:1:"plain"]',
  'content-type-broken': 'text/plain:1:"x\\r\\n"',
  'content-type-comments': 'text/html:1:"x\\r\\n"',
  'parameters-continued': 'application/x:0:"x\\r\\n"',
  'headers-eight-bit': 'text/plain:1:"x\\r\\n"',
  'headers-with-nul': 'text/plain:1:"\\u0000\\r\\n"',
  'header-repeated': 'text/html:1:"x\\r\\n"',
  'header-name-with-space': 'text/plain:1:"x\\r\\n"',
  'addresses-odd': 'text/plain:1:"x\\r\\n"',
  'bare-carriage-returns': 'text/plain:1:"line\\rone\\r\\n"',
};

function assertNested(part: MimePart, from: number, to: number): void {
  const offsets = [from, part.headerStart, part.bodyStart, part.bodyEnd, to];
  assert.deepEqual(
    offsets,
    [...offsets].sort((a, b) => a - b),
  );
  let at = part.bodyStart;
  for (const one of part.parts ?? []) {
    assertNested(one, at, part.bodyEnd);
    at = one.bodyEnd;
  }
  if (part.parts !== undefined) assert.ok(part.parts.length > 0);
  if (part.message !== undefined) assertNested(part.message.structure, part.bodyStart, part.bodyEnd);
}

describe('the facts of a message', () => {
  for (const [name, expected] of Object.entries(outlines)) {
    it(`are found: ${name}`, () => assert.equal(outline(factsOf(fixture(name)).structure, fixture(name)), expected));
  }

  it('do not depend on how the octets were cut into chunks', () => {
    for (const name of fixtureNames) {
      const octets = fixture(name);
      const whole = factsOf(octets);
      assert.equal(whole.size, octets.length);
      assertNested(whole.structure, 0, octets.length);
      for (const chunk of [1, 2, 3, 5, 7, 64]) assert.deepEqual(factsOf(octets, chunk), whole, `${name} in chunks of ${chunk}`);
    }
  });

  it('nest and lie within the message, whatever the octets, however cut', () => {
    const pieces = [
      '\r\n',
      '\n',
      '\r',
      '--',
      '-',
      'b',
      'bb',
      '--b',
      '--b--',
      '--bb',
      ' ',
      ':',
      'Subject: x',
      'To: a@b, ',
      'x\0\xff',
      'Content-Type: ',
    ];
    const types = ['multipart/mixed; boundary=b', 'multipart/digest; boundary="bb"', 'message/rfc822', 'text/plain', 'image/gif'];
    const soup = fc.array(fc.constantFrom(...pieces, ...types.map((type) => `Content-Type: ${type}\r\n\r\n`)), { maxLength: 60 });
    fc.assert(
      fc.property(soup, fc.integer({ min: 1, max: 20 }), (some, chunk) => {
        const octets = Buffer.from(some.join(''), 'latin1');
        const whole = factsOf(octets);
        assertNested(whole.structure, 0, octets.length);
        assert.deepEqual(factsOf(octets, chunk), whole);
      }),
      { numRuns: 1500 },
    );
  });

  it('hold the envelope: first of repeated fields, address fields joined, raw octets', () => {
    const { envelope } = factsOf(fixture('header-repeated'));
    assert.equal(envelope.subject, 'first');
    assert.deepEqual(envelope.to, [
      { mailbox: 'a', host: 'x' },
      { mailbox: 'b', host: 'x' },
    ]);
    const eightBit = factsOf(fixture('headers-eight-bit')).envelope;
    assert.deepEqual(eightBit.from, [{ name: 'J\xf6rg', mailbox: 'j', host: 'example.org' }]);
    assert.equal(eightBit.subject, 'gr\xc3\xbc\xc3\x9fe');
    assert.equal(factsOf(fixture('header-name-with-space')).envelope.subject, 'spaced');
    assert.equal(factsOf(fixture('mbox-from-line')).envelope.subject, 'x');
  });

  it('hold parameters with their continuations joined', () => {
    const { structure } = factsOf(fixture('parameters-continued'));
    assert.deepEqual(structure.params, [['name', 'a bc']]);
    assert.deepEqual(structure.disposition, { type: 'attachment', params: [['filename*', "utf-8''%e2%82%ac%20rates"]] });
    const commented = factsOf(fixture('content-type-comments')).structure;
    assert.deepEqual([commented.params, commented.encoding], [[['charset', 'utf-8']], '8bit']);
  });
});

describe('limits on a message', () => {
  it('keep what is nested too deep as one octet-stream', () => {
    let part: MimePart | undefined = factsOf(fixture('deep-nesting')).structure;
    let depth = 0;
    for (; part?.parts !== undefined; part = part.parts[0]) depth++;
    assert.equal(`${part?.type}/${part?.subtype}`, 'application/octet-stream');
    assert.equal(depth, 99);
  });

  it('let ten thousand parts be parts and the rest belong to the last one', () => {
    const octets = Buffer.from(`Content-Type: multipart/mixed; boundary=b\r\n\r\n${'--b\r\n\r\nx\r\n'.repeat(20_000)}`);
    const { structure } = factsOf(octets);
    assert.equal(structure.parts?.length, 9_999);
    assertNested(structure, 0, octets.length);
  });

  it('read on behind a giant header', () => {
    const giant = `Subject: ${'s'.repeat(200_000)}\r\nX: ${'x'.repeat(2_000_000)}\r\nTo: late@x\r\n\r\nbody`;
    const octets = Buffer.from(giant);
    const { envelope, structure } = factsOf(octets, 65_536);
    assert.equal(envelope.subject?.length, 65_535); // 64 KB of the field, its first space trimmed
    assert.deepEqual(envelope.to, []);
    assert.equal(octets.toString('latin1', structure.bodyStart, structure.bodyEnd), 'body');
  });

  it('keep facts small when many parts have large headers', () => {
    const part = `--b\r\nContent-Description: ${'d'.repeat(60_000)}\r\n\r\n`;
    const facts = factsOf(Buffer.from(`Content-Type: multipart/mixed; boundary=b\r\n\r\n${part.repeat(100)}`), 65_536);
    assert.ok(JSON.stringify(facts).length < 1_500_000);
  });

  it('take time in proportion to the size for octets made to be slow', () => {
    const head = 'Content-Type: multipart/mixed; boundary=b\r\n\r\n';
    const evil = ['--\r\n', '--b\r\n', '-\n', '--bb\n', '\r', '\n', '--b \t', 'a', ' ', ':\n', 'x\n', '(', '"', ';', '=?', ','];
    const start = performance.now();
    for (const unit of evil) {
      const octets = Buffer.from(unit.repeat(1_000_000 / unit.length));
      for (const before of ['', head, 'Content-Type: ', 'Content-Type: text/plain; ', 'To: ', 'Date: ', 'Content-Language: ']) {
        factsOf(Buffer.concat([Buffer.from(before), octets]), 4096);
      }
    }
    // About 110 MB: anything quadratic in one of them would need many minutes.
    assert.ok(performance.now() - start < 30_000);
  });
});
