import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Address } from '../../core/values/address.ts';
import { formatOriginal, parseOriginal } from '../../core/values/original-recipient.ts';
import { decodeXtext, encodeXtext } from '../../core/values/xtext.ts';
import { SmtpEdge } from './smtp-edge.ts';

describe('what a sender wants to hear', () => {
  it('stands in the spool with each recipient, and with the row', async (t) => {
    const edge = await SmtpEdge.open(t);
    const client = await edge.greeted('msa');
    await client.ask('MAIL FROM:<alice@example.org> RET=HDRS ENVID=QQ+2B1+3D2\r\n', /^250 /m);
    await client.ask('RCPT TO:<x@example.net> NOTIFY=DELAY,SUCCESS ORCPT=rfc822;x+2Bold@example.net\r\n', /^250 /m);
    await client.ask('RCPT TO:<y@example.net> NOTIFY=NEVER ORCPT=utf-8;j\\x{F6}rg@example.net\r\n', /^250 /m);
    await client.ask('RCPT TO:<z@example.net>\r\n', /^250 /m);
    await client.ask('DATA\r\n', /^354 /m);
    await client.ask('Subject: x\r\n\r\n.\r\n', /^250 /m);
    const [{ row } = assert.fail()] = await edge.spooled();
    assert.deepEqual(row.reports, { return: 'headers', envelopeId: 'QQ+1=2' });
    assert.deepEqual(row.recipients, [
      { address: 'x@example.net', notify: ['success', 'delay'], original: 'rfc822;x+old@example.net' },
      { address: 'y@example.net', notify: 'never', original: 'utf-8;jörg@example.net' },
      { address: 'z@example.net' },
    ]);
    assert.equal(row.requireTls, undefined);
  });

  it('is forgotten with the MAIL it came with', async (t) => {
    const edge = await SmtpEdge.open(t);
    const client = await edge.greeted('msa');
    await client.ask('MAIL FROM:<bob@example.org> RET=FULL ENVID=old\r\n', /^553 /m);
    await client.ask('MAIL FROM:<alice@example.org> RET=FULL\r\n', /^250 /m);
    await client.ask('RSET\r\n', /^250 /m);
    await client.ask('MAIL FROM:<alice@example.org>\r\n', /^250 /m);
    await client.ask('RCPT TO:<x@example.net>\r\n', /^250 /m);
    await client.ask('DATA\r\n', /^354 /m);
    await client.ask('Subject: x\r\n\r\n.\r\n', /^250 /m);
    assert.equal((await edge.spooled())[0]?.row.reports, undefined);
  });

  it('keeps a message for a mailbox here in the spool until its report is written', async (t) => {
    const edge = await SmtpEdge.open(t, { deliver: true });
    const { spool } = edge.world;
    const { addDelivered } = spool;
    let shortcuts = 0;
    Object.assign(spool, {
      addDelivered: (...args: Parameters<typeof addDelivered>) => {
        shortcuts += 1;
        return addDelivered(...args);
      },
    });
    for (const parameters of [' NOTIFY=SUCCESS', ' NOTIFY=FAILURE', '']) {
      const client = await edge.greeted();
      await client.ask('MAIL FROM:<a@example.net>\r\n', /^250 /m);
      await client.ask(`RCPT TO:<bob@example.org>${parameters}\r\n`, /^250 /m);
      await client.ask('DATA\r\n', /^354 /m);
      await client.ask('Subject: x\r\n\r\n.\r\n', /^250 /m);
    }
    assert.equal(shortcuts, 2);
  });

  it('goes on from an alias to the one address behind it, and is shared out among several', async (t) => {
    const edge = await SmtpEdge.open(t);
    const { accounts } = edge.world;
    const alias = (name: string, ...targets: string[]) =>
      accounts.addAlias({ address: `${name}@example.org` as Address, targets: targets as Address[] });
    await alias('one', 'far@example.net');
    await alias('many', 'alice@example.org', 'bob@example.org', 'away@example.com');
    const client = await edge.greeted();
    await client.ask('MAIL FROM:<a@example.net>\r\n', /^250 /m);
    await client.ask('RCPT TO:<one@example.org> NOTIFY=SUCCESS ORCPT=rfc822;one@example.org\r\n', /^250 /m);
    await client.ask('RCPT TO:<many@example.org> NOTIFY=SUCCESS,FAILURE\r\n', /^250 /m);
    await client.ask('RCPT TO:<bob@example.org> NOTIFY=SUCCESS ORCPT=rfc822;bob@example.org\r\n', /^250 /m);
    await client.ask('DATA\r\n', /^354 /m);
    await client.ask('Subject: x\r\n\r\n.\r\n', /^250 /m);
    const recipients = (await edge.spooled()).flatMap(({ row }) => row.recipients);
    const wishes = new Map(recipients.map(({ address, account, notify, original }) => [account ?? address, [notify, original]]));
    assert.deepEqual(Object.fromEntries(wishes), {
      'far@example.net': [['success'], 'rfc822;one@example.org'],
      'alice@example.org': [['success', 'failure'], undefined],
      'bob@example.org': [['success', 'failure'], 'rfc822;bob@example.org'], // addressed twice: all that was asked for
      'away@example.com': [['failure'], 'rfc822;many@example.org'],
    });
  });
});

