import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { RawClient } from '../harness/raw-client.ts';
import { type Served, serve } from '../harness/served.ts';
import { missing } from './client.ts';
import { type Dovecot, dovecotPassword, startDovecot } from './dovecot-server.ts';
import { simpleMessage } from './messages.ts';

const alice = 'alice@example.test';
const many = 1000;

describe('Dovecot as a source', { skip: missing('dovecot', '/usr/lib/dovecot/pop3') }, () => {
  let dovecot: Dovecot;
  let mail: Served;
  const trusted = process.env.NODE_EXTRA_CA_CERTS;

  before(async () => {
    dovecot = await startDovecot();
    process.env.NODE_EXTRA_CA_CERTS = dovecot.certificate; // for the server that is started next
    mail = await serve({ accounts: { [alice]: 'wonderland' } });
    await mkdir(join(mail.dataDir, 'secrets'), { recursive: true });
    await writeFile(join(mail.dataDir, 'secrets', 'dovecot'), dovecotPassword, { mode: 0o600 });
  });
  after(async () => {
    if (trusted === undefined) delete process.env.NODE_EXTRA_CA_CERTS;
    else process.env.NODE_EXTRA_CA_CERTS = trusted;
    await mail?.stop();
    await dovecot?.stop();
  });

  const addSource = (name: string, user: string, port: number, ...options: readonly string[]): Promise<string> => {
    const where = ['--host', 'localhost', '--port', String(port), '--user', user, '--password', 'secret:dovecot', '--account', alice];
    return mail.mailweir(['collect', 'add', name, ...where, ...options]);
  };
  const fill = async (user: string, count: number): Promise<void> => {
    for (let i = 0; i < count; i += 1)
      await dovecot.put(user, `${1_000_000 + i}.M1.host`, Buffer.from(simpleMessage(`${user}-${i}`, alice)));
  };

  it(`gives all of ${many} messages over STARTTLS, each once, and keeps none`, async (t) => {
    await fill('large', many);
    const begun = performance.now();
    await addSource('large', 'large', dovecot.port, '--tls', 'starttls', '--keep', 'no');
    t.diagnostic((await mail.mailweir(['collect', 'run', 'large', '--wait'])).trim());
    t.diagnostic(`${Math.round(performance.now() - begun)} ms`);
    const subjects = (await subjectsOf(mail.ports['imap/port'])).filter((subject) => subject.startsWith('large-'));
    assert.deepEqual(subjects.toSorted(), Array.from({ length: many }, (_, i) => `large-${i}`).toSorted());
    assert.equal(await dovecot.left('large'), 0);
  });

  it('keeps its mail when it is to, and gives only what is new the next time, over TLS from the first octet', async () => {
    await fill('small', 3);
    await addSource('small', 'small', dovecot.tlsPort, '--tls', 'implicit');
    // A new source is due at once: the server's own run may have been the first.
    assert.match(await mail.mailweir(['collect', 'run', 'small', '--wait']), /small: [03] collected, 0 deleted there; all is here/);
    await dovecot.put('small', '2000000.M1.host', Buffer.from(simpleMessage('small-late', alice)));
    assert.match(await mail.mailweir(['collect', 'run', 'small', '--wait']), /small: 1 collected, 0 deleted there; all is here/);
    assert.equal(await dovecot.left('small'), 4);
    const subjects = (await subjectsOf(mail.ports['imap/port'])).filter((subject) => subject.startsWith('small-'));
    assert.deepEqual(subjects, ['small-0', 'small-1', 'small-2', 'small-late']);
  });
});

async function subjectsOf(port: number): Promise<readonly string[]> {
  const client = await RawClient.open(port);
  await client.until(/^\* OK /m);
  await client.ask(`a LOGIN ${alice} wonderland\r\n`, /^a OK/m);
  await client.ask('b SELECT INBOX\r\n', /^b OK/m);
  const text = await client.ask('c FETCH 1:* BODY.PEEK[HEADER.FIELDS (SUBJECT)]\r\n', /^c OK/m);
  client.destroy();
  return [...text.matchAll(/^Subject: (\S+)/gm)].map(([, subject]) => subject ?? '');
}
