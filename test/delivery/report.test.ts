import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { mostAsked, mostUnasked } from '../../core/delivery/reports/returned-message.ts';
import { statusOf } from '../../core/delivery/reports/status-code.ts';
import { decodeHeaderText } from '../../core/message/decoded-text.ts';
import { fieldValue, headerFields } from '../../core/message/header.ts';
import type { Address } from '../../core/values/address.ts';
import { composed, failedAt, letter, reportOf, rowOf } from './report-kit.ts';

const refused = failedAt(
  'bob@example.net',
  '550 5.1.1 <bob@example.net>: Recipient address rejected: User unknown in virtual mailbox table',
  {
    host: 'mx.example.net',
    original: 'rfc822;bob@old.example.net',
  },
);
const unreachable = failedAt('carol@example.com', '4.4.1 mx.example.com[192.0.2.1]: ECONNREFUSED', { expired: true });

/** Values of a block's fields by name. */
const fieldsOf = (block: string): Readonly<Record<string, string>> =>
  Object.fromEntries([...headerFields(block)].map((field) => [field.name, fieldValue(block, field)]));

describe('a report of failure', () => {
  it('looks as it should', async () => {
    const row = rowOf(letter, { reports: { envelopeId: 'QQ314159' } });
    const { text } = await composed(reportOf([refused, unreachable], 'failed', row));
    const golden = new URL('./golden/failed-report.eml', import.meta.url);
    assert.equal(text.replaceAll('\r\n', '\n'), readFileSync(golden, 'utf8'));
    assert.doesNotMatch(text, /[^\r]\n|\r[^\n]/);
  });

  it('is a multipart/report of a text, the fields for machines, and the message', async () => {
    const { structure, facts, contents, declared } = await composed(reportOf([refused]));
    assert.deepEqual([structure.type, structure.subtype], ['multipart', 'report']);
    assert.deepEqual(structure.params.slice(0, 1), [['report-type', 'delivery-status']]);
    assert.deepEqual(
      structure.parts?.map(({ type, subtype, encoding }) => `${type}/${subtype} ${encoding}`),
      ['text/plain 7bit', 'message/delivery-status 7bit', 'message/rfc822 7bit'],
    );
    assert.equal(contents[2], letter);
    assert.deepEqual(declared, { eightBit: false, utf8: false });
    assert.deepEqual([facts.envelope.inReplyTo, facts.envelope.subject], ['<lunch@example.org>', 'Undeliverable: Lunch on Friday?']);
  });

  it('gives each recipient a block of its own behind that of the message', async () => {
    const { contents } = await composed(reportOf([refused, unreachable]));
    const [message = '', first = '', second = ''] = (contents[1] ?? '').split('\r\n\r\n');
    assert.deepEqual(fieldsOf(message), {
      'Reporting-MTA': 'dns; mail.example.org',
      'Arrival-Date': 'Fri, 20 Nov 2026 10:00:00 +0000',
    });
    assert.deepEqual(fieldsOf(first), {
      'Original-Recipient': 'rfc822; bob@old.example.net',
      'Final-Recipient': 'rfc822; bob@example.net',
      Action: 'failed',
      Status: '5.1.1',
      'Remote-MTA': 'dns; mx.example.net',
      'Diagnostic-Code': 'smtp; 550 5.1.1 <bob@example.net>: Recipient address rejected: User unknown in virtual mailbox table',
      'Last-Attempt-Date': 'Wed, 25 Nov 2026 10:00:00 +0000',
    });
    assert.deepEqual(fieldsOf(second), {
      'Final-Recipient': 'rfc822; carol@example.com',
      Action: 'failed',
      Status: '4.4.1',
      'Diagnostic-Code': 'X-Mailweir; 4.4.1 mx.example.com[192.0.2.1]: ECONNREFUSED',
      'Last-Attempt-Date': 'Wed, 25 Nov 2026 10:00:00 +0000',
    });
  });

  it('says once what is the same of many, and names no more than anybody reads', async () => {
    const same = Array.from({ length: 60 }, (_, i) => failedAt(`u${i}@example.net`, '550 5.7.1 not from you', { host: 'mx.example.net' }));
    const { contents } = await composed(reportOf(same));
    assert.equal(contents[0]?.match(/not from you/g)?.length, 1);
    assert.match(contents[0] ?? '', / u49@example\.net\r\n {3}and 10 more\r\n/);
    assert.equal(contents[1]?.match(/^Final-Recipient:/gm)?.length, 60);
  });

  it('stays short enough to be read, whatever there is to say of many', async () => {
    const different = Array.from({ length: 70 }, (_, i) => failedAt(`u${i}@example.net`, `550 5.7.1 no. ${i}`, { host: 'mx.example.net' }));
    const { contents } = await composed(reportOf(different));
    assert.match(contents[0] ?? '', /no\. 19\r\n.*The details of 50 more addresses are in the attachment\./s);
    assert.doesNotMatch(contents[0] ?? '', /no\. 20\r\n/);
    assert.equal(contents[1]?.match(/^Status: 5\.7\.1/gm)?.length, 70);
  });

  it('keeps the subject readable whatever it was written in', async () => {
    for (const [subject, wanted] of [
      ['=?ISO-8859-1?Q?Gr=FC=DFe?= =?ISO-8859-1?Q?_aus_K=F6ln?=', 'Undeliverable: Grüße aus Köln'],
      ['Grüße', 'Undeliverable: Grüße'],
      ['', 'Undeliverable: your message'],
      [`long ${'ä'.repeat(500)}`, `Undeliverable: long ${'ä'.repeat(195)}`],
    ] as const) {
      const octets = letter.replace('Lunch on Friday?', Buffer.from(subject).toString('latin1'));
      const { facts, text } = await composed(reportOf([refused], 'failed', rowOf(octets)), octets);
      assert.equal(decodeHeaderText(facts.envelope.subject ?? ''), wanted);
      const header = text.slice(0, text.indexOf('\r\n\r\n'));
      assert.ok(
        header.split('\r\n').every((line) => line.length <= 78),
        header,
      );
    }
  });
});

