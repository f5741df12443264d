import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Client } from '../harness/client.ts';
import { type Served, serve } from '../harness/served.ts';

interface Listed {
  readonly id: string;
  readonly address: string;
  readonly process: number;
}

describe('an operator of two processes', () => {
  let two: Served;
  const open: Client[] = [];
  before(async () => {
    two = await serve({ processes: 2, accounts: { 'alice@example.org': 'secret' }, set: { 'imap/sessions-per-account': '2' } });
  });
  after(async () => {
    for (const client of open) client.close();
    await two.stop();
  });

  const connect = async (from: string): Promise<Client> => {
    const client = await Client.open(two.ports['imap/port'], { from });
    open.push(client);
    await client.expect('* OK *');
    return client;
  };
  const sessions = async (): Promise<readonly Listed[]> => JSON.parse(await two.mailweir(['sessions', '--json']));

  it('ends sessions wherever they are; their clients get a goodbye, the others stay', async () => {
    const clients = new Map<string, Client>();
    for (let i = 1; i <= 4; i++) clients.set(`127.0.2.${i}`, await connect(`127.0.2.${i}`));
    const listed = await sessions();
    const [here, there] = [...Map.groupBy(listed, ({ process }) => process).values()].map(([first]) => first);
    assert.ok(here !== undefined && there !== undefined, 'both processes have some');
    const told = await two.mailweir(['sessions', '--kick', here.id, '--kick', there.id]);
    for (const { id, process } of [here, there]) assert.match(told, new RegExp(`^${id} is told to go: imap .* process ${process}$`, 'm'));
    for (const [from, client] of clients) {
      if (from === here.address || from === there.address) await client.expect('* BYE Session ended by the operator');
      else await client.ask('n1 NOOP', 'n1 OK *');
      client.close();
    }
  });

  it('raises a limit for one account for a time: it works on both at once, and ends by itself', async () => {
    const [phone, laptop, tablet, watch] = await Promise.all([1, 2, 3, 4].map((i) => connect(`127.0.3.${i}`)));
    assert.ok(phone && laptop && tablet && watch);
    const login = 'a1 LOGIN alice@example.org secret';
    for (const client of [phone, laptop]) await client.ask(login, 'a1 OK *');
    for (const client of [tablet, watch]) assert.equal(await client.ask(login, 'a1 *'), full(2));

    await two.mailweir(['override', 'set', 'imap/sessions-per-account', 'alice@example.org', '3', '--for', '5s']);
    await answered(tablet, login, 'a1 OK', 2_000);
    await answered(watch, login, full(3), 2_000);
    assert.match(
      await two.mailweir(['explain', 'alice@example.org']),
      /^alice@example\.org is refused on imap: 3 of 3 sessions\n[\s\S]* 3 +3 +3 +100 % +override for alice@example\.org until /,
    );
    await answered(watch, login, full(2, 3), 10_000);
    for (const client of [phone, laptop, tablet]) await client.ask('n1 NOOP', 'n1 OK *');
    assert.match(await two.mailweir(['explain', 'alice@example.org']), /^alice@example\.org is refused on imap: 3 of 2 sessions\n/);
    assert.match(await two.mailweir(['override', 'list']), /, ended\n$/);
  });

  it('sees what both refused as one sum', async () => {
    const refusedSoFar = async (): Promise<number> =>
      JSON.parse(await two.mailweir(['explain', 'alice@example.org', '--json'])).refused[0].count;
    const before = await refusedSoFar();
    const newcomers = await Promise.all([1, 2, 3, 4].map((i) => connect(`127.0.4.${i}`)));
    for (const client of newcomers) await client.ask('a1 LOGIN alice@example.org secret', 'a1 NO *');
    assert.equal((await refusedSoFar()) - before, 4);
  });
});

const full = (limit: number, used = limit): string => `a1 NO [LIMIT] Too many logins for this user (${used} of ${limit})`;

/** Logs in again and again until the answer is this. @throws when it is not within so many ms */
async function answered(client: Client, login: string, wanted: string, within: number): Promise<void> {
  const deadline = performance.now() + within;
  for (let line = ''; !line.startsWith(wanted); line = await client.ask(login, 'a1 *')) {
    assert.ok(performance.now() < deadline, `not ${wanted} within ${within} ms, but ${line}`);
    await new Promise((again) => setTimeout(again, 50));
  }
}
