import assert from 'node:assert/strict';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Served, serve } from '../harness/served.ts';
import { missing, succeeds } from './client.ts';
import { simpleMessage } from './messages.ts';

const alice = 'alice@example.test';

describe('fetchmail', { skip: missing('fetchmail', 'curl') }, () => {
  let mail: Served;
  let home: string;

  before(async () => {
    mail = await serve({ accounts: { [alice]: 'wonderland' } });
    home = await mkdtemp(join(tmpdir(), 'fetchmail-'));
    for (const subject of ['first', 'second', 'third']) {
      await succeeds(
        'curl',
        ['-sS', `smtp://127.0.0.1:${mail.ports['smtp/port']}`, '--mail-from', 'bob@elsewhere.example', '--mail-rcpt', alice, '-T', '-'],
        { input: simpleMessage(subject, alice) },
      );
    }
  });
  after(async () => {
    await mail.stop();
    await rm(home, { recursive: true, force: true });
  });

  const fetchmail = async (protocol: string, port: number, options: string): Promise<string> => {
    const rc = join(home, `rc-${port}`);
    const box = join(home, `box-${port}`);
    await writeFile(
      rc,
      `poll 127.0.0.1 protocol ${protocol} port ${port} user "${alice}" password "wonderland" ${options} mda "cat >> ${box}"\n`,
    );
    await chmod(rc, 0o600);
    await succeeds('fetchmail', ['-f', rc, '--nosyslog', '--pidfile', join(home, 'pid'), '-v'], { env: { FETCHMAILHOME: home } });
    return readFile(box, 'latin1');
  };
  const subjects = (box: string): readonly string[] => [...box.matchAll(/^Subject: (\w+)/gm)].map(([, subject]) => subject ?? '').sort();

  it('reads by IMAP over TLS and keeps the mail', async () => {
    assert.deepEqual(subjects(await fetchmail('imap', mail.ports['imap/tls-port'], 'ssl no sslcertck keep')), ['first', 'second', 'third']);
  });

  it('empties the maildrop by POP3 over TLS, then finds nothing', async () => {
    assert.deepEqual(subjects(await fetchmail('pop3', mail.ports['pop3/tls-port'], 'ssl no sslcertck fetchall')), [
      'first',
      'second',
      'third',
    ]);
    const left = await succeeds('curl', ['-k', '-sS', '-u', `${alice}:wonderland`, `pop3s://127.0.0.1:${mail.ports['pop3/tls-port']}/`]);
    assert.equal(left.trim(), '');
  });
});