describe('what a report gives back', () => {
  const sized = (size: number): string => letter + `${'x'.repeat(70)}\r\n`.repeat(Math.ceil((size - letter.length) / 72));

  it('is the whole message for a failure, as long as it is not too large, and else its header', async () => {
    for (const [kind, wish, size, wanted] of [
      ['failed', undefined, 1000, 'message/rfc822'],
      ['failed', undefined, mostUnasked + 100, 'text/rfc822-headers'],
      ['failed', 'full', mostUnasked + 100, 'message/rfc822'],
      ['failed', 'full', mostAsked + 100, 'text/rfc822-headers'],
      ['failed', 'headers', 1000, 'text/rfc822-headers'],
      ['delayed', 'full', 1000, 'text/rfc822-headers'],
      ['delivered', 'full', 1000, 'text/rfc822-headers'],
    ] as const) {
      const octets = sized(size);
      const row = rowOf(octets, wish === undefined ? {} : { reports: { return: wish } });
      const { structure, contents } = await composed(reportOf([refused], kind, row), octets);
      const [, , third] = structure.parts ?? [];
      assert.equal(`${third?.type}/${third?.subtype}`, wanted, `${kind} ${wish} ${size}`);
      assert.equal(contents[2], wanted === 'message/rfc822' ? octets : octets.slice(0, octets.indexOf('\r\n\r\n') + 2));
    }
  });

  it('stays in its part, whatever boundaries the message has or lacks', async () => {
    const nested = letter
      .replace('At one?', '--inner\r\n\r\nAt one?\r\n--report-01\r\n')
      .replace('Message-ID', 'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=inner\r\nMessage-ID');
    const { structure, contents } = await composed(reportOf([refused], 'failed', rowOf(nested)), nested);
    assert.equal(structure.parts?.length, 3);
    assert.equal(structure.parts?.[2]?.message?.structure.subtype, 'mixed');
    assert.equal(contents[2], nested);
  });

  it('is declared as 8-bit when it is, and a header of that kind is encoded', async () => {
    const octets = letter.replace('Lunch', 'M\xf6hren').replace('At one?', 'Um f\xfcnf?');
    const whole = await composed(reportOf([refused], 'failed', rowOf(octets)), octets);
    assert.deepEqual([whole.declared, whole.structure.parts?.[2]?.encoding], [{ eightBit: true, utf8: false }, '8bit']);
    assert.equal(whole.contents[2], octets);
    const header = await composed(reportOf([refused], 'failed', rowOf(octets, { reports: { return: 'headers' } })), octets);
    assert.deepEqual([header.declared.eightBit, header.structure.parts?.[2]?.encoding], [false, 'quoted-printable']);
    assert.match(header.contents[2] ?? '', /^Subject: M\xf6hren on Friday\?$/m);
  });

  it('is a message/global when it was sent as one', async () => {
    const octets = letter.replace('Lunch', 'M\xc3\xb6hren');
    const row = rowOf(octets, { declared: { eightBit: true, utf8: true } });
    const { structure } = await composed(reportOf([refused], 'failed', row), octets);
    assert.equal(structure.parts?.[2]?.subtype, 'global');
    const headers = await composed(reportOf([refused], 'delayed', row), octets);
    assert.equal(headers.structure.parts?.[2]?.subtype, 'global-headers');
  });
});

