import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Served, serve } from '../harness/served.ts';
import { missing } from './client.ts';
import { everydayMessage } from './everyday-mail.ts';
import { Ledger, mailboxNames, mailboxOf } from './ledger.ts';
import { assertSameMail } from './mail-rows.ts';
import { Phone } from './phone.ts';
import { inUnicode, type Listed, Thunderbird } from './thunderbird.ts';
import { assertUses, type Wiretap, wiretap } from './wiretap.ts';

const alice = 'alice@example.test';

/** How it asks for what changed: flags of all messages each time, or by MODSEQ, which is behind a preference of its. */
const ways = [
  { name: 'Thunderbird', condstore: false, count: 2_000 },
  { name: 'Thunderbird with CONDSTORE', condstore: true, count: 300 },
];

/** Waits until it holds: the program works on behind what it was told. */
async function soon(assertion: () => Promise<void>): Promise<void> {
  for (const deadline = Date.now() + 180_000; ; ) {
    try {
      await assertion();
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(500);
    }
  }
}

for (const { name, condstore, count } of ways) {
  describe(name, { skip: missing('thunderbird') }, () => {
    let mail: Served;
    let home: string;
    let phone: Phone;
    let tap: Wiretap;
    let thunderbird: Thunderbird;
    const ledger = new Ledger(alice);

    before(async () => {
      mail = await serve({ accounts: { [alice]: 'wonderland' } });
      tap = await wiretap(mail.ports['imap/port']);
      phone = await Phone.open(mail.ports['imap/port'], alice);
      home = await mkdtemp(join(tmpdir(), 'thunderbird-'));
      const there = new Set(await phone.mailboxes());
      for (const name of mailboxNames.filter((one) => !there.has(one))) await phone.ask(`CREATE "${name}"`);
      for (const name of mailboxNames) await phone.ask(`SUBSCRIBE "${name}"`);
      for (let n = 0; n < count; n += 1) await phone.put(n, ledger.add(n, mailboxOf(n)));
      thunderbird = await Thunderbird.start(home, tap.port, alice, 'wonderland', { condstore });
    });
    after(async () => {
      await thunderbird?.stop();
      await tap?.stop();
      await mail?.stop();
      await rm(home, { recursive: true, force: true });
    });

    /** Drafts are shown as any other message. */
    const expected = (): readonly Listed[] =>
      ledger.rows.map(({ mailbox, id, flags }) => ({ mailbox: inUnicode(mailbox), id, flags: flags.replace('D', '') }));
    const inOrder = (listed: readonly Listed[]): readonly string[] => listed.map((one) => JSON.stringify(one)).sort();
    const shows = async (): Promise<void> => {
      await thunderbird.look();
      assert.deepEqual(
        inOrder((await thunderbird.messages()).map(({ mailbox, id, flags }) => ({ mailbox, id, flags }))),
        inOrder(expected()),
      );
    };
    const inInbox = (): readonly number[] => ledger.in('INBOX');
    const idsOf = (numbers: readonly number[]): readonly string[] => numbers.map((n) => ledger.row(n).id);

    it('shows every folder by its name, and every message with its flags', async () => {
      await soon(async () => {
        const shown = new Set(await thunderbird.folders());
        for (const name of mailboxNames) assert.ok(shown.has(inUnicode(name)), name);
      });
      await soon(shows);
    });

    it('reads a message octet for octet', async () => {
      const [n] = inInbox();
      assert.ok(n !== undefined);
      const source = await thunderbird.source('INBOX', ledger.row(n).id);
      const asSent = source.replaceAll('\r\n', '\n').replace(/^X-Mozilla-\w+: .*\n/gm, ''); // its own notes
      assert.equal(asSent, everydayMessage(n, alice).replaceAll('\r\n', '\n'));
      ledger.flag(n, [...new Set([...ledger.row(n).flags, 'S'])].sort().join(''));
      await thunderbird.read('INBOX', idsOf([n]));
    });

    it('marks as read and stars, moves and deletes', async () => {
      const [, read, starred, moved, removed] = inInbox();
      assert.ok(read !== undefined && starred !== undefined && moved !== undefined && removed !== undefined);
      await thunderbird.read('INBOX', idsOf([read]));
      ledger.flag(read, [...new Set([...ledger.row(read).flags, 'S'])].sort().join(''));
      await thunderbird.star('INBOX', idsOf([starred]));
      ledger.flag(starred, [...new Set([...ledger.row(starred).flags, 'F'])].sort().join(''));
      await thunderbird.move('INBOX', idsOf([moved]), inUnicode('&U,BTFw-'));
      ledger.move(moved, '&U,BTFw-');
      await thunderbird.remove('INBOX', idsOf([removed]));
      ledger.move(removed, 'Trash');
      await soon(async () => assertSameMail(await phone.rows(), ledger.rows, 'on the server'));
      await soon(shows);
    });

    it('hears of new mail, and sees what another client changed and expunged', async () => {
      const [flagged, gone] = inInbox();
      assert.ok(flagged !== undefined && gone !== undefined);
      await phone.flag(flagged, ledger.row(flagged), 'FS');
      ledger.flag(flagged, 'FS');
      await phone.remove(gone, ledger.row(gone));
      ledger.remove(gone);
      await phone.put(count, ledger.add(count, 'INBOX'));
      await soon(shows);
    });

    it('renames a folder with what is below it', async () => {
      await thunderbird.rename('Archive/2024', '2024 and before');
      ledger.rename('Archive/2024', 'Archive/2024 and before');
      await soon(async () => assertSameMail(await phone.rows(), ledger.rows, 'on the server'));
    });

    it('uses extensions that are announced', async (t) => {
      t.diagnostic(assertUses(tap, await phone.capabilities(), ['NAMESPACE', 'COMPRESS=DEFLATE', 'ACL', 'QUOTA']));
      if (condstore)
        assert.ok(
          tap.lines().some((line) => / UID FETCH .*\(CHANGEDSINCE \d+\)/i.test(line)),
          'it never asked for what changed',
        );
    });
  });
}
