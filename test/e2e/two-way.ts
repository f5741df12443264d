import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Served, serve } from '../harness/served.ts';
import { missing, type Ran } from './client.ts';
import { Ledger, mailboxNames, mailboxOf, messageCount } from './ledger.ts';
import { assertSameMail } from './mail-rows.ts';
import { NearMail } from './near-mail.ts';
import { Phone } from './phone.ts';

const alice = 'alice@example.test';

/** A program that keeps a tree of Maildirs and the server's mailboxes the same. */
export interface Synchronizer {
  readonly program: string;
  /** Writes its configuration into an empty home. Mail lies in `Mail` below it. */
  configure(home: string, port: number, user: string): Promise<void>;
  readonly args: (home: string) => readonly string[];
  /** Makes it forget a mailbox's old name, as its users do by hand behind a rename. */
  renamed(home: string, from: string, to: string): Promise<void>;
  /** Copies that it may put up a second time when it is killed while it puts them up: it notes what it did behind the deed. */
  readonly doubledByKill: number;
}

/** The same 2,000 messages in 30 mailboxes on both sides, message by message, whatever was done on either, meanwhile, or cut off. */
export function syncsBothWays(tool: Synchronizer): void {
  describe(`${tool.program} keeps ${messageCount} messages in ${mailboxNames.length} mailboxes the same on both sides`, {
    skip: missing(tool.program),
  }, () => {
    let mail: Served;
    let home: string;
    let phone: Phone;
    let near: NearMail;
    const ledger = new Ledger(alice);

    const start = (where = home): Running => run(tool, where);
    const sync = async (): Promise<void> => {
      const { code, stdout, stderr } = await start().ended;
      assert.equal(code, 0, `${tool.program}: ${stdout.slice(-3000)}${stderr.slice(-3000)}`);
    };
    const bothAreRight = async (): Promise<void> => {
      assertSameMail(await phone.rows(), ledger.rows, 'on the server');
      assertSameMail(await near.rows(), ledger.rows, 'in the Maildirs');
    };

    before(async () => {
      mail = await serve({ accounts: { [alice]: 'wonderland' }, processes: 2 });
      home = await mkdtemp(join(tmpdir(), `${tool.program}-`));
      near = new NearMail(join(home, 'Mail'), alice);
      phone = await Phone.open(mail.ports['imap/port'], alice);
      await tool.configure(home, mail.ports['imap/port'], alice);
    });
    after(async () => {
      await mail.stop();
      await rm(home, { recursive: true, force: true });
    });

    it('when half of them came from each', async () => {
      const there = await phone.mailboxes();
      for (const name of mailboxNames) if (!there.includes(name)) await phone.ask(`CREATE "${name}"`);
      for (const name of mailboxNames) await near.create(name);
      for (let n = 0; n < messageCount; n += 1) {
        const row = ledger.add(n, mailboxOf(n));
        await (n < messageCount / 2 ? phone : near).put(n, row);
      }
      await sync();
      await bothAreRight();
    });

    it('when both changed flags, deleted, moved and added', async () => {
      for (const [side, from] of [
        [phone, 0],
        [near, 15],
      ] as const) {
        const own = mailboxNames.slice(from, from + 15);
        await change(side, own, ledger, messageCount + from * 10);
      }
      await sync();
      await bothAreRight();
    });

    it('when another client goes on changing things while it runs', async () => {
      for (const [i, name] of mailboxNames.entries()) {
        const n = 3_000 + i;
        await near.put(n, ledger.add(n, name));
      }
      const running = start();
      for (const [i, name] of mailboxNames.entries()) await change(phone, [name], ledger, 4_000 + i * 10);
      assert.equal((await running.ended).code, 0);
      await sync();
      await bothAreRight();
    });

    it('when a mailbox was renamed', async () => {
      for (const [from, to] of [
        ['Projects/p3', 'Projects/done'],
        ['Archive/2024', 'Archive/last year'],
      ] as const) {
        await phone.ask(`RENAME "${from}" "${to}"`);
        await rename(near.path(from), near.path(to));
        await tool.renamed(home, from, to);
        ledger.rename(from, to);
      }
      await sync();
      await bothAreRight();
    });

    it('when it was killed twice while it took them down', async () => {
      await rm(home, { recursive: true });
      await near.create('INBOX');
      await tool.configure(home, mail.ports['imap/port'], alice);
      for (const enough of [300, 1_100]) {
        const running = start();
        await running.killOnce(async () => (await near.count()) >= enough);
      }
      await sync();
      await bothAreRight();
    });

    it('when it was killed twice while it put some up', async () => {
      const grown = mailboxNames.filter((name) => name.startsWith('Lists/'));
      for (let n = 5_000; n < 5_400; n += 1) await near.put(n, ledger.add(n, grown[n % grown.length] ?? 'INBOX'));
      const before = await phone.count(grown);
      for (const enough of [60, 220]) {
        const running = start();
        await running.killOnce(async () => (await phone.count(grown)) >= before + enough);
      }
      await sync();
      if (tool.doubledByKill === 0) return bothAreRight();
      const there = await phone.rows();
      assertSameMail([...new Map(there.map((row) => [`${row.mailbox} ${row.id}`, row])).values()], ledger.rows, 'on the server');
      assertSameMail(await near.rows(), there, 'in the Maildirs');
      assert.ok(there.length - ledger.rows.length <= tool.doubledByKill, `${there.length - ledger.rows.length} were put up twice`);
    });
  });
}

