import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runCli } from '../cli/run-cli.ts';
import type { Client } from '../harness/client.ts';
import { type Edge, openEdge, until } from '../harness/edge.ts';
import { stopSlotStore } from './slot-outage.ts';
import { allOf, allWays, enter, enterSoon, isWelcome, logIn, named, stillThere, type Way } from './speech.ts';
import { draining, storeDownAtTheDoor, type Wire } from './wire.ts';

const accounts = Object.fromEntries(allWays.map((way) => [accountOf(way), 'secret']));

function accountOf(way: Way): string {
  return named(way).replace(' ', '-');
}

interface Present {
  readonly way: Way;
  readonly state: string;
  readonly client: Client;
}

/** Two clients of each way: one that has not logged in, and one that has. */
async function everybody(edge: Edge): Promise<readonly Present[]> {
  const strangers = allWays.map(async (way) => ({ way, state: 'not logged in', client: await enter(edge, way) }));
  const users = allWays
    .filter(({ protocol }) => protocol !== 'smtp')
    .map(async (way) => {
      const client = await enter(edge, way);
      assert.ok(isWelcome(way, await logIn(client, way, accountOf(way))));
      return { way, state: 'logged in', client };
    });
  return Promise.all([...strangers, ...users]);
}

async function assertAllHear(wire: Wire, present: readonly Present[]): Promise<void> {
  const heard = await Promise.all(present.map(async ({ way, state, client }) => [named(way), state, await allOf(client)]));
  assert.deepEqual(
    heard,
    present.map(({ way, state }) => [named(way), state, wire[way.protocol]]),
  );
}

describe('a server that is draining', () => {
  it('says so to everybody between commands, and closes', async (t) => {
    const edge = await openEdge({ accounts });
    t.after(() => edge.stop());
    const present = await everybody(edge);
    const drained = edge.process.drain();
    await assertAllHear(draining, present);
    await drained;
    assert.deepEqual(edge.failures, []);
  });

  it('lets a transaction, a command and a literal come to their end first', async (t) => {
    const edge = await openEdge({ drainSpread: 0 });
    t.after(() => edge.stop());
    const smtp: Way = { protocol: 'smtp', channel: 'plain' };
    const [sender, quitter, writer, typist] = await Promise.all([
      enter(edge, smtp),
      enter(edge, smtp),
      enter(edge, { protocol: 'imap', channel: 'plain' }),
      enter(edge, { protocol: 'pop3', channel: 'plain' }),
    ]);
    typist.sendRaw('CA'); // has arrived long before the others have had their answers
    for (const client of [sender, quitter]) {
      await client.ask('MAIL FROM:<bob@example.net>', '250 *');
      await client.ask('RCPT TO:<alice@example.org>', '250 *');
    }
    await sender.ask('DATA', '354 *');
    await writer.ask('a1 LOGIN alice secret', 'a1 OK *');
    await writer.ask('a2 APPEND INBOX {16}', '+ *');

    const drained = edge.process.drain();
    await new Promise((resolve) => setTimeout(resolve, 200)); // everybody has been asked to go
    sender.sendRaw('Subject: Hello\r\n\r\nHello\r\n.\r\n');
    assert.match((await sender.line()) ?? '', /^250 /);
    assert.deepEqual(await allOf(sender), draining.smtp);
    quitter.send('RSET');
    assert.deepEqual(await allOf(quitter), draining.smtp);
    writer.sendRaw('Subject: Hi\r\n\r\n.\r\n');
    await writer.expect('a2 OK *', new Map(), (line) => line.startsWith('* '));
    assert.deepEqual(await allOf(writer), draining.imap);
    typist.sendRaw('PA\r\n');
    await typist.expect('+OK *');
    await typist.multiline();
    assert.deepEqual(await allOf(typist), draining.pop3);
    await drained;
  });
});

describe('a listener that is switched off', () => {
  it('drains its own sessions, leaves those of the others alone, and comes back', async (t) => {
    const edge = await openEdge({ accounts });
    t.after(() => edge.stop());
    const present = await everybody(edge);
    const off = ['smtp', 'imap'];
    const isOff = ({ way }: Present): boolean => off.includes(way.protocol);
    const sets = (value: string) => off.flatMap((protocol) => [`${protocol}/enabled`, value]);
    assert.equal((await runCli(['settings', 'set', ...sets('off'), '--data', edge.dataDir])).code, 0);
    await assertAllHear(draining, present.filter(isOff));
    for (const { client, way } of present.filter((one) => !isOff(one))) await stillThere(client, way);
    assert.deepEqual(Object.keys(edge.process.ports), ['msa', 'msa-tls', 'pop3', 'pop3-tls']);

    assert.equal((await runCli(['settings', 'set', ...sets('on'), '--data', edge.dataDir])).code, 0);
    await until('they accept again', async () => Object.keys(edge.process.ports).length === 7);
    for (const way of allWays) await enter(edge, way);
  });
});

describe('a process that can no longer renew its lease, under the policy closed', () => {
  it('ends every session with "try again later"', async (t) => {
    const slotTimings = { renewEvery: 200, lease: 4_000, fenceAfter: 3_000 };
    const edge = await openEdge({ accounts, slotTimings, settings: { 'slots/when-store-is-down': 'closed' } });
    t.after(() => edge.stop());
    const present = await everybody(edge);
    const outage = stopSlotStore(edge.dataDir);
    t.after(() => outage.goOn());
    await assertAllHear(storeDownAtTheDoor, present);
    outage.goOn();
    await enterSoon(edge, { protocol: 'imap', channel: 'tls' }, 10_000);
  });
});