describe('an address outside ASCII', () => {
  it('stands in a report of the international kind', async () => {
    const jose = failedAt('josé+x@example.net', '550 5.1.1 no josé here', { host: 'mx.example.net', original: 'utf-8;josé=1@example.net' });
    const { structure, contents, declared } = await composed(reportOf([jose]));
    assert.equal(structure.parts?.[1]?.subtype, 'global-delivery-status');
    const status = Buffer.from(contents[1] ?? '', 'latin1').toString('utf8');
    assert.match(
      status,
      /^Original-Recipient: utf-8; josé\\x\{3D\}1@example\.net\r\nFinal-Recipient: utf-8; josé\\x\{2B\}x@example\.net\r\n/m,
    );
    assert.deepEqual(declared, { eightBit: true, utf8: false });
    const toJose = reportOf([refused], 'failed', rowOf(letter, { reversePath: 'josé@example.org' as Address }));
    assert.deepEqual((await composed(toJose)).declared, { eightBit: false, utf8: true });
  });
});

describe('other reports', () => {
  const waiting = { ...failedAt('bob@example.net', '450 4.2.0 greylisted', { host: 'mx.example.net' }), action: 'delayed' } as const;

  it('of a delay tell until when it is tried, and promise more only to who wants more', async () => {
    const { contents, facts } = await composed(reportOf([waiting], 'delayed'));
    assert.match(contents[1] ?? '', /Action: delayed\r\nStatus: 4\.2\.0\r\n.*\r\nWill-Retry-Until: Wed, 25 Nov 2026 10:00:00 \+0000\r\n/s);
    assert.match(contents[0] ?? '', /nothing you need to/);
    assert.match(
      (contents[0] ?? '').replaceAll(' \r\n', ' '),
      /until Wed, 25 Nov 2026 10:00:00 \+0000\. If that does not succeed, you will be told\./,
    );
    assert.equal(facts.envelope.subject, 'Delayed: Lunch on Friday?');
    const onlyDelay = { ...waiting, recipient: { ...waiting.recipient, notify: ['delay'] } } as const;
    assert.doesNotMatch((await composed(reportOf([onlyDelay], 'delayed'))).contents[0] ?? '', /you will be told/);
  });

  it('of success tell whether it arrived, or only left', async () => {
    const one = failedAt('bob@example.net', '250 2.6.0 queued', { host: 'mx.example.net' });
    const relayed = await composed(reportOf([{ ...one, action: 'relayed' }], 'delivered'));
    assert.match(relayed.contents[1] ?? '', /Action: relayed\r\nStatus: 2\.6\.0\r\nRemote-MTA: dns; mx\.example\.net\r\n/);
    assert.match(relayed.contents[0] ?? '', /mx\.example\.net has taken the message/);
    const here = { ...failedAt('bob@example.org', '2.0.0 delivered'), action: 'delivered' } as const;
    const delivered = await composed(reportOf([here], 'delivered'));
    assert.match(delivered.contents[1] ?? '', /Action: delivered\r\nStatus: 2\.0\.0\r\nDiagnostic-Code: X-Mailweir; 2\.0\.0 delivered\r\n/);
    assert.match(delivered.contents[0] ?? '', /It is in the mailbox/);
  });
});

