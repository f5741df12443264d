import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { runCli } from '../cli/run-cli.ts';
import type { Client } from '../harness/client.ts';
import { type Edge, openEdge } from '../harness/edge.ts';
import { stopSlotStore } from './slot-outage.ts';
import { allOf, enter, enterSoon, isWelcome, logIn, logInSoon, loginWays, named, prepared, stillThere, type Way } from './speech.ts';
import { accountFull, maildropLocked, storeDownAtLogin, tooManyFailedLogins, wrongPassword } from './wire.ts';

const accounts = Object.fromEntries(loginWays.map((way) => [accountOf(way), 'secret']));

/** Each way has an account of its own, so that none meets the slots and the maildrop of another. */
function accountOf(way: Way): string {
  return named(way).replace(' ', '-');
}

describe('when the account is full after a right password', () => {
  let edge: Edge;
  before(async () => {
    const limits = { 'msa/sessions-per-account': '2', 'imap/sessions-per-account': '2', 'pop3/sessions-per-account': '1' };
    edge = await openEdge({ accounts, settings: { ...limits, 'login/max-failures': '2' } });
  });
  after(() => edge.stop());

  for (const way of loginWays.filter(({ protocol }) => protocol !== 'pop3')) {
    it(`${named(way)} tells the third so and keeps it, lets it in when one leaves, and another when the limit is raised`, async () => {
      const user = accountOf(way);
      const [phone, laptop, tablet, watch] = await Promise.all([1, 2, 3, 4].map(() => enter(edge, way)));
      assert.ok(phone && laptop && tablet && watch);
      for (const client of [phone, laptop]) assert.ok(isWelcome(way, await logIn(client, way, user)));
      for (let tries = 0; tries < 3; tries++) {
        assert.equal(await logIn(tablet, way, user), accountFull(2, 2)[way.protocol][0], 'it does not count as a failed login');
      }
      phone.close();
      await logInSoon(tablet, way, user, 10_000);
      assert.equal(await logIn(watch, way, user), accountFull(2, 2)[way.protocol][0]);

      await raise(edge, `${way.protocol}/sessions-per-account`, '3');
      await logInSoon(watch, way, user, followed);
      for (const client of [laptop, tablet, watch]) await stillThere(client, way);
      await edge.set(`${way.protocol}/sessions-per-account`, '2');
    });
  }

  for (const way of loginWays.filter(({ protocol }) => protocol === 'pop3')) {
    it(`${named(way)} tells the second so and keeps it; when the limit is raised the maildrop is still locked`, async () => {
      const user = accountOf(way);
      const [phone, laptop, tablet] = await Promise.all([1, 2, 3].map(() => enter(edge, way)));
      assert.ok(phone && laptop && tablet);
      assert.ok(isWelcome(way, await logIn(phone, way, user)));
      assert.equal(await logIn(laptop, way, user), accountFull(1, 1).pop3[0]);

      await raise(edge, 'pop3/sessions-per-account', '3');
      const deadline = performance.now() + followed;
      let line = await logIn(laptop, way, user);
      while (line === accountFull(1, 1).pop3[0] && performance.now() < deadline) line = await logIn(laptop, way, user);
      assert.equal(line, maildropLocked, 'in, as far as sessions are counted');
      await laptop.expectClosed();

      await phone.ask('QUIT', '+OK *');
      await logInSoon(tablet, way, user, 10_000);
      await edge.set('pop3/sessions-per-account', '1');
    });
  }
});

/** The contract: a setting that is raised works within this time, ms. */
const followed = 2_000;

async function raise(edge: Edge, setting: string, value: string): Promise<void> {
  assert.equal((await runCli(['settings', 'set', setting, value, '--data', edge.dataDir])).code, 0);
}

describe('after too many failed logins', () => {
  let edge: Edge;
  before(async () => {
    edge = await openEdge({ accounts, settings: { 'login/max-failures': '2', 'login/failures-per-address': '3' } });
  });
  after(() => edge.stop());

  for (const [i, way] of loginWays.entries()) {
    const { protocol } = way;
    const from = `127.0.1.${i + 1}`;

    it(`${named(way)} says so and closes, in one session, and then for the address even with the right password`, async () => {
      const guesser = await enter(edge, way, { from });
      assert.equal(await logIn(guesser, way, accountOf(way), 'guess'), wrongPassword[protocol][0]);
      assert.deepEqual(await rest(guesser, logIn(guesser, way, accountOf(way), 'another')), tooManyFailedLogins[protocol]);

      const third = await enter(edge, way, { from });
      assert.equal(await logIn(third, way, accountOf(way), 'third'), wrongPassword[protocol][0]);
      const owner = await enter(edge, way, { from });
      assert.deepEqual(await rest(owner, logIn(owner, way, accountOf(way))), tooManyFailedLogins[protocol]);
      assert.ok(isWelcome(way, await logIn(await enter(edge, way), way, accountOf(way))), 'from elsewhere the account is free');
    });
  }
});

describe('when the slot store does not answer and the policy is closed', () => {
  it('a right password is told to try again later, and is taken when the store is back', async (t) => {
    const edge = await openEdge({ accounts, settings: { 'slots/when-store-is-down': 'closed' } });
    t.after(() => edge.stop());
    const clients = await Promise.all(loginWays.map((way) => enter(edge, way)));
    const outage = stopSlotStore(edge.dataDir);
    t.after(() => outage.goOn());
    const answers = await Promise.all(loginWays.map((way, i) => logIn(clients[i] as Client, way, accountOf(way))));
    assert.deepEqual(
      answers,
      loginWays.map(({ protocol }) => storeDownAtLogin[protocol][0]),
    );
    for (const [i, { protocol }] of loginWays.entries()) if (protocol === 'msa') await clients[i]?.expectClosed(); // 421 ends a session

    outage.goOn();
    for (const [i, way] of loginWays.entries()) {
      const client = way.protocol === 'msa' ? await prepared(await enterSoon(edge, way, 10_000), way) : (clients[i] as Client);
      await logInSoon(client, way, accountOf(way), 10_000);
    }
  });
});

async function rest(client: Client, first: Promise<string | undefined>): Promise<readonly (string | undefined)[]> {
  return [await first, ...(await allOf(client))];
}
