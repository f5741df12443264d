import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Client } from '../harness/client.ts';
import { type Served, serve } from '../harness/served.ts';

describe('IMAP logins above the limit of their account, in two processes with drop-oldest-idle', () => {
  let two: Served;
  const open: Client[] = [];
  before(async () => {
    const set = { 'imap/sessions-per-account': '4', 'imap/sessions-per-account/when-full': 'drop-oldest-idle' };
    two = await serve({ processes: 2, accounts: { 'alice@example.org': 'secret' }, set });
  });
  after(async () => {
    for (const client of open) client.close();
    await two.stop();
  });

  const logIn = async (from: string): Promise<Client> => {
    const client = await Client.open(two.ports['imap/port'], { from });
    open.push(client);
    await client.expect('* OK *');
    await client.ask('a1 LOGIN alice@example.org secret', 'a1 OK *');
    return client;
  };
  const sessions = async (): Promise<readonly { address: string; process: number; doing: string }[]> =>
    JSON.parse(await two.mailweir(['sessions', '--account', 'alice@example.org', '--json']));

  it('end the sessions that idle, wherever they are, then those that rest, and never one in the midst of a command', async () => {
    const busy = await logIn('127.0.6.1');
    await busy.ask('b1 APPEND INBOX {10}', '+ *'); // the message does not come
    const resting = await logIn('127.0.6.2');
    const idling = [await logIn('127.0.6.3'), await logIn('127.0.6.4')];
    for (const client of idling) await client.ask('i1 IDLE', '+ idling');
    assert.equal(new Set((await sessions()).map(({ process }) => process)).size, 2, 'both processes have some');

    const newcomers: Client[] = [];
    for (const [i, gone] of [...idling, resting].entries()) {
      newcomers.push(await logIn(`127.0.6.${10 + i}`));
      await gone.expect('* BYE [LIMIT] Too many logins for this user: ended for a newer one');
    }
    busy.send('From: x\r\n');
    await busy.expect('b1 OK *');
    for (const client of newcomers) await client.ask('n1 NOOP', 'n1 OK *');
    assert.equal((await sessions()).length, 4);
  });
});
