import assert from 'node:assert/strict';
import net from 'node:net';
import { describe, it } from 'node:test';
import type { AccountId } from '../../core/values/address.ts';
import { watchAbandoned } from '../../listeners/net/abandoned-sessions.ts';
import { PortUnavailable } from '../../listeners/net/listener.ts';
import { until } from './connected.ts';
import { startToy, ToyClient } from './toy.ts';

describe('admission', () => {
  for (const isTls of [false, true]) {
    const how = isTls ? 'after the TLS handshake' : 'in plain text';

    it(`tells a refused connection why ${how}, and lets the next one in once a slot is free`, async (t) => {
      const edge = await startToy(t, { 'imap/sessions': 2, 'imap/sessions-per-address': 0 });
      const { port } = isTls ? edge.secure : edge.plain;
      const [phone, laptop] = [await ToyClient.open(port, isTls), await ToyClient.open(port, isTls)];
      assert.deepEqual([await phone.line(), await laptop.line()], ['hello', 'hello']);
      const tablet = await ToyClient.open(port, isTls);
      assert.equal(await tablet.line(), 'total-full');
      assert.equal(await tablet.line(), '(closed)');
      assert.equal(await phone.ask('quit'), '(closed)');
      await until(() => edge.sessions.size === 1, 'the slot came back');
      assert.equal(await (await ToyClient.open(port, isTls)).line(), 'hello');
    });

    it(`tells N of M of the client's own address ${how}, and gives the total back`, async (t) => {
      const edge = await startToy(t, { 'imap/sessions': 10, 'imap/sessions-per-address': 1 });
      const { port } = isTls ? edge.secure : edge.plain;
      const phone = await ToyClient.open(port, isTls);
      assert.equal(await phone.line(), 'hello');
      assert.equal(await (await ToyClient.open(port, isTls)).line(), 'address-full 1/1');
      assert.deepEqual([...edge.slots.counts.values()], [1, 1], 'the refused one holds nothing');
    });
  }

  it('takes the account slot after a right password only, and tells N of M when it is full', async (t) => {
    const edge = await startToy(t, { 'imap/sessions-per-account': 1 });
    const phone = await ToyClient.open(edge.plain.port);
    const laptop = await ToyClient.open(edge.plain.port);
    await Promise.all([phone.line(), laptop.line()]);
    assert.equal(await phone.ask('login alice right'), 'ok');
    assert.equal(await laptop.ask('login alice wrong'), 'bad-credentials');
    assert.equal(await laptop.ask('login alice right'), 'account-full 1/1');
    assert.equal(await phone.ask('quit'), '(closed)');
    await until(() => edge.sessions.size === 1, 'the session is over');
    assert.equal(await laptop.ask('login alice right'), 'ok');
  });

  it('answers the Nth failed login of a session with too-many-failed-logins', async (t) => {
    const edge = await startToy(t, { 'login/max-failures': 2 });
    const guesser = await ToyClient.open(edge.plain.port);
    await guesser.line();
    assert.equal(await guesser.ask('login alice wrong'), 'bad-credentials');
    assert.equal(await guesser.ask('login alice wrong'), 'too-many-failed-logins');
    assert.equal(await guesser.line(), '(closed)');
  });

  it('asks for encryption where the setting does, and takes the password under TLS', async (t) => {
    const edge = await startToy(t, { 'imap/min-key-bits': 128 });
    const plain = await ToyClient.open(edge.plain.port);
    const secure = await ToyClient.open(edge.secure.port, true);
    await Promise.all([plain.line(), secure.line()]);
    assert.equal(await plain.ask('login alice right'), 'encryption-required');
    assert.equal(await secure.ask('login alice right'), 'ok');
  });

  it('ends a session that does not log in in time', async (t) => {
    const edge = await startToy(t, { 'login/time': 0.1 });
    const silent = await ToyClient.open(edge.plain.port);
    assert.equal(await silent.line(), 'hello');
    assert.equal(await silent.line(), 'bye login-too-slow');
    await until(() => edge.slots.counts.size === 0, 'its slots came back');
  });
});

