import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { addOverride } from '../../core/settings/change-overrides.ts';
import { imapSettings } from '../../core/settings/listeners.ts';
import { openEmbeddedWorld } from '../../platform/embedded/world.ts';
import { stopSlotStore } from '../acceptance/slot-outage.ts';
import type { Client } from '../harness/client.ts';
import { accountNamed, type Edge, openEdge, until } from '../harness/edge.ts';
import { runCli, temporaryData } from './run-cli.ts';

interface Explained {
  readonly headline: string;
  readonly notes: readonly string[];
  readonly limits: readonly Limit[];
  readonly everybodysLimits: readonly Limit[];
  readonly sessions: readonly { readonly id: string; readonly account: string | null; readonly protocol: string }[];
  readonly refused: readonly Refused[];
  readonly everybodyRefused: readonly Refused[];
}
interface Limit {
  readonly key: string;
  readonly inUse: number;
  readonly full: boolean;
  readonly values: readonly { readonly limit: number; readonly mode: string; readonly from: string }[];
}
interface Refused {
  readonly scope: string;
  readonly refused: string;
  readonly observed: boolean;
  readonly count: number;
}

describe('mailweir explain', () => {
  let edge: Edge;
  beforeEach(async () => {
    edge = await openEdge({ accounts: { alice: 'secret', bob: 'secret' }, slotTimings: { renewEvery: 300 } });
  });
  afterEach(() => edge.stop());

  const connect = async (from = '127.0.0.1', greeting = '* OK *'): Promise<Client> => {
    const client = await edge.client('imap', { from });
    await client.expect(greeting);
    return client;
  };
  const logIn = async (user: string, answer = 'a1 OK *', from = '127.0.0.1'): Promise<Client> => {
    const client = await connect(from);
    await client.ask(`a1 LOGIN ${user} secret`, answer);
    return client;
  };
  const explain = async (...whom: string[]): Promise<Explained> => {
    const { out, err, code } = await runCli(['explain', ...whom, '--json', '--data', edge.dataDir]);
    assert.deepEqual([code, err], [0, '']);
    return JSON.parse(out);
  };
  const limitOf = ({ limits, everybodysLimits = [] }: Explained, key: string): Limit => {
    const found = [...limits, ...everybodysLimits].find((one) => one.key === key);
    assert.ok(found !== undefined, `${key} is not explained`);
    return found;
  };

  it('says first that an account is refused and by what, then who has its slots and what was refused', async () => {
    await edge.set('imap/sessions-per-account', '2');
    const [phone] = [await logIn('alice'), await logIn('alice')];
    await logIn('alice', 'a1 NO [LIMIT] *');
    const told = await explain('Alice@example.org');
    assert.equal(told.headline, 'alice@example.org is refused on imap: 2 of 2 sessions');
    const { inUse, full, values } = limitOf(told, 'imap/sessions-per-account/alice@example.org');
    assert.deepEqual([inUse, full, values], [2, true, [{ limit: 2, mode: 'enforce', from: 'set', processes: [process.pid] }]]);
    assert.equal(limitOf(told, 'pop3/sessions-per-account/alice@example.org').values[0]?.from, 'default');
    assert.deepEqual(
      told.sessions.map(({ account, protocol }) => [account, protocol]),
      [
        ['alice@example.org', 'imap'],
        ['alice@example.org', 'imap'],
      ],
    );
    assert.deepEqual(
      told.refused.map(({ scope, refused, count }) => [scope, refused, count]),
      [['account', 'account-full', 1]],
    );
    const { out } = await runCli(['explain', 'alice@example.org', '--data', edge.dataDir]);
    assert.match(out, /^alice@example\.org is refused on imap: 2 of 2 sessions\n\nLimits\nLIMIT +IN USE +TAKEN +OF +FULL +FROM +MODE\n/);
    assert.match(out, /\nWhat helps\nmailweir override set imap\/sessions-per-account alice@example\.org 4 --for 2h\n/);
    assert.ok(out.includes(told.sessions[0]?.id.slice(0, 10) ?? '-'));
    assert.match(out, /\nimap +account +account-full +1 +\d+s ago, .* 2 of 2\n/);

    await edge.set('imap/sessions-per-account/when-full', 'drop-oldest-idle');
    assert.match(
      (await explain('alice@example.org')).headline,
      /is not refused now, but each new login ends the session that rests longest/,
    );
    await edge.set('imap/sessions-per-account/when-full', 'refuse');
    assert.match((await explain('bob@example.org')).headline, /^bob@example\.org is not refused now$/);
    assert.deepEqual((await explain('carol@example.org')).notes, ['There is no account carol@example.org.']);
    phone.close();
    await until(
      'its session is over',
      async () => edge.process.slots.held().get('imap/sessions-per-account/alice@example.org' as never) === 1,
    );
    assert.match(
      (await explain('alice@example.org')).headline,
      /^alice@example\.org is not refused now.*; in the last hour it was, once, last \d+s ago$/,
    );
  });

  it('names what made a number: an override with its end, a share of the total, a limit that is only observed', async () => {
    const { settings } = edge.world;
    const wanted = { limit: imapSettings.sessionsPerAccount, scope: accountNamed('alice'), value: 1, until: Date.parse('2100-01-01') };
    const changes = addOverride((await settings.read()).values, wanted, Date.now());
    assert.ok(!('fault' in changes));
    await settings.write(changes);
    await until('the override is in force', async () => edge.process.settings.overrides().length === 1);
    await logIn('alice');
    const over = await explain('alice@example.org');
    assert.equal(over.headline, 'alice@example.org is refused on imap: 1 of 1 sessions');
    const { values } = limitOf(over, 'imap/sessions-per-account/alice@example.org');
    assert.equal(values[0]?.from, 'override for alice@example.org until 2100-01-01 00:00:00Z');

    await edge.set('imap/sessions-per-account/mode', 'observe');
    await logIn('alice');
    const observed = await explain('alice@example.org');
    assert.match(observed.headline, /is not refused now, but would be, were it not only observed, on imap: 2 of 1 sessions$/);
    assert.deepEqual(
      observed.refused.map(({ observed: only, count }) => [only, count]),
      [[true, 1]],
    );

    await edge.set('imap/sessions', '20');
    await edge.set('imap/share-per-address', '10');
    const shared = limitOf(await explain('127.0.0.1'), 'imap/sessions-per-address/127.0.0.1/32');
    assert.deepEqual([shared.full, shared.values[0]?.limit, shared.values[0]?.from], [true, 2, 'imap/share-per-address 10 %']);
    await connect('127.0.0.1', '* BYE [LIMIT] *');
    assert.equal((await explain('127.0.0.1')).headline, '127.0.0.1 is refused on imap: 2 of 2 sessions of 127.0.0.1/32');
    const account = await explain('alice@example.org');
    assert.match(
      account.headline,
      /^alice@example\.org is refused on imap: 2 of 2 sessions of 127\.0\.0\.1\/32; would be/,
      'where she comes from',
    );
  });

  it('tells a network what it is counted as, whether it is trusted, and its failed logins', async () => {
    await edge.set('network/ipv4-prefix', '24');
    await edge.set('network/trusted', '10.0.0.0/8');
    await edge.set('login/failures-per-address', '1');
    const guesser = await connect('127.0.5.7');
    await guesser.ask('a1 LOGIN alice wrong', 'a1 NO *');
    const told = await explain('127.0.5.9');
    assert.equal(told.headline, '127.0.5.9 is refused everywhere: 1 of 1 failed logins in ten minutes');
    assert.deepEqual(told.notes, ['It is not among network/trusted.']);
    assert.equal(limitOf(told, 'imap/sessions-per-address/127.0.5.0/24').inUse, 1, 'counted with its neighbours');
    assert.deepEqual(
      told.refused.map(({ scope, refused }) => [scope, refused]),
      [['login', 'bad-credentials']],
    );
    assert.deepEqual((await explain('10.9.9.9')).notes, ['It is among network/trusted.']);
    const wide = await explain('127.0.0.0/16');
    assert.deepEqual(
      wide.limits.filter(({ inUse, key }) => key.startsWith('imap/') && inUse > 0).map(({ key }) => key),
      ['imap/sessions-per-address/127.0.5.0/24'],
      'of a wide network those that are connected',
    );
  });

  it('tells of the server who takes most, and that everybody is refused when a total is full', async () => {
    await edge.set('imap/sessions', '2');
    await logIn('alice', 'a1 OK *', '127.0.7.1');
    await connect('127.0.7.2');
    await connect('127.0.7.3', '* BYE [UNAVAILABLE] *');
    const { out } = await runCli(['explain', '--data', edge.dataDir]);
    assert.match(out, /^everybody is refused on imap: 2 of 2 sessions in all\n/);
    assert.match(out, /\nimap\/sessions +2 +2 +2 +100 % +set +enforce\n/);
    assert.match(out, /\nimap +account +alice@example\.org +1 +50 %\nimap +address +127\.0\.7\.1\/32 +1 +50 %\n/);
    assert.match(out, /\nimap +total +total-full +1 /);
    assert.match(out, /\nmailweir settings set imap\/sessions 4\n/);
    const alice = await explain('alice@example.org');
    assert.equal(alice.headline, 'alice@example.org is refused on imap: 2 of 2 sessions in all');
    assert.ok(alice.everybodyRefused.some(({ scope }) => scope === 'total'));
    await edge.set('imap/enabled', 'off');
    assert.deepEqual((await explain('alice@example.org')).notes, ['Switched off: imap.']);
  });

  it('works while the slot store does not answer, says so first and what the policy makes of it', async () => {
    await edge.set('slots/when-store-is-down', 'closed');
    const store = stopSlotStore(edge.dataDir);
    await until('the outage is seen', async () => edge.process.slots.downSince !== undefined);
    const told = await explain('alice@example.org');
    assert.equal(told.headline, 'alice@example.org is refused everywhere: the slot store does not answer');
    assert.match(
      told.notes[0] ?? '',
      /^The slot store does not answer process \d+ since .*slots\/when-store-is-down is closed: nobody is admitted/,
    );
    for (const command of ['slots', 'sessions']) {
      const { err, code } = await runCli([command, '--json', '--data', edge.dataDir]);
      assert.equal(code, 0, command);
      assert.match(err, /^The slot store does not answer process/, command);
    }
    await edge.set('slots/when-store-is-down', 'open');
    const open = await explain();
    assert.match(open.headline, /^nothing that everybody meets is full/);
    assert.match(open.notes[0] ?? '', /is open: sessions stay and everybody is admitted/);
    store.goOn();
    await until('the store is back', async () => edge.process.slots.downSince === undefined);
  });
});

describe('mailweir explain without a server', () => {
  it('tells what is stored, and what it takes when asked for something else', async (t) => {
    const data = await temporaryData(t);
    await (await openEmbeddedWorld({ dataDir: data })).close();
    const { out } = await runCli(['explain', '2001:db8::7', '--data', data]);
    assert.match(out, /^2001:db8::7 is not refused now\nNo process answers: what follows is what is stored\.\n/);
    assert.match(out, /\nimap\/sessions-per-address\/2001:db8::\/64 +- +0 +200 +0 % +default +enforce\n/);
    const { code, err } = await runCli(['explain', 'alice', '--data', data]);
    assert.equal(code, 2);
    assert.match(err, /"alice" is neither an account nor an address\n {2}mailweir explain takes an account like/);
  });
});