type Side = Pick<Phone | NearMail, 'put' | 'flag' | 'remove' | 'move'>;

/** In each mailbox: some flags set and taken away, one message deleted, one moved on to the next mailbox, one added. */
async function change(side: Side, mailboxes: readonly string[], ledger: Ledger, free: number): Promise<void> {
  for (const [i, name] of mailboxes.entries()) {
    const [flagged, plain, gone, moved] = ledger.in(name);
    assert.ok(flagged !== undefined && plain !== undefined && gone !== undefined && moved !== undefined);
    await side.flag(flagged, ledger.row(flagged), 'FRS');
    ledger.flag(flagged, 'FRS');
    await side.flag(plain, ledger.row(plain), '');
    ledger.flag(plain, '');
    await side.remove(gone, ledger.row(gone));
    ledger.remove(gone);
    const to = mailboxes[(i + 1) % mailboxes.length] ?? name;
    if (to !== name) {
      await side.move(moved, ledger.row(moved), to);
      ledger.move(moved, to);
    }
    await side.put(free + i, ledger.add(free + i, name));
  }
}

interface Running {
  readonly ended: Promise<Ran>;
  /** At once, as an empty battery would; it must not have ended before. */
  killOnce(isSo: () => Promise<boolean>): Promise<void>;
}

const patience = 120_000; // ms

function run(tool: Synchronizer, home: string): Running {
  const child = spawn(tool.program, [...tool.args(home)], { env: { ...process.env, HOME: home }, stdio: ['ignore', 'pipe', 'pipe'] });
  const timer = setTimeout(() => child.kill('SIGKILL'), patience);
  const ended = outcome(child).finally(() => clearTimeout(timer));
  return {
    ended,
    killOnce: async (isSo) => {
      while (child.exitCode === null && !(await isSo())) await new Promise((again) => setTimeout(again, 10));
      child.kill('SIGKILL');
      const { code, stdout, stderr } = await ended;
      assert.equal(child.signalCode, 'SIGKILL', `${tool.program} ended with ${code} before: ${stdout.slice(-3000)}${stderr.slice(-3000)}`);
    },
  };
}

async function outcome(child: ChildProcess): Promise<Ran> {
  const printed = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name]?.on('data', (octets: Buffer) => {
      printed[name] += octets.toString('latin1');
    });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code: code ?? 1, ...printed };
}
