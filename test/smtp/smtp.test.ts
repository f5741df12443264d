import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SmtpEdge, until } from './smtp-edge.ts';

const message = 'From: <a@example.net>\r\nSubject: hi\r\n\r\nhello\r\n..dots\r\n';

describe('the MX listener', () => {
  it('delivers what it accepted, with our trace in front', async (t) => {
    const edge = await SmtpEdge.open(t, { deliver: true });
    const client = await edge.inData();
    const answer = await client.ask(`${message}.\r\n`, /^\d{3} /m);
    assert.match(answer, /^250 2\.0\.0 Accepted as [0-9A-Z]{26}\r\n$/);
    await until('delivery', async () => (await edge.inbox('bob')).length === 1);
    const [text = ''] = await edge.inbox('bob');
    assert.match(text, /^Return-Path: <alice@example\.org>\r\nReceived: from client\.example\.net \(\[127\.0\.0\.1\]\)/);
    assert.ok(text.endsWith('\r\n\r\nhello\r\n.dots\r\n'), text);
    assert.deepEqual(edge.failures, []);
    assert.deepEqual(await edge.spooled(), []);
  });

  it('is never an open relay, and knows who lives here', async (t) => {
    const edge = await SmtpEdge.open(t);
    const client = await edge.greeted();
    assert.match(await client.ask('AUTH PLAIN AGFsaWNlAHNlY3JldA==\r\n', /^5/m), /^503 5\.5\.1 /);
    await client.ask('MAIL FROM:<>\r\n', /^250 2\.1\.0 /m);
    assert.match(await client.ask('RCPT TO:<somebody@example.net>\r\n', /^\d/m), /^550 5\.7\.1 /);
    assert.match(await client.ask('RCPT TO:<nobody@example.org>\r\n', /^\d/m), /^550 5\.1\.1 /);
    assert.match(await client.ask('RCPT TO:<"a b@example.org>\r\n', /^\d/m), /^501 5\.1\.3 /);
    assert.match(await client.ask('RCPT TO:<>\r\n', /^\d/m), /^501 5\.1\.3 /);
    assert.match(await client.ask('DATA\r\n', /^\d/m), /^503 5\.5\.1 /);
    assert.match(await client.ask('RCPT TO:<postmaster>\r\n', /^\d/m), /^250 2\.1\.5 /);
    assert.match(await client.ask('RCPT TO:<BOB+tag@Example.ORG>\r\n', /^\d/m), /^250 2\.1\.5 /);
  });

  it('offers no login, and none of the commands the package jokes about', async (t) => {
    const edge = await SmtpEdge.open(t);
    const client = await edge.client();
    await client.until(/^220 mail\.example\.org ESMTP /m);
    const offered = await client.ask('EHLO x\r\n', /^250 /m);
    assert.doesNotMatch(offered, /AUTH|XCLIENT|REQUIRETLS/);
    for (const word of [
      'PIPELINING',
      '8BITMIME',
      'SMTPUTF8',
      'ENHANCEDSTATUSCODES',
      'DSN',
      'STARTTLS',
      'LIMITS RCPTMAX=100',
      'SIZE 36700160',
    ])
      assert.ok(offered.includes(word), word);
    for (const verb of ['WIZ', 'SHELL', 'KILL', 'XCLIENT ADDR=1.2.3.4', 'XFORWARD ADDR=1.2.3.4', 'LHLO x']) {
      assert.match(await client.ask(`${verb}\r\n`, /^\d/m), /^500 /, verb);
    }
    assert.match(await client.ask('VRFY alice\r\n', /^\d/m), /^252 2\.5\.2 /);
    assert.match(await client.ask('EXPN all\r\n', /^\d/m), /^502 5\.5\.1 /);
    assert.match(await client.ask('HELP\r\n', /^\d/m), /^214 2\.0\.0 /);
    assert.match(await client.ask('QUIT\r\n', /^\d/m), /^221 2\.0\.0 /);
  });

  it('puts commands off while as many run as may, takes nothing meanwhile, and goes on when one has ended', async (t) => {
    const edge = await SmtpEdge.open(t, { settings: { 'smtp/commands-per-process': 1 } });
    const client = await edge.greeted();
    const busy = await edge.places.enter('smtp');
    assert.match(await client.ask('MAIL FROM:<alice@example.org>\r\n', /^\d/m), /^451 4\.3\.2 Server too busy/);
    if (busy !== 'full') busy.leave();
    await client.ask('MAIL FROM:<alice@example.org>\r\n', /^250 /m);
    await client.ask('RCPT TO:<bob@example.org>\r\n', /^250 /m);
    await client.ask('DATA\r\n', /^354 /m);
    await until('the message to be waited for', async () => edge.places.running('smtp') === 1);
    const other = await edge.greeted();
    assert.match(
      await other.ask('MAIL FROM:<alice@example.org>\r\n', /^\d/m),
      /^451 4\.3\.2 /,
      'a message under way is a command that runs',
    );
    assert.match(await client.ask(`${message}.\r\n`, /^\d/m), /^250 /);
    assert.deepEqual(
      edge.refused.map(({ scope, refused }) => [scope, refused]),
      [
        ['commands', 'commands-full'],
        ['commands', 'commands-full'],
      ],
    );
    assert.equal(edge.places.running('smtp'), 0);
  });

  it('answers a message that no command is left for with 451, after reading it to its end', async (t) => {
    const edge = await SmtpEdge.open(t, { settings: { 'smtp/commands-per-process': 1 } });
    const client = await edge.greeted();
    await client.ask('MAIL FROM:<alice@example.org>\r\n', /^250 /m);
    await client.ask('RCPT TO:<bob@example.org>\r\n', /^250 /m);
    await edge.places.enter('smtp');
    await client.ask('DATA\r\n', /^354 /m);
    assert.match(await client.ask(`${message}.\r\n`, /^\d/m), /^451 4\.3\.2 /);
    assert.deepEqual(await edge.spooled(), []);
    assert.match(await client.ask('NOOP\r\n', /^\d/m), /^250 /);
  });

  it('greets at once', async (t) => {
    const edge = await SmtpEdge.open(t);
    const began = performance.now();
    for (let i = 0; i < 20; i++) {
      const client = await edge.client();
      await client.until(/^220 /m);
      client.destroy();
    }
    assert.ok(performance.now() - began < 1500, `20 greetings took ${performance.now() - began} ms; the package alone waits 100 for each`);
  });

  it('refuses a client that speaks before it was greeted', async (t) => {
    const edge = await SmtpEdge.open(t, { slowAdmission: true });
    const client = await edge.client();
    client.write('EHLO spammer\r\n');
    assert.match(await client.untilClosed(), /^554 5\.5\.0 mail\.example\.org [^\r]*\r\n$/);
  });

  it('holds to its limits of size, recipients and parameters', async (t) => {
    const edge = await SmtpEdge.open(t, { settings: { 'smtp/message-size': 1000, 'smtp/recipients': 2 } });
    const client = await edge.greeted();
    assert.match(await client.ask('MAIL FROM:<a@example.net> SIZE=1001\r\n', /^\d/m), /^552 5\.3\.4 /);
    assert.match(await client.ask('MAIL FROM:<a@example.net> SIZE=x\r\n', /^\d/m), /^501 5\.5\.4 /);
    assert.match(await client.ask('MAIL FROM:<a@example.net> HOLDUNTIL=10\r\n', /^\d/m), /^555 5\.5\.4 /);
    assert.match(await client.ask('MAIL FROM:<ä@example.net>\r\n', /^\d/m), /^(?:553 5\.6\.7|501 5\.1\.7) /);
    await client.ask('MAIL FROM:<a@example.net> SIZE=500 BODY=8BITMIME SMTPUTF8\r\n', /^250 /m);
    await client.ask('RCPT TO:<bob@example.org>\r\n', /^250 /m);
    assert.match(await client.ask('RCPT TO:<bob@example.org> BY=1\r\n', /^\d/m), /^555 5\.5\.4 /);
    await client.ask('RCPT TO:<alice@example.org>\r\n', /^250 /m);
    assert.match(await client.ask('RCPT TO:<postmaster@example.org>\r\n', /^\d/m), /^452 4\.5\.3 /);
    await client.ask('DATA\r\n', /^354 /m);
    assert.match(await client.ask(`${'x'.repeat(70)}\r\n`.repeat(20) + '.\r\n', /^\d/m), /^552 5\.3\.4 /);
    await client.ask('MAIL FROM:<a@example.net>\r\n', /^250 /m); // the session goes on
    assert.deepEqual(await edge.spooled(), []);
  });

  it('ends on endless data, over-long lines and too many errors', async (t) => {
    const edge = await SmtpEdge.open(t, { settings: { 'smtp/message-size': 1000 } });
    const flooding = await edge.inData();
    flooding.write(`${'x'.repeat(70)}\r\n`.repeat(10_000));
    assert.match(await flooding.untilClosed(), /^552 5\.3\.4 /);
    const long = await edge.greeted();
    long.write('N'.repeat(20_000));
    assert.match(await long.untilClosed(), /^500 5\.5\.2 Line too long\r\n$/);
    const guessing = await edge.greeted();
    guessing.write('MAIL FROM:<>\r\n' + 'RCPT TO:<nobody@example.org>\r\n'.repeat(150));
    const answers = await guessing.untilClosed();
    assert.equal(answers.match(/^550 5\.1\.1 /gm)?.length, 100);
    assert.match(answers, /421 4\.7\.0 mail\.example\.org Too many errors\r\n$/);
    const babbling = await edge.greeted();
    babbling.write('GARBAGE\r\n'.repeat(20));
    assert.match(await babbling.untilClosed(), /421 [^\r]*too many unrecognized commands\r\n$/);
  });

  it('refuses a message that goes in circles', async (t) => {
    const edge = await SmtpEdge.open(t);
    const client = await edge.inData();
    const answer = await client.ask(`${'Received: from a by b; now\r\n'.repeat(51)}\r\nround\r\n.\r\n`, /^\d/m);
    assert.match(answer, /^554 5\.4\.6 /);
    assert.deepEqual(await edge.spooled(), []);
  });

  it('answers try again later when the store breaks, and keeps nothing', async (t) => {
    const broken = {
      stage: async () => {
        throw new Error('disk full');
      },
    };
    const edge = await SmtpEdge.open(t, { world: { bodies: broken as never } });
    const client = await edge.inData();
    assert.match(await client.ask(`${message}.\r\n`, /^\d/m), /^451 4\.3\.0 Try again later\r\n$/);
    assert.equal(edge.failures.length, 1);
    await client.ask('NOOP\r\n', /^250 /m);
  });

  it('answers it also to a client that is in the midst of a large message, once that is over', async (t) => {
    for (const taken of [0, 1, 5]) {
      const stage = async (source: AsyncIterable<Uint8Array>): Promise<never> => {
        let pieces = 0;
        for await (const _ of source) if (++pieces > taken) throw new Error('disk full');
        throw new Error('the message was not large');
      };
      const edge = await SmtpEdge.open(t, { world: { bodies: { stage } as never } });
      const client = await edge.inData();
      const large = `${'y'.repeat(70)}\r\n`.repeat(50_000);
      assert.match(await client.ask(`${message}${large}.\r\n`, /^\d/m), /^451 4\.3\.0 Try again later\r\n$/);
      assert.match(String(edge.failures[0]), /disk full/);
      assert.deepEqual(await edge.spooled(), []);
      await client.ask('NOOP\r\n', /^250 /m);
    }
  });

  it('forgets a message whose client vanished in the middle', async (t) => {
    const edge = await SmtpEdge.open(t);
    const client = await edge.inData();
    client.write('Subject: half\r\n\r\nnever');
    client.destroy();
    await until('the session to end', () => edge.served === 1);
    assert.deepEqual(await edge.spooled(), []);
    assert.deepEqual(edge.failures, []);
  });

  it('expands aliases, each mailbox and each outside address once', async (t) => {
    const edge = await SmtpEdge.open(t);
    const { accounts } = edge.world;
    const at = (text: string) => text as Parameters<typeof accounts.addAlias>[0]['address'];
    await accounts.addAlias({
      address: at('team@example.org'),
      targets: [at('alice@example.org'), at('bob@example.org'), at('far@example.net')],
    });
    const client = await edge.greeted();
    await client.ask('MAIL FROM:<x@example.com>\r\n', /^250 /m);
    for (const to of ['team@example.org', 'bob@example.org', 'alice@example.org']) await client.ask(`RCPT TO:<${to}>\r\n`, /^250 /m);
    await client.ask('DATA\r\n', /^354 /m);
    await client.ask(`${message}.\r\n`, /^250 /m);
    const rows = (await edge.spooled()).map(({ row }) => row);
    assert.deepEqual(
      rows.map(({ nextHop, recipients }) => [nextHop, recipients.map(({ account, address }) => account ?? address)]),
      [
        [{ kind: 'local' }, ['alice@example.org', 'bob@example.org']],
        [{ kind: 'domain', domain: 'example.net' }, ['far@example.net']],
      ],
    );
  });
});

