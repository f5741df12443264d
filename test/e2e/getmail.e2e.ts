import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Served, serve } from '../harness/served.ts';
import { missing, succeeds } from './client.ts';
import { everydayMessage } from './everyday-mail.ts';
import { assertSameMail, type MailRow, mailRow, rowsOfMaildirs } from './mail-rows.ts';
import { Phone } from './phone.ts';

const alice = 'alice@example.test';
const count = 30;

/** It writes headers anew: its own fields, folded as it likes. */
const idAndBody = (message: string): string => {
  const text = message.replaceAll('\r\n', '\n');
  return `${/^message-id:.*$/im.exec(text)?.[0]}\n\n${text.slice(text.indexOf('\n\n'))}`;
};

describe('getmail', { skip: missing('getmail') }, () => {
  let mail: Served;
  let home: string;
  let phone: Phone;
  const sent: MailRow[] = [];
  const send = async (n: number): Promise<void> => {
    await phone.put(n, { mailbox: 'INBOX', flags: '' });
    sent.push(mailRow('INBOX', idAndBody(everydayMessage(n, alice)), ''));
  };

  before(async () => {
    mail = await serve({ accounts: { [alice]: 'wonderland' } });
    phone = await Phone.open(mail.ports['imap/port'], alice);
    home = await mkdtemp(join(tmpdir(), 'getmail-'));
    for (let n = 0; n < count; n += 1) await send(n);
  });
  after(async () => {
    await mail.stop();
    await rm(home, { recursive: true, force: true });
  });

  /** @returns what came in this run, as if it lay in INBOX without flags */
  const fetched = async (retriever: string, port: number, options: string): Promise<readonly MailRow[]> => {
    const dir = await mkdtemp(join(home, 'run-'));
    for (const part of ['cur', 'new', 'tmp']) await mkdir(join(dir, 'box', part), { recursive: true });
    await writeFile(
      join(home, `${retriever}.rc`),
      `[retriever]
type = ${retriever}
server = 127.0.0.1
port = ${port}
username = ${alice}
password = wonderland

[destination]
type = MDA_external
path = /bin/sh
arguments = ("-c", "cat > ${dir}/box/new/$$")
allow_root_commands = true

[options]
delivered_to = false
received = false
${options}
`,
    );
    await succeeds('getmail', ['--getmaildir', home, '--rcfile', join(home, `${retriever}.rc`)], { env: { HOME: home } });
    const rows = await rowsOfMaildirs(dir, idAndBody);
    await rm(dir, { recursive: true });
    return rows.map((row) => ({ ...row, mailbox: 'INBOX' }));
  };

  it('reads by IMAP what it has not read yet', async () => {
    const read = (): Promise<readonly MailRow[]> => fetched('SimpleIMAPRetriever', mail.ports['imap/port'], 'read_all = false');
    assertSameMail(await read(), sent, 'in the Maildir');
    await send(count);
    assertSameMail(await read(), sent.slice(count), 'in the Maildir');
  });

  it('reads by POP3 what it has not read yet, then takes all away', async () => {
    const read = (options: string): Promise<readonly MailRow[]> => fetched('SimplePOP3Retriever', mail.ports['pop3/port'], options);
    assertSameMail(await read('read_all = false'), sent, 'in the Maildir');
    assertSameMail(await read('read_all = false'), [], 'in the Maildir');
    assertSameMail(await read('read_all = true\ndelete = true'), sent, 'in the Maildir');
    assert.equal(await phone.count(['INBOX']), 0);
  });
});
