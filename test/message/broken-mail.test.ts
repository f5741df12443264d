import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodedText, decodeHeaderText } from '../../core/message/decoded-text.ts';
import type { MimePart } from '../../core/values/message-facts.ts';
import { factsOf, fixture, outline } from './read-facts.ts';

/** All text parts as people would read them, one behind the other. */
function textsOf(part: MimePart, octets: Buffer): readonly string[] {
  if (part.parts !== undefined) return part.parts.flatMap((one) => textsOf(one, octets));
  if (part.message !== undefined) return textsOf(part.message.structure, octets);
  if (part.type !== 'text') return [];
  const decoder = decodedText(part);
  return [decoder.write(octets.subarray(part.bodyStart, part.bodyEnd)) + decoder.end()];
}

const texts: Readonly<Record<string, readonly string[]>> = {
  'base64-cut-short': ['find me no'],
  'base64-with-junk': ['find me'],
  'quoted-printable-broken': ['find me =ZZ '],
  'transfer-encoding-quoted': ['find me'],
  'transfer-encoding-unknown': ['find me\r\n'],
  'charset-iso-2022-jp': ['日本\r\n'],
  'charset-quote-never-closed': ['find me\r\n'],
  'charset-says-ascii-is-utf-8': ['find me café\r\n'],
  'charset-says-utf-8-is-latin1': ['find me caf\ufffd behind\r\n'],
  'charset-unknown': ['find me café\r\n'],
  'charset-utf-16': ['find me'],
  'charset-with-odd-quotes': ['find me café\r\n'],
  'content-type-only-type': ['find me\r\n'],
  'content-type-twice': ['find me\r\n'],
  'multipart-in-base64': ['find me'],
  'global-message-inside': ['find me\r\n'],
  'boundary-same-at-both-levels': ['in', 'out'],
  'delivery-report': ['find me', 'Subject: was\r\n'],
};

const outlines: Readonly<Record<string, string>> = {
  'boundary-empty': 'mixed[text/plain:0:""]',
  'boundary-same-at-both-levels': 'mixed[alternative[text/plain:1:"in"] text/plain:1:"out"]',
  'boundary-with-8-bit': 'mixed[text/plain:1:"find me"]',
  'content-type-ends-in-nothing': 'mixed[text/plain:1:"find me"]',
  'content-type-twice': 'text/html:1:"find me\\r\\n"',
  'header-of-colons': 'text/plain:1:"find me\\r\\n"',
  'message-in-base64': 'message(undefined text/plain:0:"")',
  'multipart-inside-text-claims': 'text/plain:4:"--b\\r\\n\\r\\nfind me\\r\\n--b--\\r\\n"',
  'partial-message': 'message/partial:0:"Subject: inner\\r\\n\\r\\nfind me\\r\\n"',
};

const subjects: Readonly<Record<string, string>> = {
  'encoded-word-broken-base64': ' find me',
  'encoded-word-never-closed': '=?utf-8?Q?find=20me',
  'encoded-word-of-unknown-charset': 'find me',
  'encoded-word-of-unknown-encoding': '=?utf-8?X?find?= find me',
  'encoded-words-split-between-octets': 'café find me',
  'charset-iso-2022-jp': '日本',
  'header-ends-in-carriage-return': 'find me',
  'header-folded-over-blank-looking-line': 'find  me',
  'header-line-without-colon': 'find me',
  'tabs-for-spaces': 'find\tme',
};

describe('broken mail', () => {
  for (const [name, expected] of Object.entries(texts)) {
    it(`has the text that people can read in it: ${name}`, () =>
      assert.deepEqual(textsOf(factsOf(fixture(name)).structure, fixture(name)), expected));
  }

  for (const [name, expected] of Object.entries(outlines)) {
    it(`has the parts that can be told apart: ${name}`, () =>
      assert.equal(outline(factsOf(fixture(name)).structure, fixture(name)), expected));
  }

  for (const [name, expected] of Object.entries(subjects)) {
    it(`has its subject: ${name}`, () => assert.equal(decodeHeaderText(factsOf(fixture(name)).envelope.subject ?? ''), expected));
  }

  it('has a date only when one can be read', () => {
    assert.equal(factsOf(fixture('date-with-two-digit-year')).date, Date.UTC(1998, 10, 5, 15, 20, 30));
    for (const name of ['date-nonsense', 'date-out-of-range']) assert.equal(factsOf(fixture(name)).date, undefined, name);
  });

  it('has the addresses that can be told apart', () => {
    const from = (name: string) => factsOf(fixture(name)).envelope.from;
    const karen = { mailbox: 'karen', host: 'example.org' };
    assert.deepEqual(from('address-angle-never-closed'), [{ name: 'Karen', ...karen }]);
    assert.deepEqual(from('address-comments-nested'), [{ name: 'Karen (of (sales))', ...karen }]);
    assert.deepEqual(from('address-route'), [{ route: '@a.example,@b.example', ...karen }]);
    assert.deepEqual(from('address-quote-never-closed'), [{ mailbox: 'Karen <karen@example.org>', host: '' }]);
    assert.deepEqual(from('address-without-domain'), [{ mailbox: 'root', host: '' }]);
    assert.deepEqual(factsOf(fixture('address-undisclosed')).envelope.to, [{ mailbox: 'undisclosed-recipients' }, {}]);
  });

  it('has file names as far as they are there', () => {
    const named = (name: string) => factsOf(fixture(name)).structure.disposition?.params;
    assert.deepEqual(named('filename-continuations-with-a-gap'), [['filename', 'acz']]);
    assert.deepEqual(named('filename-as-encoded-word'), [['filename', '=?utf-8?B?w6QucGRm?=']]);
    assert.deepEqual(named('filename-8-bit'), [['filename', '\xe4.pdf']]);
    assert.deepEqual(named('filename-with-line-break'), [['filename', 'a']]);
  });
});
