import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Refused } from '../../core/observe/refused.ts';
import { type FixedValue, fixedSettings } from '../../core/settings/fixed-settings.ts';
import type { IpAddress, Network } from '../../core/values/network.ts';
import { type CommandPlace, CommandPlaces, inPlace } from '../../listeners/net/command-places.ts';
import { VirtualClock } from '../slots/virtual-clock.ts';

function places(settings: Readonly<Record<string, FixedValue>>) {
  const clock = new VirtualClock();
  return { clock, places: new CommandPlaces(fixedSettings(settings), clock) };
}

const isPlace = (entered: CommandPlace | Promise<CommandPlace | 'full'>): entered is CommandPlace => !(entered instanceof Promise);

function sync(entered: CommandPlace | Promise<CommandPlace | 'full'>): CommandPlace {
  assert.ok(isPlace(entered), 'there was room');
  return entered;
}

const laptop = {
  protocol: 'imap',
  client: { ip: '192.0.2.1' as IpAddress, port: 1, network: '192.0.2.1/32' as Network },
  account: undefined,
} as const;

describe('places for commands', () => {
  it('are given without waiting while there is room, and to those in line in the order they came', async () => {
    const { places: all } = places({ 'imap/commands-per-process': 1 });
    const first = sync(all.enter('imap'));
    const order: string[] = [];
    const second = Promise.resolve(all.enter('imap')).then((place) => {
      order.push('second');
      return place;
    });
    const third = Promise.resolve(all.enter('imap')).then((place) => {
      order.push('third');
      return place;
    });
    first.leave();
    const next = await second;
    assert.deepEqual(order, ['second']);
    assert.ok(next !== 'full');
    next.leave();
    assert.notEqual(await third, 'full');
    assert.equal(all.running('imap'), 1);
  });

  it('are refused after ten seconds, and the one who gave up does not get the place later', async () => {
    const { places: all, clock } = places({ 'imap/commands-per-process': 1 });
    const first = sync(all.enter('imap'));
    const second = all.enter('imap');
    await clock.advance(9_999);
    const third = all.enter('imap');
    await clock.advance(2);
    assert.equal(await second, 'full');
    first.leave();
    first.leave();
    assert.notEqual(await third, 'full');
    assert.equal(all.running('imap'), 1);
  });

  it('are not waited for by a command whose client has gone', async () => {
    const { places: all } = places({ 'imap/commands-per-process': 1 });
    sync(all.enter('imap'));
    const gone = new AbortController();
    const waiting = all.enter('imap', gone.signal);
    gone.abort();
    assert.equal(await waiting, 'full');
    assert.equal(await all.enter('imap', gone.signal), 'full');
  });

  it('are counted apart for each protocol, and without a limit at 0', () => {
    const { places: all } = places({ 'imap/commands-per-process': 1, 'pop3/commands-per-process': 0 });
    sync(all.enter('imap'));
    for (let i = 0; i < 100; i++) sync(all.enter('pop3'));
    assert.equal(all.running('pop3'), 100);
  });

  it('are only counted when the limit is observed, and tell who would have waited', async () => {
    const { places: all } = places({ 'imap/commands-per-process': 1, 'imap/commands-per-process/mode': 'observe' });
    const told: Refused[] = [];
    const deps = { places: all, refused: (what: Refused) => void told.push(what) };
    await inPlace(laptop, deps, {
      run: () => inPlace(laptop, deps, { run: async () => {}, full: () => assert.fail() }),
      full: () => assert.fail(),
    });
    assert.deepEqual(
      told.map(({ scope, observed }) => [scope, observed]),
      [['commands', true]],
    );
    assert.equal(all.running('imap'), 0);
  });

  it('come back when the command fails', async () => {
    const { places: all } = places({ 'imap/commands-per-process': 1 });
    const failing = inPlace(
      laptop,
      { places: all, refused: () => {} },
      { run: () => Promise.reject(new Error('broken')), full: () => assert.fail() },
    );
    await assert.rejects(failing, /broken/);
    assert.equal(all.running('imap'), 0);
  });
});
