import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Served, serve } from '../harness/served.ts';
import { missing, succeeds } from './client.ts';
import { everydayMessage, messageId } from './everyday-mail.ts';
import { Ledger } from './ledger.ts';
import { assertSameMail } from './mail-rows.ts';
import { Phone } from './phone.ts';
import { assertUses, type Wiretap, wiretap } from './wiretap.ts';

const alice = 'alice@example.test';

describe('imapfilter', { skip: missing('imapfilter') }, () => {
  let mail: Served;
  let home: string;
  let phone: Phone;
  let tap: Wiretap;
  const ledger = new Ledger(alice);

  before(async () => {
    mail = await serve({ accounts: { [alice]: 'wonderland' } });
    tap = await wiretap(mail.ports['imap/port']);
    phone = await Phone.open(mail.ports['imap/port'], alice);
    home = await mkdtemp(join(tmpdir(), 'imapfilter-'));
    for (let n = 0; n < 60; n += 1) await phone.put(n, ledger.add(n, 'INBOX'));
  });
  after(async () => {
    await tap.stop();
    await mail.stop();
    await rm(home, { recursive: true, force: true });
  });

  const filter = async (...rules: readonly string[]): Promise<void> => {
    const config = join(home, 'rules.lua');
    const account = `account = IMAP { server = '127.0.0.1', port = ${tap.port}, username = '${alice}', password = 'wonderland' }`;
    await writeFile(
      config,
      ['options.create = true', 'options.starttls = false', account, 'inbox = account.INBOX', ...rules, ''].join('\n'),
    );
    await chmod(config, 0o600);
    await succeeds('imapfilter', ['-c', config], { env: { HOME: home } });
  };
  /** Marks the messages that a rule matches in the ledger. */
  const each = (matches: (n: number) => boolean, change: (n: number) => void): void => {
    for (const n of ledger.in('INBOX').filter(matches)) change(n);
  };

  it('flags by sender, moves by a word of the body, copies by header and deletes by flag and size', async () => {
    await filter(
      "inbox:contain_from('writer3@'):mark_flagged()",
      "inbox:contain_body('The inner text'):move_messages(account['Forwarded'])",
      `inbox:contain_field('Message-ID', '${messageId(0)}'):copy_messages(account['Copies'])`,
      'large = inbox:is_seen() * inbox:is_larger(3000)',
      'large:delete_messages()',
    );
    each(
      (n) => n % 7 === 3,
      (n) => ledger.flag(n, [...new Set([...ledger.row(n).flags, 'F'])].sort().join('')),
    );
    each(
      (n) => n % 5 === 4,
      (n) => ledger.move(n, 'Forwarded'),
    );
    const copied = { ...ledger.row(0), mailbox: 'Copies' };
    each(
      (n) => ledger.row(n).flags.includes('S') && everydayMessage(n, alice).length > 3000,
      (n) => ledger.remove(n),
    );
    assertSameMail(await phone.rows(), [...ledger.rows, copied], 'on the server');
  });

  it('uses extensions that are announced', async (t) => {
    t.diagnostic(assertUses(tap, await phone.capabilities(), ['NAMESPACE']));
  });
});
