import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { type BlockRow, entriesOf } from '../platform/embedded/sqlite/flag-block.ts';
import { type Served, serve } from '../test/harness/served.ts';
import { fillEmbedded } from './large-mailbox/fill.ts';
import { flagsOf } from './large-mailbox/flags-of.ts';
import { absentWord, letter, rareWord } from './large-mailbox/letters.ts';
import { TagClient } from './large-mailbox/tag-client.ts';
import { type DovecotImap, startDovecotImap } from './reference/dovecot-imap.ts';
import { median } from './report.ts';

const account = 'alice@example.test';
const count = Number(process.env.MESSAGES ?? 100_000);
const rounds = Number(process.env.ROUNDS ?? 3);
/** Only cases whose name this matches. */
const chosen = new RegExp(process.env.CASES ?? '');

/** A command of a client, and the same rows read bare from the same database by whoever knows nothing of IMAP. */
interface Case {
  readonly what: string;
  readonly commands: readonly string[];
  readonly bare?: (sql: DatabaseSync) => void;
  /** By a client that has enabled QRESYNC and knows the mailbox: `{validity}` and `{highest}` are what SELECT told it. */
  readonly resyncs?: boolean;
  /** What has to be announced for it. */
  readonly needs?: string;
  /** Kept results of a search that is the same would be what is measured. */
  readonly anew?: (round: number) => string;
}

const flagRows = (sql: DatabaseSync): void => {
  const blocks = sql.prepare('SELECT block, modseq, packed, keywords FROM flag_blocks WHERE mailbox = 1 ORDER BY block');
  for (const row of blocks.iterate() as unknown as Iterable<BlockRow>) entriesOf(row);
};
const factRows = (sql: DatabaseSync): void => {
  const rows = sql.prepare('SELECT m.uid, b.facts FROM messages m JOIN bodies b ON b.seq = m.body WHERE m.mailbox = 1 ORDER BY m.uid');
  for (const { facts } of rows.iterate() as Iterable<{ facts: string }>) JSON.parse(facts);
};
const bodiesWith =
  (word: string) =>
  (sql: DatabaseSync): void => {
    sql.prepare('SELECT count(*) FROM messages m JOIN body_bytes d ON d.body = m.body WHERE m.mailbox = 1 AND instr(d.bytes, ?)').get(word);
  };

const cases: readonly Case[] = [
  { what: 'SELECT', commands: ['SELECT INBOX'], bare: flagRows },
  { what: 'SELECT and all flags, as a client without CONDSTORE', commands: ['SELECT INBOX', 'FETCH 1:* (UID FLAGS)'], bare: flagRows },
  { what: 'UID FETCH 1:* (FLAGS)', commands: ['UID FETCH 1:* (FLAGS)'], bare: flagRows },
  { what: 'UID FETCH 1:* (FLAGS) (CHANGEDSINCE 1)', commands: ['UID FETCH 1:* (FLAGS) (CHANGEDSINCE 1)'], bare: flagRows },
  {
    what: 'SELECT with QRESYNC, nothing changed since',
    commands: ['SELECT INBOX (QRESYNC ({validity} {highest}))'],
    bare: flagRows,
    resyncs: true,
  },
  { what: 'SELECT with QRESYNC, all changed since', commands: ['SELECT INBOX (QRESYNC ({validity} 1))'], bare: flagRows, resyncs: true },
  { what: 'SORT (DATE)', commands: ['SORT (DATE) UTF-8 ALL'], bare: factRows, needs: 'SORT' },
  { what: 'FETCH 1:* (ENVELOPE)', commands: ['FETCH 1:* (ENVELOPE)'], bare: factRows },
  {
    what: 'FETCH 1:* (UID RFC822.SIZE INTERNALDATE FLAGS BODYSTRUCTURE)',
    commands: ['FETCH 1:* (UID RFC822.SIZE INTERNALDATE FLAGS BODYSTRUCTURE)'],
    bare: factRows,
  },
  { what: 'SORT (DATE)', commands: ['SORT (DATE) UTF-8 ALL'], bare: factRows },
  { what: 'SORT (SUBJECT REVERSE DATE)', commands: ['SORT (SUBJECT REVERSE DATE) UTF-8 ALL'], bare: factRows },
  { what: 'THREAD REFERENCES', commands: ['THREAD REFERENCES UTF-8 ALL'], bare: factRows },
  { what: 'SEARCH SUBJECT', commands: [], anew: (n) => `SEARCH SUBJECT "${absentWord}${n}"`, bare: factRows },
  { what: 'SEARCH HEADER List-Id', commands: [], anew: (n) => `SEARCH HEADER List-Id "${absentWord}${n}"`, bare: bodiesWith(absentWord) },
  {
    what: 'SEARCH TEXT, of a word in no message',
    commands: [],
    anew: (n) => `SEARCH TEXT "${absentWord}${n}"`,
    bare: bodiesWith(absentWord),
  },
  {
    what: 'SEARCH BODY, of a word in 1 of 1,000',
    commands: [],
    anew: (n) => `SEARCH BODY "${rareWord}" NOT BODY "x${absentWord}${n}"`,
    bare: bodiesWith(rareWord),
  },
];

