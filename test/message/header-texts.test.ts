import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseAddressList } from '../../core/message/address-list.ts';
import { formatDate, parseDate } from '../../core/message/date.ts';
import { decodedText, decodeHeaderText } from '../../core/message/decoded-text.ts';
import { parseParametrised } from '../../core/message/mime-params.ts';
import type { MimePart } from '../../core/values/message-facts.ts';

describe('an address list', () => {
  const cases: readonly (readonly [text: string, list: readonly unknown[]])[] = [
    ['', []],
    [' , ,', []],
    ['a@b', [{ mailbox: 'a', host: 'b' }]],
    ['"Doe, \\"J\\"" <j.doe@x.org>', [{ name: 'Doe, "J"', mailbox: 'j.doe', host: 'x.org' }]],
    ['John Q. Public <j@x>', [{ name: 'John Q. Public', mailbox: 'j', host: 'x' }]],
    ['a@b (Old Style)', [{ name: 'Old Style', mailbox: 'a', host: 'b' }]],
    ['Me (a (nested) comment) <s@t>', [{ name: 'Me', mailbox: 's', host: 't' }]],
    ['=?utf-8?Q?A,_B?= <e@f>', [{ name: '=?utf-8?Q?A,_B?=', mailbox: 'e', host: 'f' }]],
    ['<@r1,@r2:c@d>', [{ route: '@r1,@r2', mailbox: 'c', host: 'd' }]],
    [
      'Me <wrong:c@d>, e@f',
      [
        { name: 'Me', mailbox: 'c', host: 'd' },
        { mailbox: 'e', host: 'f' },
      ],
    ],
    ['"x y"@z', [{ mailbox: 'x y', host: 'z' }]],
    ['a . b @ c . d', [{ mailbox: 'a.b', host: 'c.d' }]],
    ['a@[192.0.2.1]', [{ mailbox: 'a', host: '[192.0.2.1]' }]],
    ['undisclosed-recipients:;', [{ mailbox: 'undisclosed-recipients' }, {}]],
    [
      'Team: a@b, <c@d>; e@f',
      [{ mailbox: 'Team' }, { mailbox: 'a', host: 'b' }, { mailbox: 'c', host: 'd' }, {}, { mailbox: 'e', host: 'f' }],
    ],
    ['Open: a@b', [{ mailbox: 'Open' }, { mailbox: 'a', host: 'b' }, {}]],
    ['root', [{ mailbox: 'root', host: '' }]],
    ['Nobody <>', [{ name: 'Nobody', mailbox: '', host: '' }]],
    ['<a@b', [{ mailbox: 'a', host: 'b' }]],
    ['J\xf6rg <j@x>', [{ name: 'J\xf6rg', mailbox: 'j', host: 'x' }]],
  ];
  for (const [text, list] of cases) it(`is read: ${text}`, () => assert.deepEqual(parseAddressList(text), list));

  it('is something for whatever text, and groups that open also close', () =>
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'a@b<>,;:()"[]\\. =?Q') }), (text) => {
        let open = 0;
        for (const { mailbox, host } of parseAddressList(text)) {
          if (mailbox !== undefined && host === undefined) assert.equal(open++, 0);
          if (mailbox === undefined) assert.equal(--open, 0);
        }
        assert.equal(open, 0);
      }),
      { numRuns: 2000 },
    ));
});

describe('a date', () => {
  const at = Date.UTC(1997, 10, 21, 15, 55, 6);
  const good: readonly (readonly [string, number])[] = [
    ['Fri, 21 Nov 1997 09:55:06 -0600', at],
    ['21 Nov 97 15:55:06 GMT', at],
    ['Fri, 21 Nov 1997 10:55:06 EST (comment)', at],
    ['Fri, 21 November 1997 15:55:06', at],
    ['Fri , 21 Nov (x) 1997 15 : 55 : 06 Z', at],
    ['21-Nov-1997 15:55:06 +0000', at],
    ['1 Jan 49 00:00 +0000', Date.UTC(2049, 0, 1)],
  ];
  for (const [text, ms] of good) it(`is read: ${text}`, () => assert.equal(parseDate(text), ms));
  for (const text of [
    '',
    'soon',
    '32 Jan 2024 00:00:00 +0000',
    '29 Feb 2023 00:00:00 +0000',
    '1 Foo 2024 00:00:00',
    '1 Jan 2024 25:00:00',
  ]) {
    it(`is none: ${text}`, () => assert.equal(parseDate(text), undefined));
  }
  it('that we write is read back', () =>
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4e9 }), (seconds) => assert.equal(parseDate(formatDate(seconds * 1000)), seconds * 1000)),
    ));
});

