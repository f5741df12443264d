import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { plain, SmtpEdge } from './smtp-edge.ts';

const right = `AUTH PLAIN ${plain('alice@example.org', 'secret')}\r\n`;
const wrong = `AUTH PLAIN ${plain('alice@example.org', 'guess')}\r\n`;

describe('submission', () => {
  it('takes mail for anywhere from an account, as the account', async (t) => {
    const edge = await SmtpEdge.open(t);
    const client = await edge.greeted('msa');
    assert.match(await client.ask('MAIL FROM:<bob@example.org>\r\n', /^\d/m), /^553 5\.7\.1 /);
    assert.match(await client.ask('MAIL FROM:<ceo@example.com>\r\n', /^\d/m), /^553 5\.7\.1 /);
    await client.ask('MAIL FROM:<alice+news@example.org>\r\n', /^250 /m);
    for (const to of ['far@example.net', 'far2@example.net', 'other@example.com', 'bob@example.org']) {
      await client.ask(`RCPT TO:<${to}>\r\n`, /^250 /m);
    }
    await client.ask('DATA\r\n', /^354 /m);
    const id = /as (\S+)/.exec(await client.ask('From: alice@example.org\r\nBcc: far2@example.net\r\n\r\nx\r\n.\r\n', /^250 /m))?.[1];
    const spooled = await edge.spooled();
    assert.deepEqual(
      spooled.map(({ row }) => [row.nextHop.kind === 'local' ? 'local' : row.nextHop.domain, row.recipients.length, row.submittedBy]),
      [
        ['local', 1, 'alice@example.org'],
        ['example.net', 2, 'alice@example.org'],
        ['example.com', 1, 'alice@example.org'],
      ],
    );
    const text = spooled[0]?.text ?? '';
    assert.match(text, /\r\nMessage-ID: <[^>]+@mail\.example\.org>\r\n/);
    assert.match(text, /\r\nDate: [A-Z][a-z]{2}, /);
    assert.doesNotMatch(text, /far2/);
    assert.match(text, new RegExp(`with\\s+ESMTPA\\s+id\\s+${id}`));
  });

  it('takes nothing without a login', async (t) => {
    const edge = await SmtpEdge.open(t);
    const client = await edge.client('msa');
    const offered = await client.ask('EHLO x\r\n', /^250 /m);
    assert.match(offered, /^250.AUTH PLAIN LOGIN\r$/m);
    for (const command of ['MAIL FROM:<alice@example.org>', 'RCPT TO:<bob@example.org>', 'DATA']) {
      assert.match(await client.ask(`${command}\r\n`, /^\d/m), /^530 5\.7\.0 /, command);
    }
  });

  it('neither offers nor takes passwords before TLS where that is asked for', async (t) => {
    const edge = await SmtpEdge.open(t);
    edge.loginNeedsTls = true;
    const client = await edge.client('msa');
    assert.doesNotMatch(await client.ask('EHLO x\r\n', /^250 /m), /AUTH/);
    assert.match(await client.ask(right, /^\d/m), /^538 5\.7\.11 /);
    assert.match(await client.ask('MAIL FROM:<alice@example.org>\r\n', /^\d/m), /^530 5\.7\.0 Must issue a STARTTLS/);
    await client.ask('STARTTLS\r\n', /^220 /m);
    await client.startTls();
    assert.match(await client.ask('EHLO x\r\n', /^250 /m), /AUTH PLAIN LOGIN/);
    await client.ask(right, /^235 2\.7\.0 /m);
  });

  it('speaks AUTH LOGIN and AUTH PLAIN in all their forms, and acts for nobody else', async (t) => {
    const edge = await SmtpEdge.open(t);
    const open = async () => {
      const client = await edge.client('msa');
      await client.ask('EHLO x\r\n', /^250 /m);
      return client;
    };
    const base64 = (text: string) => `${Buffer.from(text).toString('base64')}\r\n`;
    const one = await open();
    await one.ask('AUTH LOGIN\r\n', /^334 VXNlcm5hbWU6\r$/m);
    await one.ask(base64('alice@example.org'), /^334 UGFzc3dvcmQ6\r$/m);
    await one.ask(base64('secret'), /^235 /m);
    assert.match(await one.ask(right, /^\d/m), /^503 /);
    const two = await open();
    await two.ask('AUTH PLAIN\r\n', /^334 \r$/m);
    assert.match(await two.ask('*\r\n', /^\d/m), /^501 /);
    assert.match(await two.ask('AUTH PLAIN ===\r\n', /^\d/m), /^501 /);
    assert.match(await two.ask('AUTH CRAM-MD5\r\n', /^\d/m), /^504 /);
    assert.match(await two.ask(`AUTH PLAIN ${plain('alice@example.org', 'secret', 'bob@example.org')}\r\n`, /^\d/m), /^535 5\.7\.8 /);
    await two.ask(`AUTH PLAIN ${plain('alice@example.org', 'secret', 'alice@example.org')}\r\n`, /^235 /m);
  });

  it('tells each refusal of a login in its own words', async (t) => {
    const edge = await SmtpEdge.open(t);
    edge.loginRefusals = [{ refused: 'account-full', used: 20, limit: 20 }, { refused: 'login-busy' }];
    const client = await edge.client('msa');
    await client.ask('EHLO x\r\n', /^250 /m);
    assert.equal(await client.ask(right, /^\d/m), '454 4.7.0 Too many logins for this user (20 of 20), try again later\r\n');
    assert.match(await client.ask(right, /^\d/m), /^454 4\.7\.0 Temporary authentication failure/);
    assert.match(await client.ask(wrong, /^\d/m), /^535 5\.7\.8 /);
    edge.loginRefusals = [{ refused: 'too-many-failed-logins' }];
    client.write(wrong);
    assert.equal(await client.untilClosed(), '535 5.7.8 Authentication credentials invalid\r\n421 4.7.0 Too many failed logins\r\n');
  });

  it('lets an account send the null path, as read receipts do', async (t) => {
    const edge = await SmtpEdge.open(t);
    const client = await edge.greeted('msa');
    await client.ask('MAIL FROM:<>\r\n', /^250 /m);
  });

  it('ends the session of an account whose password was changed, also in a transaction', async (t) => {
    const edge = await SmtpEdge.open(t);
    const client = await edge.greeted('msa');
    await client.ask('MAIL FROM:<alice@example.org>\r\n', /^250 /m);
    edge.sessions[0]?.end('credentials-changed');
    assert.match(await client.untilClosed(), /^421 4\.7\.0 /);
  });
});