/** A mailbox of 100,000 messages over IMAP on loopback: time and memory of what clients do with it. */
export async function benchLargeMailbox(): Promise<void> {
  const mail = await serve({
    accounts: { [account]: 'wonderland' },
    set: { 'imap/merge-identical': 'off' },
    fill: (dataDir) => fillEmbedded(dataDir, account, count),
  });
  await mail.mailweir(['settings', 'set', 'imap/text-index', 'off']);
  const dovecot = await startDovecotImap();
  try {
    if (dovecot !== undefined) await fillDovecot(dovecot);
    console.log(`${count} messages, mail.db of ${megabytes(statSync(join(mail.dataDir, 'mail.db')).size)} MB`);
    const some = cases.filter(({ what }) => chosen.test(what));
    await measureAll(mail, dovecot, some);
    const searches = some.filter(({ anew }) => anew !== undefined);
    if (searches.length === 0) return;
    await mail.mailweir(['settings', 'set', 'imap/text-index', 'on']);
    const since = performance.now();
    while (indexed(mail.dataDir) < count) await sleep(500);
    const took = (performance.now() - since) / 1000;
    const texts = statSync(join(mail.dataDir, 'texts.db')).size;
    console.log(
      `index of texts filled in ${took.toFixed(0)} s, ${megabytes(texts)} MB, ${Math.round(texts / count)} octets a message; with it:`,
    );
    await measureAll(mail, dovecot, searches);
  } finally {
    await dovecot?.stop();
    await mail.stop();
  }
}

async function measureAll(mail: Served, dovecot: DovecotImap | undefined, cases: readonly Case[]): Promise<void> {
  const [ours, theirs] = [await comeIn(mail.ports['imap/port']), dovecot && (await comeIn(dovecot.port))];
  const sql = new DatabaseSync(join(mail.dataDir, 'mail.db'), { readOnly: true });
  for (const one of cases) {
    if (one.needs !== undefined && !ours.announced.includes(` ${one.needs}`)) continue;
    const [mine, bare, other, peaks]: number[][] = [[], [], [], []];
    for (let round = 0; round < rounds; round += 1) {
      resetPeak(mail.pid);
      const before = resident(mail.pid, 'VmRSS');
      mine?.push(await timeOf(ours, one, round));
      peaks?.push(resident(mail.pid, 'VmHWM') - before);
      if (theirs !== undefined) other?.push(await timeOf(theirs, one, round));
      bare?.push(timed(() => one.bare?.(sql)));
    }
    const ratio = (times: readonly number[] = []): string => (median(mine ?? []) / median(times)).toFixed(2);
    const dovecots = theirs === undefined ? '' : `; Dovecot (mdbox) ${Math.round(median(other ?? []))} ms, ratio ${ratio(other)}`;
    console.log(
      `${one.what}: ${Math.round(median(mine ?? []))} ms, bare scan of the same rows ${Math.round(median(bare ?? []))} ms, ratio ${ratio(bare)}${dovecots}; ` +
        `memory at its peak +${megabytes(Math.max(...(peaks ?? [])))} MB`,
    );
  }
  console.log(
    `peak memory of the process: ${megabytes(resident(mail.pid, 'VmHWM'))} MB; at rest ${megabytes(resident(mail.pid, 'VmRSS'))} MB`,
  );
  sql.close();
  for (const come of [ours, theirs]) for (const client of [come?.plain, come?.resyncing]) client?.end();
}

