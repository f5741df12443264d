import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Client } from '../harness/client.ts';
import { type Served, serve } from '../harness/served.ts';
import { accountFull, addressFull } from './wire.ts';

interface Listed {
  readonly process: number;
  readonly value: string;
  readonly origin: string;
}

describe('with --processes 2', () => {
  let two: Served;
  const open: Client[] = [];
  before(async () => {
    const set = { 'server/hostname': 'mail.example.org', 'imap/sessions-per-address': '6', 'imap/sessions-per-account': '4' };
    two = await serve({ processes: 2, accounts: { 'alice@example.org': 'secret' }, set });
  });
  after(async () => {
    for (const client of open) client.close();
    await two.stop();
  });

  const connect = async (from: string): Promise<Client> => {
    const client = await Client.open(two.ports['imap/port'], { from });
    open.push(client);
    return client;
  };
  const answers = async (args: readonly string[]) => JSON.parse(await two.mailweir([...args, '--json']));

  it('the limit of an address holds across both, and the operator sees it as it was given for this run', async () => {
    const clients = await Promise.all(Array.from({ length: 6 }, () => connect('127.0.0.2')));
    for (const client of clients) await client.expect('* OK *');
    const sessions: readonly { process: number }[] = await answers(['sessions']);
    assert.equal(new Set(sessions.map(({ process }) => process)).size, 2, 'both processes have some of them');
    for (let knocks = 0; knocks < 4; knocks++) {
      assert.equal(await (await connect('127.0.0.2')).line(), addressFull(6, 6).imap[0], 'whichever process is asked');
    }
    await (await connect('127.0.0.3')).expect('* OK *');

    const [slots] = await answers(['slots', 'imap/sessions-per-address/127.0.0.2']);
    assert.deepEqual([slots.inUse, slots.used, slots.limit, slots.holders.length], [6, 6, 6, 2]);
    const [total] = await answers(['slots', 'imap/sessions']);
    assert.equal(total.inUse, 7, 'what processes keep ready is not in use');
    const { value, origin, processes } = await answers(['settings', 'get', 'imap/sessions-per-address']);
    assert.deepEqual([value, origin], ['200', 'default'], 'what is stored');
    assert.deepEqual(
      processes.map((one: Listed) => [one.value, one.origin]),
      [
        ['6', 'option'],
        ['6', 'option'],
      ],
    );
    const pids = processes.map(({ process }: Listed) => process).toSorted((a: number, b: number) => a - b);
    const list = await two.mailweir(['settings', 'list', 'imap/sessions-per-address']);
    assert.match(list, new RegExp(`\\nimap/sessions-per-address +6 +this run, process ${pids.join(' ')} `));
    for (const client of clients) client.close();
  });

  it('the limit of an account holds across both, and raising it lets the next one in within two seconds', async () => {
    const clients = await Promise.all(Array.from({ length: 6 }, (_, i) => connect(`127.0.1.${1 + i}`)));
    const [tablet, watch, ...first] = clients;
    assert.ok(tablet && watch);
    for (const client of clients) await client.expect('* OK *');
    for (const client of first) await client.ask('a1 LOGIN alice@example.org secret', 'a1 OK *');
    for (const client of [tablet, watch]) {
      assert.equal(await client.ask('a1 LOGIN alice@example.org secret', 'a1 *'), accountFull(4, 4).imap[0]);
    }

    await two.mailweir(['settings', 'set', 'imap/sessions-per-account', '5']);
    await answered(tablet, 'a1 OK', 2_000);
    await answered(watch, accountFull(5, 5).imap[0] ?? '', 2_000); // its process may have heard a moment later
    for (const client of first) await client.ask('n1 NOOP', 'n1 OK *');

    first[0]?.close();
    await answered(watch, 'a1 OK', 10_000); // a slot given back waits a while for the next session in its own process
  });
});

/** Logs in again and again until the answer is this. @throws when it is not within so many ms */
async function answered(client: Client, wanted: string, within: number): Promise<void> {
  const deadline = performance.now() + within;
  for (let line = ''; !line.startsWith(wanted); line = await client.ask('a1 LOGIN alice@example.org secret', 'a1 *')) {
    assert.ok(performance.now() < deadline, `not ${wanted} within ${within} ms, but ${line}`);
    await new Promise((again) => setTimeout(again, 25));
  }
}