describe('parameters', () => {
  it('are read though quotes, semicolons or values are missing', () => {
    const params = (text: string) => parseParametrised(text).params;
    assert.deepEqual(params('a/b; x="1;2"; Y=a b ; ;z; w="\\"q'), [
      ['x', '1;2'],
      ['y', 'a b'],
      ['w', '"q'],
    ]);
    assert.deepEqual(params('a/b'), []);
    assert.deepEqual(params('a/b; t*1=b; t*0=a'), [['t', 'ab']]);
    assert.deepEqual(params("a/b; t*=utf-8'en'%e4"), [['t*', "utf-8'en'%e4"]]);
  });
});

describe('text to be searched', () => {
  it('of headers has its encoded-words decoded, and raw octets read as UTF-8 or latin1', () => {
    assert.equal(decodeHeaderText('=?utf-8?B?w6Q=?= =?ISO-8859-1?Q?=F6_x?= z'), 'äö x z');
    assert.equal(decodeHeaderText('gr\xc3\xbc\xc3\x9fe'), 'grüße');
    assert.equal(decodeHeaderText('gr\xfc\xdfe'), 'grüße');
    assert.equal(decodeHeaderText('=?nosuch?Q?abc?='), 'abc');
  });

  const part = (encoding: string, charset?: string): MimePart => ({
    type: 'text',
    subtype: 'plain',
    params: charset === undefined ? [] : [['charset', charset]],
    encoding,
    headerStart: 0,
    bodyStart: 0,
    bodyEnd: 0,
    lines: 0,
  });
  const decoded = (encoding: string, charset: string | undefined, octets: Buffer, chunk: number): string => {
    const text = decodedText(part(encoding, charset));
    let all = '';
    for (let at = 0; at < octets.length; at += chunk) all += text.write(octets.subarray(at, at + chunk));
    return all + text.end();
  };
  const cases: readonly (readonly [encoding: string, charset: string | undefined, octets: string, text: string])[] = [
    ['7bit', undefined, 'plain', 'plain'],
    ['8bit', 'utf-8', '\xc3\xa4 \xe2\x82\xac', 'ä €'],
    ['8bit', 'us-ascii', '\xc3\xa4', 'ä'],
    ['8bit', 'ISO-8859-15', '\xa4', '€'],
    ['8bit', 'x-unknown', '\xe4', 'ä'],
    ['7bit', 'iso-2022-jp', '\x1b$BF|K\\\x1b(B', '日本'],
    ['8bit', 'cp850', 'a\x84b', 'aäb'],
    ['7bit', 'UTF-7', 'a+AOQ- +AOQgrA!1 +- 1 x+AOQ-y+AOQ', 'aä ä€!1 + 1 xäyä'],
    ['7bit', 'unicode-1-1-utf-7', `+${'ZeVnLIqe'.repeat(300)}-`, '日本語'.repeat(300).slice(0, 900)],
    ['base64', 'utf-8', 'w6Qg\r\n4oKs', 'ä €'],
    ['base64', 'utf-8', 'w6Q=', 'ä'],
    ['quoted-printable', 'utf-8', 'a=C3=A4=\r\nb= \r\nc =zz=', 'aäbc =zz='],
  ];
  for (const [encoding, charset, octets, text] of cases) {
    it(`of a body is decoded however it is cut: ${encoding}, ${charset}`, () => {
      for (const chunk of [1, 2, 3, 7, 1000])
        assert.equal(decoded(encoding, charset, Buffer.from(octets, 'latin1'), chunk), text, `${chunk}`);
    });
  }
});
