import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Flag } from '../../core/values/flags.ts';
import type { Envelope, MimePart } from '../../core/values/message-facts.ts';
import { formatBodyStructure, formatEnvelope, formatFlags, formatInternalDate, formatMailbox } from '../../listeners/imap/wire/format.ts';
import { formatAstring, formatNstring, formatString } from '../../listeners/imap/wire/format-string.ts';
import { decodeModifiedUtf7, encodeModifiedUtf7 } from '../../listeners/imap/wire/mailbox-name.ts';

describe('a string', () => {
  it('is quoted where it can be, a literal where not, and NIL when there is none', () => {
    assert.equal(formatString('a "b" \\'), '"a \\"b\\" \\\\"');
    assert.equal(formatString('\xe4'), '{1}\r\n\xe4');
    assert.equal(formatString('a\r\nb'), '{4}\r\na\r\nb');
    assert.equal(formatString('a\0b'), '"ab"');
    assert.equal(formatNstring(undefined), 'NIL');
    assert.equal(formatNstring(''), '""');
  });
  it('is an atom only when nobody can take it for something else', () => {
    assert.equal(formatAstring('X-A'), 'X-A');
    for (const text of ['', 'nil', 'a b', 'a"', 'a(', '*', '%', 'a{', 'a\\']) assert.match(formatAstring(text), /^"/, text);
  });
});

describe('a mailbox name', () => {
  it('goes out in modified UTF-7, or in UTF-8 where that was enabled', () => {
    assert.equal(formatMailbox('~peter/mail/台北/日本語'), '~peter/mail/&U,BTFw-/&ZeVnLIqe-');
    assert.equal(formatMailbox('R&D'), 'R&-D');
    assert.equal(formatMailbox('a b'), '"a b"');
    assert.equal(formatMailbox('ä', true), '"\xc3\xa4"');
  });
  it('comes back the same for every Unicode name', () =>
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (name) => {
        const octets = encodeModifiedUtf7(name);
        assert.match(octets, /^[\x20-\x7e]*$/);
        assert.equal(decodeModifiedUtf7(octets), name);
      }),
    ));
  it('has one spelling only: what decodes encodes to itself', () =>
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'&-,AQ+/aä=') }), (octets) => {
        const name = decodeModifiedUtf7(octets);
        if (name !== undefined) assert.equal(encodeModifiedUtf7(name), octets);
      }),
      { numRuns: 500 },
    ));
});

describe('flags and dates', () => {
  it('are printed as RFC 3501 has them', () => {
    assert.equal(formatFlags(['\\Seen' as Flag, '$x' as Flag], true), '(\\Seen $x \\Recent)');
    assert.equal(formatFlags([]), '()');
    assert.equal(formatInternalDate(Date.UTC(1996, 6, 7, 2, 4, 5)), '" 7-Jul-1996 02:04:05 +0000"');
  });
});

const none: Envelope = { from: [], sender: [], replyTo: [], to: [], cc: [], bcc: [] };
const leaf: MimePart = {
  type: 'text',
  subtype: 'plain',
  params: [],
  encoding: '7bit',
  headerStart: 0,
  bodyStart: 2,
  bodyEnd: 12,
  lines: 3,
};

describe('an envelope', () => {
  it('tells From as Sender and Reply-To when they are absent, and groups with NIL for their host', () => {
    const envelope = {
      ...none,
      subject: 'x',
      from: [{ name: 'A', route: '@r', mailbox: 'a', host: 'b' }],
      to: [{ mailbox: 'g' }, { mailbox: 'c', host: 'd' }, {}],
    };
    const from = '(("A" "@r" "a" "b"))';
    assert.equal(
      formatEnvelope(envelope),
      `(NIL "x" ${from} ${from} ${from} ((NIL NIL "g" NIL)(NIL NIL "c" "d")(NIL NIL NIL NIL)) NIL NIL NIL NIL)`,
    );
  });
});

describe('a body structure', () => {
  it('of text has its lines, and its extension data only when asked', () => {
    assert.equal(formatBodyStructure(leaf, false), '("text" "plain" NIL NIL NIL "7bit" 10 3)');
    assert.equal(formatBodyStructure(leaf, true), '("text" "plain" NIL NIL NIL "7bit" 10 3 NIL NIL NIL NIL)');
  });
  it('of a multipart has its parts without spaces between them', () => {
    const part: MimePart = {
      ...leaf,
      type: 'multipart',
      subtype: 'mixed',
      params: [['boundary', 'b']],
      parts: [leaf, leaf],
      language: ['de', 'en'],
    };
    const inside = formatBodyStructure(leaf, true);
    assert.equal(formatBodyStructure(part, true), `(${inside}${inside} "mixed" ("boundary" "b") NIL ("de" "en") NIL)`);
    assert.match(formatBodyStructure(part, false), / "mixed"\)$/);
  });
  it('of a message inside has its envelope, structure and lines', () => {
    const part: MimePart = {
      ...leaf,
      type: 'message',
      subtype: 'rfc822',
      message: { envelope: none, structure: leaf },
      disposition: { type: 'inline', params: [] },
    };
    assert.equal(
      formatBodyStructure(part, true),
      `("message" "rfc822" NIL NIL NIL "7bit" 10 ${formatEnvelope(none)} ${formatBodyStructure(leaf, true)} 3 NIL ("inline" NIL) NIL NIL)`,
    );
  });
});
