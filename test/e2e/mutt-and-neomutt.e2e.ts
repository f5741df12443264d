import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Served, serve } from '../harness/served.ts';
import { missing } from './client.ts';
import { messageId } from './everyday-mail.ts';
import { Ledger } from './ledger.ts';
import { assertSameMail } from './mail-rows.ts';
import { Phone } from './phone.ts';
import { onTerminal } from './terminal.ts';
import { assertUses, type Wiretap, wiretap } from './wiretap.ts';

const alice = 'alice@example.test';
const [read, flagged, moved, deleted] = [0, 1, 2, 3];

for (const program of ['mutt', 'neomutt'] as const) {
  describe(`${program} on a terminal`, { skip: missing(program, 'script') }, () => {
    let mail: Served;
    let home: string;
    let phone: Phone;
    let tap: Wiretap;
    const ledger = new Ledger(alice);

    before(async () => {
      mail = await serve({ accounts: { [alice]: 'wonderland' } });
      tap = await wiretap(mail.ports['imap/port']);
      phone = await Phone.open(mail.ports['imap/port'], alice);
      home = await mkdtemp(join(tmpdir(), `${program}-`));
      await mkdir(join(home, 'headers'));
      for (let n = 0; n < 40; n += 1) await phone.put(n, ledger.add(n, 'INBOX'));
      await writeFile(join(home, 'muttrc'), `${settings(home, tap.port)}${program === 'mutt' ? 'set imap_deflate=yes\n' : ''}`);
    });
    after(async () => {
      await tap.stop();
      await mail.stop();
      await rm(home, { recursive: true, force: true });
    });

    /** It takes all these keys as fast as it can, waits in IDLE for more, and is told to quit. */
    const plays = async (...keys: readonly string[]): Promise<void> => {
      const before = tap.lines().length;
      await writeFile(join(home, 'keys'), `push "${keys.join('')}"\n`);
      const terminal = onTerminal(`${program} -n -F ${home}/muttrc -e 'source ${home}/keys'`, { HOME: home });
      try {
        await tap.says(/ IDLE$/, before);
        terminal.press('q');
        await terminal.end();
      } finally {
        terminal.stop();
      }
    };

    it('reads, flags, moves, deletes and keeps a draft', async () => {
      const on = (n: number): string => `<search>~i ${messageId(n)}<enter>`;
      await plays(
        `${on(read)}<display-message><exit>`,
        `${on(flagged)}<flag-message>`,
        `${on(moved)}<save-message>\\Cu+Kept<enter>`,
        `${on(deleted)}<delete-message><sync-mailbox>`,
        '<mail>bob@elsewhere.example<enter>To be sent later<enter><postpone-message>',
      );
      ledger.flag(read, withFlag(ledger.row(read).flags, 'S'));
      ledger.flag(flagged, withFlag(ledger.row(flagged).flags, 'F'));
      ledger.move(moved, 'Kept');
      ledger.remove(deleted);
      const rows = await phone.rows();
      assertSameMail(
        rows.filter(({ mailbox }) => mailbox !== 'Drafts'),
        ledger.rows,
        'on the server',
      );
      assert.deepEqual(
        rows.filter(({ mailbox }) => mailbox === 'Drafts').map(({ flags }) => flags.includes('D')),
        [true],
      );
    });

    it('sees, when it comes back, what another client did meanwhile', async () => {
      await phone.remove(10, ledger.row(10));
      await phone.flag(11, ledger.row(11), 'RS');
      await phone.put(50, ledger.add(50, 'INBOX'));
      ledger.remove(10);
      // Only who has seen all three can tell these messages by their flags and number.
      await plays(
        `<tag-pattern>~i ${messageId(11)} ~Q<enter><tag-pattern>~i ${messageId(50)}<enter><tag-prefix><flag-message><sync-mailbox>`,
      );
      ledger.flag(11, 'FRS');
      ledger.flag(50, withFlag(ledger.row(50).flags, 'F'));
      assertSameMail(await phone.rowsOf('INBOX'), ledger.rowsIn('INBOX'), 'on the server');
    });

    it('uses extensions that are announced', async (t) => {
      t.diagnostic(assertUses(tap, await phone.capabilities(), uses[program]));
    });
  });
}

const withFlag = (flags: string, one: string): string => [...new Set([...flags, one])].sort().join('');

/** Extensions that they use where they are announced: Debian's NeoMutt is built without compression. */
const uses = {
  mutt: ['SASL-IR', 'ENABLE', 'IDLE', 'CONDSTORE', 'QRESYNC', 'COMPRESS=DEFLATE'],
  neomutt: ['SASL-IR', 'ENABLE', 'IDLE', 'CONDSTORE', 'QRESYNC'],
} as const;

const settings = (home: string, port: number): string => `set from="${alice}" realname="Alice"
set imap_user="${alice}" imap_pass="wonderland"
set folder="imap://127.0.0.1:${port}/"
set spoolfile="imap://127.0.0.1:${port}/INBOX"
set postponed="+Drafts" record=""
set ssl_starttls=no ssl_force_tls=no
set imap_condstore=yes imap_qresync=yes imap_idle=yes
set header_cache="${home}/headers"
set tmpdir="${home}" editor="true" sort=mailbox-order timeout=1
set confirmappend=no confirmcreate=no delete=yes quit=yes postpone=yes recall=no move=no
set mark_old=no abort_nosubject=no abort_unmodified=no wait_key=no beep=no
`;