describe('the status of a recipient', () => {
  const table = [
    ['550 5.7.1 go away', false, '5.7.1'],
    ['550 no such user', false, '5.0.0'],
    ['552 too much', false, '5.2.2'],
    ['553 what?', false, '5.1.3'],
    ['554', false, '5.0.0'],
    ['550 4.2.1 confused', false, '5.0.0'],
    ['5.4.6 it would come back', false, '5.4.6'],
    ['452 4.2.2 full', true, '4.2.2'],
    ['450 later', true, '4.2.0'],
    ['4.4.1 nobody there', true, '4.4.1'],
    ['454 TLS not available', true, '4.4.7'],
    ['', true, '4.4.7'],
  ] as const;
  for (const [reply, expired, wanted] of table) {
    it(`is ${wanted} for ${JSON.stringify(reply)}${expired ? ', given up' : ''}`, () => {
      assert.equal(statusOf(failedAt('x@example.net', reply, { host: 'h', expired })), wanted);
    });
  }
});

describe('whatever another host says', () => {
  const reply = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 1000 }),
    fc.string({ unit: 'grapheme', maxLength: 1000 }),
    fc.constantFrom(
      '\r\n--report-01REPORT\r\n',
      'x'.repeat(1000),
      '\r\n\r\nFinal-Recipient: rfc822; x@y\r\n',
      '\ud800',
      '=?UTF-8?Q?',
      '\0',
    ),
    fc.tuple(fc.constantFrom('550 ', '550 5.1.1 ', '4.4.1 '), fc.string({ unit: 'binary', maxLength: 990 })).map((both) => both.join('')),
  );

  it('the report has seven bits, short lines, three parts, and a block for each recipient', async () => {
    await fc.assert(
      fc.asyncProperty(reply, reply, reply, fc.boolean(), async (one, other, host, expired) => {
        const report = reportOf([failedAt('bob@example.net', one, { host, expired }), failedAt('carol@example.net', other)]);
        const { text, structure, contents } = await composed(report);
        assert.doesNotMatch(text, /[^\x20-\x7e\r\n]/);
        assert.doesNotMatch(text, /[^\r]\n|\r[^\n]|\r$/);
        assert.ok(text.split('\r\n').every((line) => line.length <= 998));
        assert.deepEqual(
          structure.parts?.map(({ type, subtype }) => `${type}/${subtype}`),
          ['text/plain', 'message/delivery-status', 'message/rfc822'],
        );
        const [, ...blocks] = (contents[1] ?? '').replace(/\r\n$/, '').split('\r\n\r\n');
        assert.equal(blocks.length, 2);
        for (const [i, block] of blocks.entries()) {
          const fields = fieldsOf(block);
          assert.equal(fields['Final-Recipient'], `rfc822; ${i === 0 ? 'bob' : 'carol'}@example.net`);
          assert.match(fields.Status ?? '', /^[45]\.\d{1,3}\.\d{1,3}$/);
        }
        assert.equal(contents[2], letter);
      }),
    );
  });

  it('the report is as well made when it is the message itself that says it', async () => {
    const field = fc.string({ unit: 'binary', maxLength: 300 }).map((text) =>
      Buffer.from(text, 'utf8')
        .toString('latin1')
        .replace(/[\r\n]/g, ''),
    );
    await fc.assert(
      fc.asyncProperty(field, field, field, async (subject, messageId, date) => {
        const octets = `Subject: ${subject}\r\nMessage-ID: <${messageId}>\r\nDate: ${date}\r\n\r\nx\r\n`;
        const { text, structure } = await composed(reportOf([refused], 'delayed', rowOf(octets)), octets);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: controls in a header that is given back are the sender's own
        assert.doesNotMatch(text, /[^\x00-\x7f]|[^\r]\n|\r[^\n]/);
        assert.ok(text.split('\r\n').every((line) => line.length <= 998));
        assert.equal(structure.parts?.length, 3);
      }),
    );
  });
});
