import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Served, serve } from '../harness/served.ts';
import { missing } from './client.ts';
import { Ledger } from './ledger.ts';
import { assertSameMail, type MailRow } from './mail-rows.ts';
import { Phone } from './phone.ts';
import { onTerminal, type Terminal } from './terminal.ts';
import { assertUses, type Wiretap, wiretap } from './wiretap.ts';

const alice = 'alice@example.test';

describe('alpine on a terminal', { skip: missing('alpine', 'script') }, () => {
  let mail: Served;
  let home: string;
  let phone: Phone;
  let tap: Wiretap;
  const ledger = new Ledger(alice);

  before(async () => {
    mail = await serve({ accounts: { [alice]: 'wonderland' } });
    tap = await wiretap(mail.ports['imap/port']);
    phone = await Phone.open(mail.ports['imap/port'], alice);
    home = await mkdtemp(join(tmpdir(), 'alpine-'));
    for (let n = 0; n < 20; n += 1) await phone.put(n, ledger.add(n, 'INBOX'));
    await writeFile(join(home, '.pinerc'), settings(tap.port));
  });
  after(async () => {
    await tap.stop();
    await mail.stop();
    await rm(home, { recursive: true, force: true });
  });

  /** Each step is a key or more, once its screen shows what is to be seen before. */
  const plays = async (...steps: readonly (readonly [shown: RegExp, keys: string])[]): Promise<void> => {
    const terminal: Terminal = onTerminal(`alpine -p ${home}/.pinerc -i`, { HOME: home });
    try {
      for (const [shown, keys] of steps) {
        await terminal.shows(shown);
        terminal.press(keys);
      }
      await terminal.end();
    } finally {
      terminal.stop();
    }
  };

  it('reads, flags, saves elsewhere, deletes and postpones a draft', async () => {
    await plays(
      [/ENTER PASSWORD/, 'wonderland\r'],
      [/opened with 20 messages/, '\r'],
      [/ALL of message/, '<'],
      [/FldrList/, 'j'],
      [/number to jump to/, '2\r'],
      [/FldrList/, '*'],
      [/Important\]/, '\r'],
      [/Flagged message 2/, 'j'],
      [/number to jump to/, '3\r'],
      [/FldrList/, 's'],
      [/SAVE Msg #3/, '\x15Kept\r'],
      [/Create\?/, 'y'],
      [/FldrList/, 'j'],
      [/number to jump to/, '4\r'],
      [/FldrList/, 'd'],
      [/marked for deletion/, 'x'],
      [/2 messages expunged/, 'c'],
      [/Message Text/, 'bob@elsewhere.example\r'],
      [/Cc/, '\x0f'],
      [/FldrList/, 'q'],
    );
    for (const [n, flag] of [
      [0, 'S'],
      [1, 'F'],
    ] as const)
      ledger.flag(n, [...new Set([...ledger.row(n).flags, flag])].sort().join(''));
    ledger.move(2, 'Kept');
    ledger.remove(3);
    const rows = await phone.rows();
    const isDraft = ({ mailbox }: MailRow): boolean => mailbox === 'Drafts';
    assertSameMail(
      rows.filter((row) => !isDraft(row)),
      ledger.rows,
      'on the server',
    );
    assert.equal(rows.filter(isDraft).length, 1);
  });

  it('uses extensions that are announced', async (t) => {
    t.diagnostic(assertUses(tap, await phone.capabilities(), ['SASL-IR', 'ID']));
  });
});

const settings = (port: number): string => {
  const far = `{127.0.0.1:${port}/imap/notls/user=${alice}}`;
  return `personal-name=Alice
user-domain=example.test
last-version-used=6.26
inbox-path=${far}INBOX
folder-collections=Mail ${far}[]
postponed-folder=${far}Drafts
default-fcc=""
incoming-startup-rule=first
saved-msg-name-rule=default-folder
feature-list=enable-flag-cmd,quit-without-confirm,expunge-without-confirm-everywhere,disable-password-file-saving
`;
};
