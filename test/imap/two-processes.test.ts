import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { RawClient } from '../harness/raw-client.ts';
import { type Served, serve } from '../harness/served.ts';
import { BelievingClient } from './believing-client.ts';

/** A client in a process that is known. */
interface Placed {
  readonly process: number;
  readonly client: RawClient;
}

describe('clients of two processes that share a mailbox', () => {
  let served: Served;
  let phone: Placed;
  let laptop: Placed;
  /** At least one in the phone's process, and one in the laptop's. */
  let watchers: readonly Placed[];

  before(async () => {
    served = await serve({ processes: 2, accounts: { 'alice@example.org': 'secret' } });
    const placed = await clients(6);
    const [first, second, ...more] = [...Map.groupBy(placed, ({ process }) => process).values()];
    assert.ok(more.length === 0 && first?.[0] && second?.[0] && first[1] && second[1], 'the connections were shared out');
    [phone, laptop, watchers] = [first[0], second[0], [first[1], second[1], ...first.slice(2), ...second.slice(2)]];
  });
  after(async () => {
    for (const { client } of [phone, laptop, ...watchers]) client.destroy();
    await served.stop();
  });

  /** Logged in, each from an address of its own, by which its process is found. */
  async function clients(count: number): Promise<readonly Placed[]> {
    const opened = await Promise.all(
      Array.from({ length: count }, async (_, i) => {
        const from = `127.31.0.${i + 1}`;
        const client = await RawClient.open(served.ports['imap/port'], { from });
        await client.until(/^\* OK/m);
        await ask(client, 'LOGIN alice secret');
        return { from, client };
      }),
    );
    const sessions = JSON.parse(await served.mailweir(['sessions', '--json'])) as readonly { address: string; process: number }[];
    return opened.map(({ from, client }) => {
      const process = sessions.find(({ address }) => address === from)?.process;
      assert.ok(process !== undefined, `nobody holds the session from ${from}`);
      return { client, process };
    });
  }

  it('hear in IDLE of mail, flags and expunges, wherever they happen', async () => {
    for (const { client } of [phone, laptop, ...watchers]) await ask(client, 'SELECT INBOX');
    for (const { client } of watchers) {
      client.write('i IDLE\r\n');
      await client.until(/^\+ idling/m);
    }
    for (const { client } of [phone, laptop]) await appendTo(client, 'INBOX');
    for (const { client } of watchers) await client.until(/^\* 2 EXISTS/m);
    assert.match(await ask(phone.client, 'NOOP'), /^\* 2 EXISTS/m);
    assert.match(await ask(phone.client, 'STORE 2 +FLAGS (\\Flagged)'), /^t OK/m);
    for (const { client } of watchers) await client.until(/^\* 2 FETCH \(FLAGS \((?:\\Flagged|\\Flagged \\Recent)\)\)/m);
    assert.match(await ask(laptop.client, 'UID STORE 1 +FLAGS.SILENT (\\Deleted)'), /^t OK/m);
    for (const { client } of watchers) await client.until(/^\* 1 FETCH \(FLAGS \(\\Deleted/m);
    await ask(laptop.client, 'EXPUNGE');
    for (const { client } of watchers) await client.until(/^\* 1 EXPUNGE/m);
    assert.match(
      await ask(phone.client, 'MOVE 2 Archive'),
      /COPYUID \d+ 2 1\]/,
      'the phone has not heard of the expunge yet: its numbers stand',
    );
    for (const { client } of watchers) await client.until(/^\* 1 EXPUNGE/m);
    for (const { client } of watchers) {
      client.write('DONE\r\n');
      await client.until(/^i OK/m);
    }
  });

  it('never hear what can not be true, and agree in the end, whatever they do at once', async () => {
    const actors = [phone, laptop, ...watchers].map(({ client }) => new BelievingClient(client));
    await Promise.all(actors.map((actor, i) => actor.ask(`SELECT Drafts${i % 2 === 0 ? '' : ' (CONDSTORE)'}`)));
    const until = Date.now() + 1_500;
    const act = async (actor: BelievingClient): Promise<void> => {
      while (Date.now() < until) await oneThing(actor);
    };
    await Promise.all(actors.map(act));
    const [first, ...others] = await Promise.all(actors.map((actor) => actor.compare()));
    for (const other of others) assert.deepEqual(other, first);
  });

  it('one changes a message conditionally, and of all who try at once one succeeds', async () => {
    await appendTo(phone.client, 'Junk');
    const all = [phone, laptop, ...watchers].map(({ client }) => client);
    const selected = await Promise.all(all.map((client) => ask(client, 'SELECT Junk (CONDSTORE)')));
    const since = /HIGHESTMODSEQ (\d+)/.exec(selected[0] ?? '')?.[1];
    const answers = await Promise.all(all.map((client, i) => ask(client, `STORE 1 (UNCHANGEDSINCE ${since}) +FLAGS (mine${i})`)));
    assert.equal(answers.filter((answer) => /^t OK STORE/m.test(answer)).length, 1);
    assert.equal(answers.filter((answer) => /^t OK \[MODIFIED 1\]/m.test(answer)).length, all.length - 1);
    const told = await ask(phone.client, 'FETCH 1 FLAGS');
    assert.equal(told.match(/mine\d/g)?.length, 1);
  });
});

async function ask(client: RawClient, command: string): Promise<string> {
  client.write(`t ${command}\r\n`);
  return client.until(/^t /m);
}

async function appendTo(client: RawClient, mailbox: string): Promise<void> {
  const text = 'Subject: hello\r\n\r\nHello.\r\n';
  client.write(`a APPEND ${mailbox} {${text.length}+}\r\n${text}\r\n`);
  assert.match(await client.until(/^a /m), /^a OK/m);
}

const below = (n: number): number => Math.floor(Math.random() * n);

/** Something that clients do, with numbers as this one believes them to be. */
async function oneThing(actor: BelievingClient): Promise<void> {
  const count = actor.messages.length;
  if (count < 5 || below(6) === 0) return actor.append('Drafts');
  const [from, to] = [1 + below(count), 1 + below(count)].sort((a, b) => a - b) as [number, number];
  const uid = actor.messages[from - 1]?.uid ?? 1;
  const flag = `k${below(3)}`;
  const silent = async (): Promise<void> => {
    await actor.ask(`STORE ${from}:${to} ${['+', '-', ''][below(3)]}FLAGS.SILENT (${flag})`);
    actor.doubt(from, to);
  };
  const things: readonly (() => Promise<unknown>)[] = [
    () => actor.ask(`FETCH ${from}:${to} (UID FLAGS)`),
    () => actor.ask(`FETCH ${from} BODY[TEXT]`),
    () => actor.ask(`STORE ${from}:${to} ${['+', '-', ''][below(3)]}FLAGS (${flag} \\Flagged)`),
    silent,
    () => actor.ask(`UID STORE ${uid} +FLAGS (\\Deleted)`),
    () => actor.ask('EXPUNGE'),
    () => actor.ask('UID EXPUNGE 1:*'),
    () => actor.ask(`MOVE ${from} Archive`),
    () => actor.ask(`COPY ${from} Drafts`),
    () => actor.ask(`SEARCH ${from}:${to} UNSEEN`),
    () => actor.ask('UID SEARCH UNFLAGGED'),
    () => actor.ask('NOOP'),
    () => actor.idle(below(100)),
  ];
  await things[below(things.length)]?.();
}
