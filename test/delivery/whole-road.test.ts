import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RawClient } from '../harness/raw-client.ts';
import { serve } from '../harness/served.ts';
import { plain, until } from '../smtp/smtp-edge.ts';
import { RemoteHost } from './outbound-edge.ts';

describe('a message that a domain refuses', () => {
  it('comes back to its sender as a report that a mail client can show', async (t) => {
    const far = await RemoteHost.open(t, { refuses: { 'bob@example.net': { code: 550, text: '5.1.1 nobody of this name' } } });
    const edge = await serve({
      set: { 'outbound/route': 'smarthost', 'outbound/smarthost': `127.0.0.1:${far.port}`, 'server/hostname': 'mail.example.org' },
      accounts: { 'alice@example.org': 'alices secret' },
    });
    t.after(() => edge.stop());

    const laptop = await RawClient.open(edge.ports['msa/port']);
    await laptop.until(/^220 /m);
    await laptop.ask('EHLO laptop.example.org\r\n', /^250 /m);
    await laptop.ask(`AUTH PLAIN ${plain('alice@example.org', 'alices secret')}\r\n`, /^235 /m);
    await laptop.ask('MAIL FROM:<alice@example.org>\r\n', /^250 /m);
    await laptop.ask('RCPT TO:<bob@example.net>\r\n', /^250 /m);
    await laptop.ask('DATA\r\n', /^354 /m);
    await laptop.ask('Subject: Lunch?\r\nMessage-ID: <lunch@example.org>\r\n\r\nAt one?\r\n.\r\n', /^250 /m);

    const phone = await RawClient.open(edge.ports['imap/port']);
    await phone.until(/^\* OK /m);
    await phone.ask('a1 LOGIN alice@example.org "alices secret"\r\n', /^a1 OK/m);
    await until('the report to come', async () => /^\* 1 EXISTS/m.test(await phone.ask('a2 SELECT INBOX\r\n', /^a2 OK/m)));
    const structure = await phone.ask('a4 FETCH 1 (ENVELOPE BODYSTRUCTURE)\r\n', /^a4 OK/m);
    assert.match(structure, /"Undeliverable: Lunch\?" \(\("Mail Delivery System" NIL "mailer-daemon" "mail\.example\.org"\)\)/i);
    assert.match(
      structure,
      /BODYSTRUCTURE \(\("text" "plain" .*\)\("message" "delivery-status" .*\)\("message" "rfc822" .*\) "report" \("report-type" "delivery-status" /i,
    );
    const status = await phone.ask('a5 FETCH 1 (BODY.PEEK[2] BODY.PEEK[HEADER.FIELDS (RETURN-PATH IN-REPLY-TO)])\r\n', /^a5 OK/m);
    assert.match(status, /^Final-Recipient: rfc822; bob@example\.net\r\nAction: failed\r\nStatus: 5\.1\.1\r\n/m);
    assert.match(status, /^Return-Path: <>\r\n/m);
    assert.match(status, /^In-Reply-To: <lunch@example\.org>\r\n/m);
    assert.match(await edge.mailweir(['queue', 'list']), /the queue is empty/);
  });
});
