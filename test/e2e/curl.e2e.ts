import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Served, serve } from '../harness/served.ts';
import { missing, succeeds } from './client.ts';
import { simpleMessage } from './messages.ts';

const alice = 'alice@example.test';

describe('curl', { skip: missing('curl') }, () => {
  let mail: Served;
  const user = ['-u', `${alice}:wonderland`, '-k', '-sS'];
  const list = (box: string): Promise<string> =>
    succeeds('curl', [...user, `imaps://127.0.0.1:${mail.ports['imap/tls-port']}/${box}`, '-X', 'FETCH 1:* (ENVELOPE)']);
  const delivered = async (subject: string): Promise<void> => {
    for (let tries = 0; !(await list('INBOX')).includes(subject); tries += 1) assert.ok(tries < 50, `${subject} is not in INBOX`);
  };

  before(async () => {
    mail = await serve({ accounts: { [alice]: 'wonderland' } });
  });
  after(() => mail.stop());

  it('sends to a local address over smtp with STARTTLS', async () => {
    await succeeds(
      'curl',
      [
        '-k',
        '-sS',
        '--ssl-reqd',
        `smtp://127.0.0.1:${mail.ports['smtp/port']}`,
        '--mail-from',
        'bob@elsewhere.example',
        '--mail-rcpt',
        alice,
        '-T',
        '-',
      ],
      {
        input: simpleMessage('over smtp', alice),
      },
    );
    await delivered('over smtp');
  });

  it('submits over smtps with a login', async () => {
    await succeeds(
      'curl',
      [...user, `smtps://127.0.0.1:${mail.ports['msa/tls-port']}`, '--mail-from', alice, '--mail-rcpt', alice, '-T', '-'],
      { input: simpleMessage('over smtps', alice) },
    );
    await delivered('over smtps');
  });

  it('lists and reads over pop3s and imaps, octet for octet alike', async () => {
    const pop = await succeeds('curl', [...user, `pop3s://127.0.0.1:${mail.ports['pop3/tls-port']}/1`]);
    const imap = await succeeds('curl', [...user, `imaps://127.0.0.1:${mail.ports['imap/tls-port']}/INBOX;MAILINDEX=1`]);
    assert.match(pop, /Subject: over smtp/);
    assert.equal(imap, pop);
  });

  it('appends to a mailbox over imaps', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'curl-'));
    await writeFile(join(folder, 'draft'), simpleMessage('a draft', alice));
    await succeeds('curl', [...user, `imaps://127.0.0.1:${mail.ports['imap/tls-port']}/Drafts`, '-T', join(folder, 'draft')]);
    await rm(folder, { recursive: true });
    assert.match(await list('Drafts'), /a draft/);
  });
});
