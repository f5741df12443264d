import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { isAscii } from '../../core/values/ascii.ts';
import { RawClient } from '../harness/raw-client.ts';
import { type Served, serve } from '../harness/served.ts';
import { missing, succeeds } from './client.ts';
import { difficultMessage, difficultText } from './messages.ts';

const alice = 'alice@example.test';

describe('a difficult message of 25 MB', { skip: missing('curl') }, () => {
  let mail: Served;
  let home: string;
  const message = difficultMessage(25_000_000, alice);
  const user = ['-k', '-sS', '-u', `${alice}:wonderland`];

  before(async () => {
    mail = await serve({ accounts: { [alice]: 'wonderland' } });
    home = await mkdtemp(join(tmpdir(), 'fidelity-'));
    await writeFile(join(home, 'message'), message);
    await succeeds('curl', [
      '-sS',
      `smtp://127.0.0.1:${mail.ports['smtp/port']}`,
      '--mail-from',
      'bob@elsewhere.example',
      '--mail-rcpt',
      alice,
      '-T',
      join(home, 'message'),
    ]);
  });
  after(async () => {
    await mail.stop();
    await rm(home, { recursive: true, force: true });
  });

  /** What stands before the message is ours: Return-Path and Received. */
  const withoutTrace = (received: string): string => {
    const start = received.indexOf('From: =?UTF-8?Q?J');
    assert.match(received.slice(0, start), /^Return-Path: <bob@elsewhere\.example>\r\nReceived: from /);
    return received.slice(start);
  };

  it('comes out of POP3 octet for octet as it went in', async () => {
    const client = await RawClient.open(mail.ports['pop3/port']);
    await client.until(/^\+OK /m);
    for (const line of ['UTF8', `USER ${alice}`, 'PASS wonderland']) await client.ask(`${line}\r\n`, /^\+OK /m);
    client.write('RETR 1\r\nQUIT\r\n');
    const answers = await client.untilClosed();
    const end = answers.lastIndexOf('.\r\n+OK Goodbye');
    const received = answers.slice(answers.indexOf('\n') + 1, end).replace(/^\.\./gm, '.');
    assert.ok(withoutTrace(received) === message.toString('latin1'));
  });

  it('comes out of POP3 with its header in ASCII for a client that does not ask for UTF-8', async () => {
    const received = withoutTrace(await succeeds('curl', [...user, `pop3s://127.0.0.1:${mail.ports['pop3/tls-port']}/1`]));
    const body = received.indexOf('\r\n\r\n');
    assert.ok(isAscii(received.slice(0, body)), received.slice(0, body));
    assert.ok(received.slice(body) === message.toString('latin1').slice(message.indexOf('\r\n\r\n')));
  });

  it('comes out of IMAP octet for octet, whole and by section', async () => {
    const imap = `imaps://127.0.0.1:${mail.ports['imap/tls-port']}/INBOX`;
    assert.ok(withoutTrace(await succeeds('curl', [...user, `${imap};MAILINDEX=1`])) === message.toString('latin1'));
    const text = await succeeds('curl', [...user, `${imap};MAILINDEX=1;SECTION=1`]);
    assert.equal(text, Buffer.from(difficultText).toString('latin1'));
  });

  it('has the ENVELOPE and BODYSTRUCTURE of RFC 9051', async () => {
    const client = await RawClient.open(mail.ports['imap/port']);
    await client.until(/^\* OK /m);
    await client.ask(`a LOGIN ${alice} wonderland\r\n`, /^a OK /m);
    await client.ask('b EXAMINE INBOX\r\n', /^b OK /m);
    const answer = await client.ask('c FETCH 1 (ENVELOPE BODYSTRUCTURE)\r\n', /^c OK /m);
    client.destroy();
    assert.ok(answer.includes(Buffer.from('Grüße, 8-bit header ☃').toString('latin1')), answer);
    assert.ok(answer.includes('(("=?UTF-8?Q?J=C3=BCrgen?=" NIL "juergen" "elsewhere.example"))'), answer);
    assert.ok(answer.includes('(("Alice, the first" NIL "alice" "example.test"))'), answer);
    assert.ok(answer.includes('"<difficult-1@elsewhere.example>"'), answer);
    const attachment = message.indexOf('\r\n\r\n', message.indexOf('filename="data.bin"')) + 4;
    const octets = message.indexOf('\r\n--=_outer--') - attachment;
    const structure = answer.toLowerCase();
    assert.ok(structure.includes(`("text" "plain" ("charset" "utf-8") nil nil "8bit" ${Buffer.byteLength(difficultText)} 6 `), answer);
    assert.ok(
      structure.includes(
        `("application" "octet-stream" ("name" "data.bin") nil nil "base64" ${octets} nil ("attachment" ("filename" "data.bin"))`,
      ),
      answer,
    );
    assert.ok(structure.includes(' "mixed" ("boundary" "=_outer")'), answer);
  });
});