describe('slots come back', () => {
  it('when the client resets, quits, closes, or the server breaks', async (t) => {
    const edge = await startToy(t);
    for (const end of ['reset', 'quit', 'close', 'crash']) {
      const client = await ToyClient.open(edge.plain.port);
      await client.line();
      assert.equal(await client.ask('login alice right'), 'ok');
      assert.equal(edge.slots.counts.size, 3, `${end}: total, address and account are held`);
      if (end === 'reset') client.socket.resetAndDestroy();
      else if (end === 'close') client.socket.end();
      else client.socket.write(`${end}\r\n`);
      await until(() => edge.slots.counts.size === 0, `all came back after ${end}`);
    }
    assert.deepEqual(edge.failures, ['session-failed'], 'only the crash is our failure');
  });

  for (const isTls of [false, true]) {
    it(`${isTls ? 'under TLS ' : ''}when the protocol never notices that its client is gone, but not while the client is there`, async (t) => {
      const edge = await startToy(t);
      const told: string[] = [];
      const log = { event: (name: string) => void told.push(name), failure: () => {} };
      const net = watchAbandoned(edge.sessions, (session) => edge.admission.leave(session), log, 30);
      t.after(() => net.close());
      const client = await ToyClient.open(isTls ? edge.secure.port : edge.plain.port, isTls);
      await client.line();
      assert.equal(await client.ask('login alice right'), 'ok');
      let over = 0;
      edge.sessions.all()[0]?.onOver(() => {
        over += 1;
      });
      client.socket.write('hang\r\n');
      await new Promise((resolve) => setTimeout(resolve, 150));
      assert.equal(edge.slots.counts.size, 3);
      if (isTls) edge.sessions.all()[0]?.cutOff();
      else client.socket.resetAndDestroy();
      await until(() => edge.slots.counts.size === 0, 'all came back');
      assert.deepEqual([edge.sessions.size, told, over], [0, ['session-abandoned'], 1]);
    });
  }

  it('when the TLS handshake fails or never ends', async (t) => {
    const edge = await startToy(t, { 'net/handshake-timeout': 0.2 });
    const babbler = await ToyClient.open(edge.secure.port);
    babbler.socket.write('EHLO I speak no TLS\r\n\r\n');
    const silent = await ToyClient.open(edge.secure.port);
    await until(() => edge.sessions.size > 0, 'they were admitted');
    await until(() => edge.slots.counts.size === 0, 'all came back');
    assert.equal(await silent.line(), '(closed)');
    assert.deepEqual(edge.failures, []);
  });

  it('when clients go away while they are being admitted', async (t) => {
    const edge = await startToy(t);
    await Promise.all(
      Array.from({ length: 50 }, async () => {
        const client = await ToyClient.open(edge.plain.port);
        client.socket.resetAndDestroy();
      }),
    );
    const last = await ToyClient.open(edge.plain.port);
    assert.equal(await last.line(), 'hello');
    await last.ask('quit');
    await until(() => edge.slots.counts.size === 0 && edge.sessions.size === 0, 'all came back');
  });
});

describe('a listener', () => {
  it('names the setting and the port when another program has it', async (t) => {
    const other = net.createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    t.after(() => other.close());
    const edge = await startToy(t);
    const { port } = other.address() as net.AddressInfo;
    const { Listener } = await import('../../listeners/net/listener.ts');
    const taken = new Listener({ ...edge.plain.options, port }, {} as never);
    await assert.rejects(taken.open(), (error) => error instanceof PortUnavailable && error.message.includes(`imap/port: port ${port}`));
  });

  it('closes without touching running sessions, and opens again on its port', async (t) => {
    const edge = await startToy(t);
    const phone = await ToyClient.open(edge.plain.port);
    await phone.line();
    edge.plain.close();
    await assert.rejects(ToyClient.open(edge.plain.port), { code: 'ECONNREFUSED' });
    assert.equal(await phone.ask('still'), 'still');
    await edge.plain.open();
    assert.equal(await (await ToyClient.open(edge.plain.port)).line(), 'hello');
  });
});

