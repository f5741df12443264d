import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { RawClient } from '../harness/raw-client.ts';
import { type PortName, type Served, serve } from '../harness/served.ts';

const alice = 'alice@example.test';
const plainPorts = ['smtp/port', 'msa/port', 'pop3/port', 'imap/port'] as const;

describe('input that no honest client sends', () => {
  let mail: Served;
  before(async () => {
    mail = await serve({ accounts: { [alice]: 'wonderland' } });
  });
  after(() => mail.stop());

  const open = (port: PortName, tls = false): Promise<RawClient> => RawClient.open(mail.ports[port], { tls });
  const imap = async (): Promise<RawClient> => {
    const client = await open('imap/port');
    await client.until(/^\* OK /m);
    await client.ask(`a LOGIN ${alice} wonderland\r\n`, /^a OK /m);
    return client;
  };
  const smtp = async (): Promise<RawClient> => {
    const client = await open('smtp/port');
    await client.until(/^220 /m);
    await client.ask('EHLO x.example\r\n', /^250 /m);
    return client;
  };
  /** The server lives and serves when an honest client gets in. */
  const stillServes = async (): Promise<void> => {
    const client = await imap();
    await client.ask('z NOOP\r\n', /^z OK /m);
    client.destroy();
  };

  for (const port of plainPorts) {
    it(`a line of a megabyte on ${port} gets an error or a close`, async () => {
      const client = await open(port);
      await client.until(/\r\n/);
      client.write('x'.repeat(1_000_000));
      client.write('\r\n');
      const answer = await Promise.race([client.until(/^(500|421|-ERR|\* BAD|x* BAD|\* BYE)/m), client.untilClosed()]);
      assert.match(answer, /^$|^(500|421|-ERR|\* BAD|\* BYE)/m);
      client.destroy();
      await stillServes();
    });

    it(`binary garbage on ${port} ends in errors and a close`, async () => {
      const client = await open(port);
      await client.until(/\r\n/);
      for (let i = 0; i < 60 && !client.closed; i += 1) {
        client.write(randomBytes(2000));
        client.write('\r\n');
      }
      await client.untilClosed();
      await stillServes();
    });

    it(`a thousand empty lines on ${port} do no harm`, async () => {
      const client = await open(port);
      await client.until(/\r\n/);
      client.write('\r\n'.repeat(1000));
      await client.untilClosed();
      await stillServes();
    });
  }

  it('an over-large literal is refused before its octets come', async () => {
    const client = await imap();
    assert.match(await client.ask('b APPEND INBOX {99999999999}\r\n', /^b /m), /^b (NO \[TOOBIG\]|BAD)/m);
    assert.match(await client.ask('c LOGIN {4000000000}\r\n', /^c /m), /^c (NO|BAD)/m);
    client.write('d LOGIN {4000000000+}\r\n');
    assert.match(await client.untilClosed(), /^\* BYE|^d BAD/m);
    await stillServes();
  });

  it('an unfinished literal is forgotten when its client goes', async () => {
    const client = await imap();
    await client.ask('b APPEND INBOX {1000000}\r\n', /^\+ /m);
    client.write('x'.repeat(500_000));
    client.destroy();
    const reader = await imap();
    assert.match(await reader.ask('b STATUS INBOX (MESSAGES)\r\n', /^b OK/m), /MESSAGES 0/);
    reader.destroy();
  });

  for (const [port, start, inject] of [
    ['smtp/port', 'STARTTLS', 'RSET'],
    ['msa/port', 'STARTTLS', 'RSET'],
    ['pop3/port', 'STLS', 'CAPA'],
    ['imap/port', 'a STARTTLS', 'b NOOP'],
  ] as const) {
    it(`a command pipelined behind STARTTLS on ${port} is never run`, async () => {
      const client = await open(port);
      await client.until(/\r\n/);
      if (start === 'STARTTLS') await client.ask('EHLO x.example\r\n', /^250 /m);
      client.write(`${start}\r\n${inject}\r\n`);
      const answer = await client.until(/^(220|\+OK|a OK|a BAD|-ERR|5\d\d|4\d\d)/m);
      if (/^(220|\+OK|a OK)/m.test(answer)) {
        await client.startTls();
        const fresh = {
          'smtp/port': ['NOOP', /^250/m],
          'msa/port': ['NOOP', /^250/m],
          'pop3/port': ['NOOP', /^-ERR/m],
          'imap/port': ['c NOOP', /^c OK/m],
        } as const;
        const [line, reply] = fresh[port];
        const heard = await client.ask(`${line}\r\n`, reply);
        assert.equal(heard.split('\r\n').filter((one) => one !== '').length, 1, `only the answer to what came through TLS: ${heard}`);
      }
      client.destroy();
    });
  }

  for (const [name, data] of [
    ['a bare LF before the dot', 'Subject: x\r\n\r\ntext\n.\r\nMAIL FROM:<smuggled@elsewhere.example>\r\n'],
    ['a bare LF after the dot', 'Subject: x\r\n\r\ntext\r\n.\nMAIL FROM:<smuggled@elsewhere.example>\r\n'],
    ['a bare CR before the dot', 'Subject: x\r\n\r\ntext\r.\r\nMAIL FROM:<smuggled@elsewhere.example>\r\n'],
    ['bare LFs only', 'Subject: x\n\ntext\n.\nMAIL FROM:<smuggled@elsewhere.example>\n'],
  ] as const) {
    it(`a message with ${name} is refused on port 25 and smuggles no second one`, async () => {
      const client = await smtp();
      await client.ask('MAIL FROM:<bob@elsewhere.example>\r\n', /^250 /m);
      await client.ask(`RCPT TO:<${alice}>\r\n`, /^250 /m);
      await client.ask('DATA\r\n', /^354 /m);
      client.write(`${data}\r\n.\r\n`);
      assert.match(await client.untilClosed(), /^521 5\.5\.2 [^\r]*\r\n$/);
    });
  }

  it('ten thousand recipients are refused one by one beyond the limit', async () => {
    const client = await smtp();
    await client.ask('MAIL FROM:<bob@elsewhere.example>\r\n', /^250 /m);
    let refused = 0;
    for (let i = 0; i < 10_000; i += 500) {
      client.write(Array.from({ length: 500 }, (_, k) => `RCPT TO:<${alice.replace('@', `+${i + k}@`)}>\r\n`).join(''));
      for (let k = 0; k < 500 && !client.closed; k += 1)
        if (/^452 4\.5\.3/.test(await client.until(/^\d{3} .*\r\n/m).catch(() => ''))) refused += 1;
      if (client.closed) break;
    }
    assert.ok(refused > 0);
    client.destroy();
    await stillServes();
  });

  it('zero-length user names, passwords, mailboxes, searches and messages get precise answers', async () => {
    const client = await open('imap/port');
    await client.until(/^\* OK /m);
    await client.ask('a LOGIN "" ""\r\n', /^a (NO|BAD)/m);
    await client.ask('b AUTHENTICATE PLAIN =\r\n', /^b (NO|BAD)/m);
    await client.ask(`c LOGIN ${alice} wonderland\r\n`, /^c OK/m);
    await client.ask('d SELECT ""\r\n', /^d (NO|BAD)/m);
    await client.ask('e CREATE ""\r\n', /^e (NO|BAD)/m);
    await client.ask('f SELECT INBOX\r\n', /^f OK/m);
    await client.ask('g SEARCH\r\n', /^g BAD/m);
    await client.ask('h FETCH 1:* ()\r\n', /^h BAD/m);
    await client.ask('i APPEND INBOX {0}\r\n', /^(i |\+ )/m);
    client.destroy();
    const sender = await smtp();
    await sender.ask('MAIL FROM:<>\r\n', /^250 /m);
    await sender.ask('RCPT TO:<>\r\n', /^5/m);
    await sender.ask(`RCPT TO:<${alice}>\r\n`, /^250 /m);
    await sender.ask('DATA\r\n', /^354 /m);
    await sender.ask('.\r\n', /^(250|5)/m);
    sender.destroy();
    await stillServes();
  });
});