describe('an SMTP session', () => {
  it('runs nothing that came in plain text behind STARTTLS', async (t) => {
    const edge = await SmtpEdge.open(t);
    const client = await edge.greeted();
    client.write('STARTTLS\r\nMAIL FROM:<injected@example.net>\r\nRCPT TO:<bob@example.org>\r\n');
    await client.until(/^220 2\.0\.0 /m);
    assert.equal(client.received, '');
    await client.startTls();
    assert.match(await client.ask('MAIL FROM:<a@example.net>\r\n', /^\d/m), /^503 /); // EHLO is forgotten too
    await client.ask('EHLO again\r\n', /^250 /m);
    assert.match(await client.ask('RCPT TO:<bob@example.org>\r\n', /^\d/m), /^503 /);
    await client.ask('MAIL FROM:<a@example.net>\r\n', /^250 /m);
    await client.ask('RCPT TO:<bob@example.org>\r\n', /^250 /m);
    await client.ask('DATA\r\n', /^354 /m);
    await client.ask(`${message}.\r\n`, /^250 /m);
    const [one] = await edge.spooled();
    assert.match(one?.text ?? '', /version=TLSv1\.[23]\s+cipher=\S+\s+bits=\d+\)\s+with\s+ESMTPS\s/);
    client.destroy();
    await until('the session to end', () => edge.served === 1);
  });

  it('ends when a TLS handshake does not come', async (t) => {
    const edge = await SmtpEdge.open(t, { settings: { 'net/handshake-timeout': 1 } });
    const client = await edge.greeted();
    await client.ask('STARTTLS\r\n', /^220 /m);
    assert.equal(await client.untilClosed(), '');
    await until('the session to end', () => edge.served === 1);
  });

  it('is dropped when no whole command comes in time, however it trickles', async (t) => {
    const edge = await SmtpEdge.open(t, { settings: { 'smtp/idle-timeout': 1 } });
    const client = await edge.greeted();
    const trickle = setInterval(() => client.write('N'), 100);
    const said = await client.untilClosed();
    clearInterval(trickle);
    assert.match(said, /^421 4\.4\.2 [^\r]+\r\n$/);
  });

  it('is told to come back at a command boundary when we drain, and may finish its message', async (t) => {
    const edge = await SmtpEdge.open(t);
    const idle = await edge.greeted();
    const busy = await edge.inData();
    for (const session of edge.sessions) session.end('draining');
    assert.match(await idle.untilClosed(), /^421 4\.3\.2 mail\.example\.org /);
    busy.write(`${message}.\r\n`);
    assert.match(await busy.untilClosed(), /^250 2\.0\.0 Accepted as \S+\r\n421 4\.3\.2 /);
    assert.equal((await edge.spooled()).length, 1);
  });

  it('promises nothing once this process may not act', async (t) => {
    const edge = await SmtpEdge.open(t);
    const client = await edge.inData();
    edge.mayAct = false;
    client.write(`${message}.\r\n`);
    assert.match(await client.untilClosed(), /^421 4\.3\.0 Try again later\r\n$/);
    assert.deepEqual(await edge.spooled(), []);
  });

  it('takes pipelined commands in one packet', async (t) => {
    const edge = await SmtpEdge.open(t);
    const client = await edge.greeted();
    const batch = 'MAIL FROM:<a@example.net>\r\nRCPT TO:<bob@example.org>\r\nDATA\r\n';
    client.write(batch);
    await client.until(/^354 /m);
    client.write(`${message}.\r\n${batch}`);
    await client.until(/^354 /m);
    client.write(`${message}.\r\nQUIT\r\n`);
    assert.match(await client.untilClosed(), /^250 2\.0\.0 Accepted[^\r]+\r\n221 /);
    assert.equal((await edge.spooled()).length, 2);
  });
});
