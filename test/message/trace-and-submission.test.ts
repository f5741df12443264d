import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { lineEndNormaliser } from '../../core/message/line-ends.ts';
import { HeaderTooLong, submittedMessage } from '../../core/message/submission.ts';
import { countHops, type Hop, receivedField, returnPathField } from '../../core/message/trace.ts';

const hop: Hop = {
  helo: 'client.example',
  clientIp: '192.0.2.7',
  host: 'mail.example.org',
  protocol: 'ESMTPSA',
  id: '01JABCDEF',
  tls: { version: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384', bits: 256 },
  recipients: ['bob@example.net'],
  time: Date.UTC(2024, 1, 3, 4, 5, 6),
};
const unfolded = (field: string): string => field.replace(/\r\n\t/g, ' ');

describe('a Received field', () => {
  it('tells who, how, under which id, for whom, and when', () =>
    assert.equal(
      unfolded(receivedField(hop)),
      'Received: from client.example ([192.0.2.7]) by mail.example.org (version=TLSv1.3 cipher=TLS_AES_256_GCM_SHA384 bits=256)' +
        ' with ESMTPSA id 01JABCDEF for <bob@example.net>; Sat, 3 Feb 2024 04:05:06 +0000\r\n',
    ));

  it('names no recipient when there are several: a blind copy would show', () =>
    assert.doesNotMatch(receivedField({ ...hop, recipients: ['a@x', 'b@x'] }), /for|a@x|b@x/));

  it('is one field of lines of bounded length, whatever a client calls itself', () =>
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 2000 }), fc.string({ unit: 'grapheme' }), (helo, recipient) => {
        const field = receivedField({ ...hop, helo, recipients: [recipient] });
        assert.match(field, /^Received: [^\r\n]*(\r\n\t[^\r\n]+)*\r\n$/);
        for (const line of field.split('\r\n')) assert.ok(line.length <= 998);
        assert.equal(unfolded(field).split(' by mail.example.org ')[0]?.match(/\(/g)?.length, 1);
      }),
    ));

  it('folds at 78 octets', () => {
    for (const line of receivedField(hop).split('\r\n')) assert.ok(line.replace('\t', ' '.repeat(8)).length <= 78, line);
  });

  it('tells an IPv6 client and an unnamed one', () =>
    assert.match(unfolded(receivedField({ ...hop, helo: '', clientIp: '2001:db8::1' })), /from unknown \(\[IPv6:2001:db8::1\]\)/));

  it('is counted against loops', () =>
    assert.equal(countHops(`${receivedField(hop).repeat(3)}Subject: Received: x\r\nreceived: y\r\n\r\nReceived: body\r\n`), 4));
});

describe('a Return-Path field', () => {
  it('may be empty and never breaks its line', () => {
    assert.equal(returnPathField(''), 'Return-Path: <>\r\n');
    assert.equal(returnPathField('a@b'), 'Return-Path: <a@b>\r\n');
    assert.equal(returnPathField('"a (b)"@c'), 'Return-Path: <"a (b)"@c>\r\n');
    assert.equal(returnPathField('a\r\nX: y@b'), 'Return-Path: <a??X: y@b>\r\n');
  });
});

async function submitted(text: string, chunk = text.length || 1): Promise<string> {
  async function* source() {
    for (let at = 0; at < text.length; at += chunk) yield Buffer.from(text.slice(at, at + chunk), 'latin1');
  }
  let all = '';
  for await (const octets of submittedMessage(source(), { messageId: '<id@host>', date: hop.time })) all += octets.toString('latin1');
  return all;
}

describe('a submitted message', () => {
  const added = 'Message-ID: <id@host>\r\nDate: Sat, 3 Feb 2024 04:05:06 +0000\r\n';

  const cases: readonly (readonly [what: string, given: string, sent: string])[] = [
    ['gets what is missing', 'Subject: x\r\n\r\nbody\r\n', `Subject: x\r\n${added}\r\nbody\r\n`],
    ['keeps what it has', 'DATE: x\r\nmessage-id: y\r\n\r\nBcc: body\r\n', 'DATE: x\r\nmessage-id: y\r\n\r\nBcc: body\r\n'],
    ['loses Bcc with its folded lines', 'Bcc: a@b,\r\n c@d\r\nTo: e@f\r\nbcc: g@h\r\n\r\n', `To: e@f\r\n${added}\r\n`],
    ['loses a Bcc with a space before the colon', 'To: e@f\r\nBcc : g@h\r\nResent-Bcc: i@j\r\n\r\nx', `To: e@f\r\n${added}\r\nx`],
    ['without a header gets one', '\r\nbody', `${added}\r\nbody`],
    ['without a body keeps its header', 'Subject: x', `Subject: x\r\n${added}`],
    ['that is empty becomes a header', '', added],
    ['gets CRLF line ends', 'Subject: x\n\nbody\rmore\r', `Subject: x\r\n${added}\r\nbody\r\nmore\r\n`],
  ];
  for (const [what, given, sent] of cases) {
    it(what, async () => {
      for (const chunk of [1, 2, 3, 1000]) assert.equal(await submitted(given, chunk), sent, `in chunks of ${chunk}`);
    });
  }

  it('with a header without end is not gathered for ever', async () =>
    assert.rejects(submitted('X: y\r\n'.repeat(200_000), 65_536), HeaderTooLong));

  it('has no bare line ends however it is cut', () =>
    fc.assert(
      fc.property(fc.array(fc.string({ unit: fc.constantFrom('\r', '\n', 'a') })), (pieces) => {
        const lines = lineEndNormaliser();
        const out = pieces.map((piece) => lines.write(Buffer.from(piece)).toString()).join('') + lines.end().toString();
        assert.equal(out, pieces.join('').replace(/\r\n|\r|\n/g, '\r\n'));
      }),
    ));
});
