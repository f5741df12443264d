import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Served, serve } from '../harness/served.ts';
import { missing, succeeds } from './client.ts';
import { everydayMessage } from './everyday-mail.ts';
import { Ledger, mailboxNames } from './ledger.ts';
import { assertSameMail } from './mail-rows.ts';
import { Phone } from './phone.ts';
import { assertUses, type Wiretap, wiretap } from './wiretap.ts';

const alice = 'alice@example.test';
const bob = 'bob@example.test';
const count = 300;

/** It asks both sides by QRESYNC for what changed, and believes what it is told: it never looks at a whole mailbox again. */
describe('interimap keeps the mailboxes of two accounts the same', { skip: missing('interimap') }, () => {
  let mail: Served;
  let home: string;
  let phone: Phone;
  let tablet: Phone;
  let tap: Wiretap;
  const ledger = new Ledger(alice);

  before(async () => {
    mail = await serve({ accounts: { [alice]: 'wonderland', [bob]: 'wonderland' }, processes: 2 });
    tap = await wiretap(mail.ports['imap/port']);
    phone = await Phone.open(mail.ports['imap/port'], alice);
    tablet = await Phone.open(mail.ports['imap/port'], bob);
    home = await mkdtemp(join(tmpdir(), 'interimap-'));
    await configure(home, tap.port);
    const there = new Set(await phone.mailboxes());
    for (const name of mailboxNames.filter((one) => !there.has(one))) await phone.ask(`CREATE "${name}"`);
    for (let n = 0; n < count; n += 1) await phone.put(n, ledger.add(n, mailboxNames[n % 10] ?? 'INBOX'));
  });
  after(async () => {
    await tap?.stop();
    await mail?.stop();
    await rm(home, { recursive: true, force: true });
  });

  const sync = (): Promise<string> =>
    succeeds('interimap', ['--quiet'], { env: { HOME: home, XDG_CONFIG_HOME: home, XDG_DATA_HOME: home } });
  const bothAreRight = async (): Promise<void> => {
    assertSameMail(await phone.rows(), ledger.rows, 'of alice');
    assertSameMail(await tablet.rows(), ledger.rows, 'of bob');
  };

  it('copies every mailbox and every message with its flags', async () => {
    await sync();
    await bothAreRight();
  });

  it('takes over what both sides added, flagged, moved and removed', async () => {
    for (let round = 0; round < 5; round += 1) {
      const [flagged, moved, removed, starred, drafted, gone] = ledger.in('INBOX');
      for (const n of [flagged, moved, removed, starred, drafted, gone]) if (n === undefined) throw new Error('INBOX ran empty');
      await change(phone, { flagged, moved, removed }, count + 2 * round);
      await change(tablet, { flagged: starred, moved: drafted, removed: gone }, count + 2 * round + 1);
      await sync();
      await bothAreRight();
    }
  });

  interface Chosen {
    readonly flagged: number | undefined;
    readonly moved: number | undefined;
    readonly removed: number | undefined;
  }

  async function change(client: Phone, { flagged = -1, moved = -1, removed = -1 }: Chosen, added: number): Promise<void> {
    await client.flag(flagged, ledger.row(flagged), 'RS');
    ledger.flag(flagged, 'RS');
    await client.move(moved, ledger.row(moved), 'Archive/2024');
    ledger.move(moved, 'Archive/2024');
    await client.remove(removed, ledger.row(removed));
    ledger.remove(removed);
    const message = everydayMessage(added, alice);
    ledger.add(added, 'INBOX');
    ledger.flag(added, 'S');
    await client.ask(`APPEND INBOX (\\Seen) {${message.length}+}\r\n${message}`);
  }

  it('uses extensions that are announced', async (t) => {
    t.diagnostic(assertUses(tap, await phone.capabilities(), ['ENABLE', 'QRESYNC', 'LIST-EXTENDED', 'UIDPLUS']));
  });
});

async function configure(home: string, port: number): Promise<void> {
  const side = (name: string, user: string): readonly string[] => [
    `[${name}]`,
    'type = imap',
    'host = 127.0.0.1',
    `port = ${port}`,
    'STARTTLS = NO',
    'auth = PLAIN',
    `username = ${user}`,
    'password = wonderland',
  ];
  await mkdir(join(home, 'interimap'), { mode: 0o700 });
  const file = join(home, 'interimap', 'config');
  await writeFile(file, ['database = both.db', 'list-mailbox = *', ...side('local', alice), ...side('remote', bob), ''].join('\n'));
  await chmod(file, 0o600);
}
