import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Served, serve } from '../harness/served.ts';
import { missing, succeeds } from './client.ts';

const alice = 'alice@example.test';

describe('mutt in batch', { skip: missing('mutt', 'curl') }, () => {
  let mail: Served;
  let home: string;

  before(async () => {
    mail = await serve({ accounts: { [alice]: 'wonderland' } });
    home = await mkdtemp(join(tmpdir(), 'mutt-'));
    await writeFile(
      join(home, 'muttrc'),
      `set from="${alice}"
set realname="Alice"
set smtp_url="smtp://${alice.replace('@', '%40')}@127.0.0.1:${mail.ports['msa/port']}/"
set smtp_pass="wonderland"
set imap_user="${alice}"
set imap_pass="wonderland"
set folder="imap://127.0.0.1:${mail.ports['imap/port']}/"
set record="imap://127.0.0.1:${mail.ports['imap/port']}/Sent"
set copy=yes
set ssl_starttls=no
set ssl_force_tls=no
set tmpdir="${home}"
`,
    );
  });
  after(async () => {
    await mail.stop();
    await rm(home, { recursive: true, force: true });
  });

  it('submits a message with an attachment and files a copy in Sent by IMAP', async () => {
    const attachment = join(home, 'notes.txt');
    await writeFile(attachment, 'Zeilen mit Ümläuten\n');
    await succeeds('mutt', ['-n', '-F', join(home, 'muttrc'), '-s', 'Grüße vom Köter', '-a', attachment, '--', alice], {
      input: 'Hello from mutt.\n',
      env: { HOME: home, TERM: 'dumb', LANG: 'C.UTF-8' },
    });
    for (const box of ['INBOX', 'Sent']) {
      const listed = await succeeds('curl', [
        '-k',
        '-sS',
        '-u',
        `${alice}:wonderland`,
        `imaps://127.0.0.1:${mail.ports['imap/tls-port']}/${box}`,
        '-X',
        'FETCH 1 (FLAGS ENVELOPE BODYSTRUCTURE)',
      ]);
      assert.match(listed, /=\?(utf-8|iso-8859-1)\?/i);
      assert.match(listed, /"notes\.txt"/);
    }
  });
});
