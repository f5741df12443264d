import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Served, serve } from '../harness/served.ts';
import { missing, succeeds } from './client.ts';
import { simpleMessage } from './messages.ts';

const alice = 'alice@example.test';
const count = 500;

describe('mbsync', { skip: missing('mbsync', 'curl') }, () => {
  let mail: Served;
  let home: string;
  const near = (...path: readonly string[]): string => join(home, 'Mail', ...path);
  const sync = (): Promise<string> => succeeds('mbsync', ['-c', join(home, 'mbsyncrc'), 'all'], { env: { HOME: home } });
  const names = async (box: string): Promise<readonly string[]> => [
    ...(await readdir(near(box, 'cur'))),
    ...(await readdir(near(box, 'new'))),
  ];

  before(async () => {
    mail = await serve({ accounts: { [alice]: 'wonderland' }, set: { 'imap/sessions-per-account': '20' } });
    home = await mkdtemp(join(tmpdir(), 'mbsync-'));
    await mkdir(near(), { recursive: true });
    await writeFile(
      join(home, 'mbsyncrc'),
      `IMAPStore far
Host 127.0.0.1
Port ${mail.ports['imap/port']}
User ${alice}
Pass wonderland
SSLType None
AuthMechs PLAIN

MaildirStore near
Path ${near()}/
Inbox ${near('INBOX')}
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns *
Create Both
Remove Both
Expunge Both
SyncState *
`,
    );
  });
  after(async () => {
    await mail.stop();
    await rm(home, { recursive: true, force: true });
  });

  it(`puts ${count} messages of a Maildir onto the server`, async () => {
    for (const folder of ['cur', 'new', 'tmp']) await mkdir(near('Archive', folder), { recursive: true });
    for (let i = 0; i < count; i += 1)
      await writeFile(
        near('Archive', 'cur', `${1_700_000_000 + i}.${i}.near:2,${i % 2 === 0 ? 'S' : ''}`),
        simpleMessage(`number ${i}`, alice).replaceAll('\r\n', '\n'),
      );
    await sync();
    const status = await succeeds('curl', [
      '-k',
      '-sS',
      '-u',
      `${alice}:wonderland`,
      `imaps://127.0.0.1:${mail.ports['imap/tls-port']}`,
      '-X',
      'STATUS Archive (MESSAGES UNSEEN)',
    ]);
    assert.match(status, new RegExp(`MESSAGES ${count} UNSEEN ${count / 2}`));
  });

  it('takes them all down again into an empty Maildir, the same octets', async () => {
    const sent = await bodies(near('Archive', 'cur'));
    await rename(near(), join(home, 'Mail.before'));
    await mkdir(near(), { recursive: true });
    await sync();
    assert.deepEqual(await bodies(near('Archive', 'cur'), near('Archive', 'new')), sent);
  });

  it('carries flags and deletions both ways', async () => {
    const [gone, flagged] = (await readdir(near('Archive', 'cur'))).sort();
    assert.ok(gone !== undefined && flagged !== undefined);
    await rm(near('Archive', 'cur', gone));
    await rename(near('Archive', 'cur', flagged), near('Archive', 'cur', `${flagged.replace(/:2,.*/, '')}:2,FS`));
    const user = ['-k', '-sS', '-u', `${alice}:wonderland`, `imaps://127.0.0.1:${mail.ports['imap/tls-port']}/Archive`, '-X'];
    await succeeds('curl', [...user, 'STORE 300:309 +FLAGS.SILENT (\\Deleted)']);
    await succeeds('curl', [...user, 'EXPUNGE']);
    await sync();
    assert.equal((await names('Archive')).length, count - 11);
    assert.match(await succeeds('curl', [...user, 'SEARCH FLAGGED']), /\* SEARCH \d+\r\n/);
  });
});

async function bodies(...folders: readonly string[]): Promise<readonly string[]> {
  const files = (await Promise.all(folders.map(async (folder) => (await readdir(folder)).map((name) => join(folder, name))))).flat();
  const texts = await Promise.all(files.map((file) => readFile(file, 'latin1')));
  return texts.map((text) => text.replace(/^X-TUID: .*\n/m, '')).sort();
}