describe('parameters', () => {
  it('are looked at however the verb is written', async (t) => {
    const edge = await SmtpEdge.open(t);
    const client = await edge.greeted();
    const dotless = Buffer.from('ma\u0131l').toString('latin1');
    for (const verb of ['MAIL', 'mail', dotless]) {
      await client.ask(`${verb} FROM:<a@example.net> ENVID=\u00e4\r\n`, /^501 5\.5\.4 /m);
      await client.ask(`${verb} FROM:<a@example.net> REQUIRETLS\r\n`, /^530 5\.7\.10 /m);
    }
  });
});

describe('TLS all the way', () => {
  it('stands in the spool when it was asked for under TLS', async (t) => {
    const edge = await SmtpEdge.open(t);
    const client = await edge.greeted();
    await client.ask('STARTTLS\r\n', /^220 /m);
    await client.startTls();
    await client.ask('EHLO x\r\n', /^250 /m);
    await client.ask('MAIL FROM:<a@example.net> REQUIRETLS\r\n', /^250 /m);
    await client.ask('RCPT TO:<bob@example.org>\r\n', /^250 /m);
    await client.ask('DATA\r\n', /^354 /m);
    await client.ask('Subject: x\r\n\r\n.\r\n', /^250 /m);
    assert.equal((await edge.spooled())[0]?.row.requireTls, true);
  });
});

describe('xtext', () => {
  it('gives back what went in, and is never more than printable ASCII without + and =', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const encoded = encodeXtext(text);
        assert.match(encoded, /^(?:[!-*,-<>-~]|\+[0-9A-F]{2})*$/);
        assert.equal(decodeXtext(encoded), text);
      }),
    );
  });

  it('is refused when it is none, or hides what must not stand in a header', () => {
    for (const bad of ['a=b', 'a b', 'a+4', 'a+zz', 'ä', 'a+0D+0Ab', 'a+00', 'a+FF']) assert.equal(decodeXtext(bad), undefined, bad);
  });
});

describe('an original recipient', () => {
  it('is of a type, and is the same again after it was sent on', () => {
    for (const [value, original] of [
      ['rfc822;a+2Bb@example.net', 'rfc822;a+b@example.net'],
      ['RFC822;a@example.net', 'RFC822;a@example.net'],
      ['x400;/C=de'.replace('=', '+3D'), 'x400;/C=de'],
      ['utf-8;j\\x{F6}rg\\x{2B}\\x{1F600}@example.net', 'utf-8;jörg+😀@example.net'],
    ] as const) {
      assert.equal(parseOriginal(value), original);
      assert.equal(formatOriginal(original), value);
    }
    assert.equal(parseOriginal('utf-8;jörg@example.net'), 'utf-8;jörg@example.net');
  });

  it('is refused when it is broken', () => {
    for (const bad of [
      '',
      'rfc822',
      'rfc822;',
      ';a@b',
      'rf c;a',
      'utf-8;a+2Bb',
      'utf-8;\\x{A}',
      'utf-8;\\x{D800}',
      'utf-8;\\x{110000}',
      'utf-8;\\x',
      'rfc822;a+0A',
    ])
      assert.equal(parseOriginal(bad), undefined, bad);
  });
});
