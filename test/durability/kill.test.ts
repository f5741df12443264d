import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { RawClient } from '../harness/raw-client.ts';
import { type Served, serve } from '../harness/served.ts';
import { SentMail } from './senders.ts';

const alice = 'alice@example.test';
/** Leads to her and to an outside address: such a message goes through the spool, hers alone straight into INBOX. */
const team = 'team@example.test';
const kills = Number(process.env.MAILWEIR_KILLS ?? 10);
const senders = 6;

describe(`a server killed ${kills} times at random moments while it takes mail`, () => {
  let mail: Served;
  const sent = new SentMail();
  const { accepted, offered } = sent;

  before(async () => {
    // Nobody listens there: what is to go out stays in the spool.
    const set = { 'smtp/sessions-per-address': '0', 'outbound/route': 'smarthost', 'outbound/smarthost': '127.0.0.1:1' };
    mail = await serve({ accounts: { [alice]: 'wonderland' }, set });
    await mail.mailweir(['alias', 'add', team, alice, 'out@elsewhere.example']);
  });
  after(() => mail.stop());

  it('loses no message it answered with 250, and delivers each once', async (t) => {
    for (let kill = 0; kill < kills; kill += 1) {
      const round = { over: false };
      const sending = Promise.all(
        Array.from({ length: senders }, (_, sender) =>
          sent.sendUntilDead({ port: mail.ports['smtp/port'] }, `${kill}-${sender}`, [alice, team], round),
        ),
      );
      await new Promise((resolve) => setTimeout(resolve, 100 + Math.random() * 500));
      const { ended } = mail;
      mail.signal('SIGKILL');
      round.over = true;
      await ended;
      await sending;
      await mail.restart();
    }
    const held = await readAll(mail.ports['imap/port'], accepted);
    t.diagnostic(`${accepted.size} messages were answered with 250, ${held.length} are in INBOX, ${offered.size} were offered`);
    assert.ok(accepted.size > kills, 'the senders got through often enough to prove something');
    assert.deepEqual(
      [...accepted].filter((id) => !held.includes(id)),
      [],
      'answered with 250 but not there',
    );
    assert.equal(new Set(held).size, held.length, 'no message is there twice');
    assert.deepEqual(
      held.filter((id) => !offered.has(id)),
      [],
      'there but never sent',
    );
    const queued = JSON.parse(await mail.mailweir(['queue', 'list', '--json', '--limit', '100000'])) as readonly object[];
    const [least, most] = [accepted, offered].map((ids) => [...ids].filter((id) => id.endsWith('+1')).length);
    t.diagnostic(`${queued.length} wait to go out, of ${least} accepted and ${most} offered`);
    assert.ok(queued.length >= Number(least) && queued.length <= Number(most));
  });
});

/** Reads all subjects in INBOX: once all that are awaited are there, or two minutes are over. */
async function readAll(port: number, awaited: ReadonlySet<string>): Promise<readonly string[]> {
  const client = await RawClient.open(port);
  await client.until(/^\* OK /m);
  await client.ask(`a LOGIN ${alice} wonderland\r\n`, /^a OK /m);
  const deadline = Date.now() + 120_000;
  for (;;) {
    await client.ask('b SELECT INBOX\r\n', /^b OK /m);
    const listed = await client.ask('c FETCH 1:* BODY.PEEK[HEADER.FIELDS (SUBJECT)]\r\n', /^c OK /m);
    const held = [...listed.matchAll(/^Subject: (.*)\r$/gm)].map(([, subject]) => subject ?? '');
    if (Date.now() > deadline || awaited.isSubsetOf(new Set(held))) {
      client.destroy();
      return held;
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
