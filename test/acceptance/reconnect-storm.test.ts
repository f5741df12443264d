import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Client } from '../harness/client.ts';
import { type Served, serve } from '../harness/served.ts';
import { accountFull } from './wire.ts';

const atOnce = 200;
const most = 20;
const rounds = 5;
const full = accountFull(most, most).imap[0];

describe('a program that opens 200 IMAP sessions of one account at once, again and again', { timeout: 60_000 }, () => {
  let mail: Served;
  const logged: Record<string, unknown>[] = [];
  before(async () => {
    const set = { 'imap/sessions-per-account': String(most) };
    mail = await serve({ accounts: { 'alice@example.org': 'secret' }, set });
    mail.onLogged((line) => void logged.push(JSON.parse(line)));
  });
  after(() => mail.stop());

  /** Of every metric line that the server wrote: its value, where the dimensions begin so. */
  const sum = (name: string, dimensions: (line: Record<string, unknown>) => boolean): number =>
    logged.filter(dimensions).reduce((all, line) => all + (typeof line[name] === 'number' ? line[name] : 0), 0);

  it('gets 20 in each time and the text for the others, and writes to the slot table for fewer than one in ten of those', async () => {
    for (let round = 0; round < rounds; round++) {
      const program = await Promise.all(Array.from({ length: atOnce }, () => Client.open(mail.ports['imap/port'])));
      const answers = await Promise.all(program.map(logIn));
      assert.equal(answers.filter((line) => line.startsWith('a1 OK')).length, most, `round ${round}`);
      assert.equal(answers.filter((line) => line === full).length, atOnce - most, `round ${round}`);
      await Promise.all(program.map(logOut));
    }
    mail.signal('SIGTERM');
    assert.equal(await mail.ended, 0);

    const refused = sum('SlotsRefused', ({ protocol, scope }) => protocol === 'imap' && scope === 'account');
    assert.equal(refused, rounds * (atOnce - most));
    const writes = sum('SlotTableWrites', ({ limit }) => String(limit).startsWith('imap/'));
    assert.ok(writes > 0, 'they are told');
    assert.ok(writes < refused / 10, `${writes} writes for ${refused} refused sessions`);
  });
});

async function logIn(client: Client): Promise<string> {
  await client.expect('* OK *');
  return await client.ask('a1 LOGIN alice@example.org secret', 'a1 *');
}

async function logOut(client: Client): Promise<void> {
  await client.ask('a2 LOGOUT', '* BYE *');
  await client.expect('a2 OK *');
  await client.expectClosed();
}