/** Two clients of one server, and what it told them. */
interface Come {
  readonly plain: TagClient;
  readonly resyncing: TagClient;
  readonly announced: string;
  readonly validity: string;
  readonly highest: string;
}

async function comeIn(port: number): Promise<Come> {
  const [plain, resyncing] = [await loggedIn(port), await loggedIn(port)];
  const announced = (await plain.ask('CAPABILITY')).end;
  await plain.ask('SELECT INBOX');
  await resyncing.ask('ENABLE QRESYNC');
  const { end } = await resyncing.ask('SELECT INBOX');
  const told = (name: string): string => new RegExp(`\\[${name} (\\d+)\\]`).exec(end)?.[1] ?? '';
  return { plain, resyncing, announced, validity: told('UIDVALIDITY'), highest: told('HIGHESTMODSEQ') };
}

async function timeOf({ plain, resyncing, validity, highest }: Come, { commands, anew, resyncs }: Case, round: number): Promise<number> {
  let ms = 0;
  for (const command of [...commands, ...(anew === undefined ? [] : [anew(round)])]) {
    const text = command.replace('{validity}', validity).replace('{highest}', highest);
    ms += (await (resyncs === true ? resyncing : plain).ask(text)).ms;
  }
  return ms;
}

function indexed(dataDir: string): number {
  try {
    using sql = new DatabaseSync(join(dataDir, 'texts.db'), { readOnly: true });
    return Number(sql.prepare('SELECT count(*) AS n FROM indexed').get()?.n ?? 0);
  } catch {
    return 0; // it is just being made
  }
}

function timed(work: () => void): number {
  const since = performance.now();
  work();
  return performance.now() - since;
}

async function loggedIn(port: number): Promise<TagClient> {
  const client = new TagClient(port);
  await client.greeted();
  await client.ask(`LOGIN ${account} wonderland`);
  return client;
}

/** Many messages of one APPEND (RFC 3502), as literals that need no answer. */
async function fillDovecot({ port }: DovecotImap): Promise<void> {
  const client = await loggedIn(port);
  const batch = 500;
  for (let at = 0; at < count; at += batch) {
    const parts: Uint8Array[] = [];
    for (let i = at; i < Math.min(count, at + batch); i += 1) {
      const octets = letter(i);
      parts.push(Buffer.from(` (${flagsOf(i).join(' ')}) {${octets.length}+}\r\n`), octets);
    }
    await client.ask('APPEND INBOX', ...parts);
  }
  client.end();
}

const megabytes = (octets: number): string => (octets / 2 ** 20).toFixed(0);

/** Where the kernel tells it (Linux); nothing elsewhere. */
function resident(pid: number, what: 'VmHWM' | 'VmRSS'): number {
  try {
    const kilobytes = new RegExp(`${what}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return Number(kilobytes ?? Number.NaN) * 1024;
  } catch {
    return Number.NaN;
  }
}

function resetPeak(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, '5');
  } catch {
    // then the peak is that of all that was before
  }
}
