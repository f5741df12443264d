import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Served, serve } from '../harness/served.ts';
import { missing, succeeds } from './client.ts';
import { everydayMessage } from './everyday-mail.ts';
import { type LmtpReceiver, startLmtpReceiver } from './lmtp-receiver.ts';
import { assertSameMail, type MailRow, mailRow } from './mail-rows.ts';
import { Phone } from './phone.ts';

const alice = 'alice@example.test';
const count = 30;

/** It writes headers anew, its own fields among them, folded as it likes; and quotes lines that begin as those between the messages of an mbox. */
const idAndBody = (message: string): string => {
  const text = message.replaceAll('\r\n', '\n').replaceAll('\n>From ', '\nFrom ');
  return `${/^message-id:.*$/im.exec(text)?.[0]}\n\n${text.slice(text.indexOf('\n\n'))}`;
};

describe('getmail', { skip: missing('getmail') }, () => {
  let mail: Served;
  let home: string;
  let phone: Phone;
  let agent: LmtpReceiver;
  const sent: MailRow[] = [];
  const send = async (n: number): Promise<void> => {
    await phone.put(n, { mailbox: 'INBOX', flags: '' });
    sent.push(mailRow('INBOX', idAndBody(everydayMessage(n, alice)), ''));
  };

  before(async () => {
    mail = await serve({ accounts: { [alice]: 'wonderland' } });
    phone = await Phone.open(mail.ports['imap/port'], alice);
    home = await mkdtemp(join(tmpdir(), 'getmail-'));
    agent = await startLmtpReceiver();
    for (let n = 0; n < count; n += 1) await send(n);
  });
  after(async () => {
    await mail.stop();
    await agent.stop();
    await rm(home, { recursive: true, force: true });
  });

  /**
   * It hands its mail on by LMTP. What forks for each message (a Maildir, a program) loses the child's end when that comes before it listens for
   * it, as on a busy machine, and stands still for three minutes: seen with 6.18.11, whatever the server.
   * @returns what came in this run, as if it lay in INBOX without flags
   */
  const fetched = async (retriever: string, port: number, options: string): Promise<readonly MailRow[]> => {
    await writeFile(
      join(home, `${retriever}.rc`),
      `[retriever]
type = ${retriever}
server = 127.0.0.1
port = ${port}
username = ${alice}
password = wonderland

[destination]
type = MDA_lmtp
host = 127.0.0.1
port = ${agent.port}
override = ${alice}

[options]
delivered_to = false
received = false
${options}
`,
    );
    await succeeds('getmail', ['--getmaildir', home, '--rcfile', join(home, `${retriever}.rc`)], { env: { HOME: home } });
    return agent.taken().map((message) => mailRow('INBOX', idAndBody(message), ''));
  };

  it('reads by IMAP what it has not read yet', async () => {
    const read = (): Promise<readonly MailRow[]> => fetched('SimpleIMAPRetriever', mail.ports['imap/port'], 'read_all = false');
    assertSameMail(await read(), sent, 'from getmail');
    await send(count);
    assertSameMail(await read(), sent.slice(count), 'from getmail');
  });

  it('reads by POP3 what it has not read yet, then takes all away', async () => {
    const read = (options: string): Promise<readonly MailRow[]> => fetched('SimplePOP3Retriever', mail.ports['pop3/port'], options);
    assertSameMail(await read('read_all = false'), sent, 'from getmail');
    assertSameMail(await read('read_all = false'), [], 'from getmail');
    assertSameMail(await read('read_all = true\ndelete = true'), sent, 'from getmail');
    assert.equal(await phone.count(['INBOX']), 0);
  });
});