describe('admission by rules beyond the plain limits', () => {
  const address = { 'imap/sessions-per-address': 0 };

  it('keeps slots for trusted networks: strangers are too many while the trusted still come in', async (t) => {
    const rules = { ...address, 'imap/sessions': 4, 'imap/sessions-reserved-for-trusted': 50 };
    const strangers = await startToy(t, rules);
    const [phone, laptop] = [await ToyClient.open(strangers.plain.port), await ToyClient.open(strangers.plain.port)];
    assert.deepEqual([await phone.line(), await laptop.line()], ['hello', 'hello']);
    assert.equal(await (await ToyClient.open(strangers.plain.port)).line(), 'total-full');
    assert.deepEqual(
      strangers.told.map(({ scope, used, limit }) => [scope, used, limit]),
      [['reserved', 2, 2]],
    );

    const trusted = await startToy(t, { ...rules, 'network/trusted': '127.0.0.0/8' });
    for (let i = 0; i < 4; i++) assert.equal(await (await ToyClient.open(trusted.plain.port)).line(), 'hello');
    assert.equal(await (await ToyClient.open(trusted.plain.port)).line(), 'total-full');
  });

  it('lets no single address have more than its share of the total', async (t) => {
    const edge = await startToy(t, { ...address, 'imap/sessions': 10, 'imap/share-per-address': 20 });
    for (let i = 0; i < 2; i++) assert.equal(await (await ToyClient.open(edge.plain.port)).line(), 'hello');
    assert.equal(await (await ToyClient.open(edge.plain.port)).line(), 'address-full 2/2');
  });

  it('counts the sessions of this process too, and gives their places back', async (t) => {
    const edge = await startToy(t, { ...address, 'imap/sessions-per-process': 1 });
    const phone = await ToyClient.open(edge.plain.port);
    assert.equal(await phone.line(), 'hello');
    assert.equal(await (await ToyClient.open(edge.plain.port)).line(), 'total-full');
    assert.equal(await phone.ask('quit'), '(closed)');
    await until(() => edge.sessions.size === 0, 'the session is over');
    assert.equal(await (await ToyClient.open(edge.plain.port)).line(), 'hello');
    assert.deepEqual(
      edge.told.map(({ scope }) => scope),
      ['process'],
    );
  });

  it('refuses nobody by a limit that is only observed, and tells who would have been refused', async (t) => {
    const edge = await startToy(t, { ...address, 'imap/sessions-per-process': 1, 'imap/sessions-per-process/mode': 'observe' });
    for (let i = 0; i < 2; i++) assert.equal(await (await ToyClient.open(edge.plain.port)).line(), 'hello');
    assert.deepEqual(
      edge.told.map(({ scope, observed }) => [scope, observed]),
      [['process', true]],
    );
  });
});

describe('a login above the limit of its account', () => {
  const dropping = { 'imap/sessions-per-account': 1, 'imap/sessions-per-account/when-full': 'drop-oldest-idle' };

  it('ends the session that rests, where the operator wants it, and takes its place', async (t) => {
    const edge = await startToy(t, dropping);
    const [phone, laptop] = [await ToyClient.open(edge.plain.port), await ToyClient.open(edge.plain.port)];
    await Promise.all([phone.line(), laptop.line()]);
    assert.equal(await phone.ask('login alice right'), 'ok');
    assert.equal(await laptop.ask('login alice right'), 'ok');
    assert.equal(await phone.line(), 'bye replaced');
  });

  it('is refused when the other session is in the midst of a command', async (t) => {
    const edge = await startToy(t, dropping);
    const [phone, laptop] = [await ToyClient.open(edge.plain.port), await ToyClient.open(edge.plain.port)];
    await Promise.all([phone.line(), laptop.line()]);
    assert.equal(await phone.ask('login alice right'), 'ok');
    phone.socket.write('hang\r\n');
    await until(() => edge.sessions.of('alice' as AccountId).every(({ resting }) => resting === undefined), 'the command has begun');
    assert.equal(await laptop.ask('login alice right'), 'account-full 1/1');
  });
});
