import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { formatBodyStructure, formatEnvelope } from '../../listeners/imap/wire/format.ts';
import { factsOf, fixture, fixtureNames } from '../message/read-facts.ts';
import { readDatum } from './strict-reader.ts';
import { assertBody, assertEnvelope } from './strict-structure.ts';

/** What a client is told of this message, read as strictly as any client may. */
function assertReadable(octets: Uint8Array): void {
  const { envelope, structure } = factsOf(octets);
  assertEnvelope(readDatum(formatEnvelope(envelope)));
  for (const extended of [true, false]) assertBody(readDatum(formatBodyStructure(structure, extended)), extended);
}

const values = ['', ' ', 'x', '"', '\\', '(', ')', '<a@b>', 'a:', ';', '=', '\0', '\r', '\xe4', '=?utf-8?Q?=C3?=', 'NIL', '{3}', ', '];
const types = ['multipart/mixed; boundary=b', 'multipart/digest;boundary="b b"', 'message/rfc822', 'TEXT/html; x', 'a/b; n*0*=; n*1="c'];
const names = ['From', 'To', 'Sender', 'Subject', 'Date', 'Message-ID', 'Content-Disposition', 'Content-ID', 'Content-Language', 'X'];

const value = fc.array(fc.constantFrom(...values), { maxLength: 6 }).map((some) => some.join(''));
const field = fc.oneof(
  fc.tuple(fc.constantFrom(...names), value).map(([name, text]) => `${name}: ${text}\r\n`),
  fc.constantFrom(...types).map((type) => `Content-Type: ${type}\r\n`),
);
const block = fc.array(field, { maxLength: 5 }).map((fields) => `${fields.join('')}\r\n`);
const message = fc
  .array(fc.oneof(block, fc.constantFrom('--b\r\n', '--b--\r\n', '--b b\r\n', 'text\r\n', '\r\n')), { minLength: 1, maxLength: 12 })
  .map((pieces) => Buffer.from(pieces.join(''), 'latin1'));

describe('ENVELOPE, BODY and BODYSTRUCTURE', () => {
  it('keep to the grammar for each broken message that is kept', () => {
    for (const name of fixtureNames) assert.doesNotThrow(() => assertReadable(fixture(name)), name);
  });

  it('keep to the grammar whatever the message is', () => fc.assert(fc.property(message, assertReadable), { numRuns: 2_000 }));

  it('keep to the grammar for any octets', () =>
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), assertReadable), { numRuns: 500 }));
});

describe('the strict reader', () => {
  it('gives up on what a client may give up on', () => {
    for (const text of ['()', '(a)', '("a""b")', '"\xe4"', '"a\r\nb"', '{3}\r\nab', '{1}\r\n\0', '(NIL', '"\\x"', '1a', 'NILL'])
      assert.throws(() => readDatum(text), text);
    assert.deepEqual(readDatum('(NIL 1 "a \\"" ({2}\r\n\xe4\r))'), [null, 1, 'a "', ['\xe4\r']]);
    assert.deepEqual(readDatum('(("a")("b"))'), [['a'], ['b']]);
  });
});
