import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { messageFacts } from '../../core/message/parse-message.ts';
import { surrogate } from '../../core/message/surrogate.ts';
import { surrogateField } from '../../core/message/surrogate-field.ts';
import { isAscii } from '../../core/values/ascii.ts';

const latin1 = (text: string): string => Buffer.from(text).toString('latin1');
const field = (text: string): string => surrogateField(latin1(`${text}\r\n`)).replace(/\r\n$/, '');

async function surrogateOf(message: Uint8Array, prefix = '', size = 65_536): Promise<string> {
  const facts = messageFacts();
  facts.write(message);
  const whole = Buffer.concat([Buffer.from(prefix, 'latin1'), message]);
  const source = async function* (): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < whole.length; at += size) yield whole.subarray(at, at + size);
  };
  const parts: Uint8Array[] = [];
  for await (const part of surrogate(source(), facts.end().structure, prefix.length)) parts.push(part);
  return Buffer.concat(parts).toString('latin1');
}

const onOneLine = (text: string): string => text.replace(/[\r\n]/g, '');
const word = (text: string): string => `=?UTF-8?B?${Buffer.from(text).toString('base64')}?=`;
const invalid = '<invalid@internationalized-address.invalid>';

describe('a header field without UTF-8', () => {
  it('of ASCII, or of octets that are no UTF-8, stays as it is', () => {
    assert.equal(surrogateField('Subject:  a\r\n\tb\r\n'), 'Subject:  a\r\n\tb\r\n');
    assert.equal(surrogateField('Subject: gr\xfc\xdfe\r\n'), 'Subject: gr\xfc\xdfe\r\n');
  });

  it('names an address outside ASCII beside one that is invalid', () => {
    assert.equal(field('From: jürgen@example.net'), `From: ${word('jürgen@example.net')}\r\n ${invalid}`);
    assert.equal(
      field('To: "Bob \\"B\\" Bar" <bob@bücher.example>'),
      `To: "Bob \\"B\\" Bar"\r\n ${word(' <bob@bücher.example>')}\r\n ${invalid}`,
    );
    assert.equal(field('Return-Path: <ü@example.net>'), `Return-Path: ${word('ü@example.net')}\r\n ${invalid}`);
  });

  it('keeps addresses in ASCII, their names and their groups', () => {
    assert.equal(
      field('Cc: Zoë <zoe@example.net>, "B, C" <b@example.net>'),
      `Cc: ${word('Zoë')} <zoe@example.net>,\r\n "B, C" <b@example.net>`,
    );
    assert.equal(field('Cc: =?utf-8?Q?Z=C3=B6?= <a@b>, ü@b'), `Cc: =?utf-8?Q?Z=C3=B6?= <a@b>,\r\n ${word('ü@b')}\r\n ${invalid}`);
    assert.equal(field('To: Büro: "a b"@c, d@e;, f@g'), `To: ${word('Büro')}: <"a b"@c>,\r\n <d@e>;,\r\n <f@g>`);
  });

  it('goes where its syntax has no room for text', () => {
    for (const text of ['Message-ID: <ü@b>', 'Received: from ü by b', 'Größe: 1', 'a line that is no fïeld'])
      assert.equal(field(text), '', text);
  });

  it('becomes encoded-words elsewhere, each short enough for its line', () => {
    const long = field(`X-Note: ${'schön '.repeat(100)}`);
    for (const line of long.split('\r\n')) assert.ok(line.length <= 78, line);
    const text = [...long.matchAll(/\?B\?([^?]*)\?=/g)].map(([, base64 = '']) => Buffer.from(base64, 'base64').toString()).join('');
    assert.equal(text.trim(), 'schön '.repeat(100).trim());
  });

  it('is one field of ASCII, or none, whatever it says', () => {
    const names = fc.constantFrom('From', 'To', 'Subject', 'Return-Path', 'Content-Type', 'X-Any', 'Received', 'Ü');
    const pieces = fc.constantFrom(
      '<',
      '>',
      '"',
      '\\',
      '@',
      ',',
      ';',
      ':',
      '(',
      ')',
      'ü',
      '☃',
      'a',
      ' ',
      '=?utf-8?Q?=C3=BC?=',
      'ü@b',
      '\r\n ',
    );
    const values = fc.oneof(
      fc.array(pieces, { maxLength: 30 }),
      fc.array(fc.string({ unit: 'grapheme' }).map(onOneLine), { maxLength: 3 }),
    );
    fc.assert(
      fc.property(names, values, (name, value) => {
        const text = surrogateField(latin1(`${name}: ${value.join('')}\r\n`));
        assert.ok(isAscii(text) && (text === '' || text.endsWith('\r\n')), text);
        for (const line of text.split('\r\n').slice(1, -1)) assert.match(line, /^[ \t]/);
      }),
    );
  });
});

describe('the surrogate of a message', () => {
  const message = Buffer.from(
    [
      'Subject: Grüße',
      'Content-Type: multipart/mixed; boundary=b',
      '',
      'Preamble: ü',
      '--b',
      'Content-Type: text/plain; charset=utf-8; name="ü.txt"',
      '',
      'Subject: ü stays',
      '--b',
      'Content-Type: message/rfc822',
      '',
      'From: ü@example.net',
      '',
      'ü',
      '--b--',
      '',
    ].join('\r\n'),
  );

  it('has ASCII in all its headers, and every body as it was', async () => {
    const text = Buffer.from(await surrogateOf(message), 'latin1').toString();
    for (const kept of ['\r\nPreamble: ü\r\n', '\r\n\r\nSubject: ü stays\r\n', '\r\n\r\nü\r\n--b--']) assert.ok(text.includes(kept), text);
    assert.ok(!/Grüße|"ü|: ü@/.test(text), text);
  });

  it('is the same however the octets come, its Return-Path too', async () => {
    const prefix = latin1('Return-Path: <ü@example.net>\r\n');
    const whole = await surrogateOf(message, prefix);
    assert.ok(whole.startsWith('Return-Path: =?UTF-8?B?'));
    for (const size of [1, 2, 7, 64, 100]) assert.equal(await surrogateOf(message, prefix, size), whole);
  });

  it('without UTF-8 in its headers is the message', async () => {
    const parts = fc.constantFrom('\r\n', '\r\n\r\n', 'A: b', ' c', '--b', '.', '\xff', 'Content-Type: multipart/mixed; boundary=b');
    const anything = fc.array(parts, { maxLength: 40 }).map((some) => Buffer.from(some.join(''), 'latin1'));
    await fc.assert(
      fc.asyncProperty(anything, fc.integer({ min: 1, max: 9 }), async (octets, size) => {
        assert.equal(await surrogateOf(octets, '', size), octets.toString('latin1'));
      }),
    );
  });

  it('of a field that is too long to hold has question marks, and what follows is read again', async () => {
    const endless = Buffer.from(`X-Long: ${'ü'.repeat(200_000)}\r\nX: a\r\nSubject: ü\r\n\r\nü\r\n`);
    const text = await surrogateOf(endless, '', 4096);
    assert.ok(text.startsWith('X-Long: ??'));
    assert.ok(text.endsWith(latin1('\r\nX: a\r\nSubject: =?utf-8?B?w7w=?=\r\n\r\nü\r\n')), text.slice(-80));
  });
});
