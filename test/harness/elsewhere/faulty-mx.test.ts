import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { systemResolver } from '../../../platform/node/resolver.ts';
import { RawClient } from '../raw-client.ts';
import { certificateFor } from './certificates.ts';
import { lacksLoopbackNetwork } from './documented-networks.ts';
import { Elsewhere } from './elsewhere.ts';
import { Barrier, type Faults, type MxScript } from './faults.ts';
import type { FaultyMx } from './faulty-mx.ts';
import { isCut, isTaken } from './record.ts';

async function scene(t: TestContext, script: MxScript = {}) {
  const elsewhere = await Elsewhere.open(t);
  const mx = await elsewhere.host('192.0.2.1', script);
  const client = async (): Promise<RawClient> => {
    const raw = await RawClient.open(elsewhere.port, { to: mx.ip });
    t.after(() => raw.destroy());
    return raw;
  };
  return { elsewhere, mx, client };
}

async function greeted(client: RawClient): Promise<RawClient> {
  await client.until(/^220 /m);
  await client.ask('EHLO me.example\r\n', /^250 /m);
  return client;
}

async function inData(client: RawClient): Promise<RawClient> {
  await client.ask('MAIL FROM:<a@me.example> SIZE=7\r\nRCPT TO:<b@x.example>\r\nDATA\r\n', /^354 /m);
  return client;
}

const message = (id: string): string => `Message-ID: <${id}>\r\n\r\n..dot\r\n.\r\n`;

async function sent(client: RawClient, id: string): Promise<void> {
  await inData(client);
  await client.ask(message(id), /^250 /m);
}

const oneFault = (faults: Faults): MxScript => ({ connection: () => faults });

describe('a mail host of the tests', { skip: lacksLoopbackNetwork }, () => {
  it('takes a message and remembers what it was', async (t) => {
    const { mx, client, elsewhere } = await scene(t);
    const sender = await greeted(await client());
    await sent(sender, '1@me');
    await sender.ask('QUIT\r\n', /^221 /m);
    await sender.untilClosed();
    await elsewhere.until('the end to be seen', () => mx.connections[0]?.endedAt !== undefined);
    const [taken] = mx.messages;
    assert.deepEqual([taken?.id, taken?.from, taken?.to, taken?.parameters], ['<1@me>', 'a@me.example', ['b@x.example'], ['SIZE=7', '']]);
    assert.equal(taken?.text, 'Message-ID: <1@me>\r\n\r\n.dot\r\n');
    assert.ok(taken !== undefined && isTaken(taken) && !isCut(taken), 'the client went on behind the reply');
    assert.equal(mx.connections[0]?.saidQuit, true);
  });

  it('has each fault where it was told to have it', async (t) => {
    const steps: Readonly<Record<string, string>> = {
      greeting: '',
      ehlo: 'EHLO me.example\r\n',
      mail: 'MAIL FROM:<a@me.example>\r\n',
      rcpt: 'RCPT TO:<b@x.example>\r\n',
      data: 'DATA\r\n',
      dot: 'Subject: x\r\n\r\n.\r\n',
    };
    const usual = [/^220 /m, /^250 /m, /^250 /m, /^250 /m, /^354 /m, /^250 /m];
    for (const [at, stage] of Object.keys(steps).entries()) {
      for (const fault of ['drop', 'close', { reply: '421 4.3.2 later' }, { reply: '554 5.7.1 never' }] as const) {
        const { client } = await scene(t, oneFault({ [stage]: fault }));
        const raw = await client();
        for (const [i, step] of Object.values(steps).slice(0, at).entries()) await raw.ask(step, usual[i] as RegExp);
        const last = Object.values(steps)[at] as string;
        if (typeof fault === 'object') await raw.ask(last, new RegExp(`^${fault.reply}`, 'm'));
        else raw.write(last);
        if (fault !== 'drop' && typeof fault === 'object' && fault.reply.startsWith('554')) await raw.ask('NOOP\r\n', /^250 /m);
        else assert.equal(await raw.untilClosed(), '', `${stage}: nothing more is said`);
      }
    }
  });

  it('drops in the midst of a message, or behind the reply, and knows which was cut', async (t) => {
    const { mx, client, elsewhere } = await scene(t, {
      transaction: (nth) =>
        ([{ body: 'drop' }, { dot: 'drop' }, { afterReply: 'close' }, { dot: { reply: '451 4.3.0 no' } }] as const)[nth] ?? {},
    });
    for (let nth = 0; nth < 4; nth += 1) {
      const raw = await inData(await greeted(await client()));
      raw.write(message(`${nth}`));
      if (nth === 2) await raw.until(/^250 /m);
      if (nth === 3) await raw.ask('QUIT\r\n', /^221 /m);
      await raw.untilClosed();
    }
    await elsewhere.until('all ends to be seen', () => mx.connections.every(({ endedAt }) => endedAt !== undefined));
    assert.deepEqual(
      mx.messages.map((one) => [one.id, isTaken(one), isCut(one)]),
      [
        ['<1>', false, true],
        ['<2>', true, true],
        ['<3>', false, false],
      ],
    );
  });

  it('says nothing, or garbage, and refuses connections', async (t) => {
    const { mx, client, elsewhere } = await scene(t, { connection: (nth) => ({ greeting: nth === 0 ? 'silence' : 'garbage' }) });
    const held = await client();
    const shouted = await client();
    assert.match(await shouted.untilClosed(), /no such protocol/);
    assert.deepEqual([held.received, held.closed], ['', false]);
    mx.refuse();
    await assert.rejects(RawClient.open(elsewhere.port, { to: mx.ip }), { code: 'ECONNREFUSED' });
    await mx.listen();
    await client();
  });

  it('does TLS, or breaks off', async (t) => {
    const tls = certificateFor('mx.example');
    const { mx, client } = await scene(t, { tls, connection: (nth) => (nth === 0 ? {} : { handshake: 'garbage' }) });
    const willing = await greeted(await client());
    await willing.ask('STARTTLS\r\n', /^220 /m);
    await willing.startTls();
    await willing.ask('EHLO me.example\r\n', /^250 /m);
    await sent(willing, '1@me');
    assert.deepEqual([mx.messages[0]?.secure, mx.connections[0]?.secure], [true, true]);
    const unlucky = await greeted(await client());
    await unlucky.ask('STARTTLS\r\n', /^220 /m);
    await assert.rejects(unlucky.startTls());
  });

  it('asks for credentials', async (t) => {
    const { mx, client } = await scene(t, { login: { user: 'us', password: 'pw' } });
    const raw = await greeted(await client());
    await raw.ask('MAIL FROM:<a@me.example>\r\n', /^530 /m);
    await raw.ask(`AUTH PLAIN ${Buffer.from('\0us\0wrong').toString('base64')}\r\n`, /^535 /m);
    await raw.ask(`AUTH PLAIN ${Buffer.from('\0us\0pw').toString('base64')}\r\n`, /^235 /m);
    await sent(raw, '1@me');
    assert.equal(mx.connections[0]?.user, 'us');
    assert.ok(!mx.connections[0]?.commands.some((command) => command.includes(' PLAIN ')), 'no secret is kept');
  });

  it('counts the connections that stand at once, and turns away more than it may have', async (t) => {
    const { mx, client } = await scene(t, { mostConnections: 2 });
    const two = [await greeted(await client()), await greeted(await client())];
    await (await client()).until(/^421 4\.7\.0 too many/m);
    assert.equal(mx.most, 3);
    await two[0]?.ask('QUIT\r\n', /^221 /m);
    await greeted(await client());
    assert.equal(mx.connections.at(-1)?.besides, 2, 'who said goodbye does not count');
  });

  it('answers in rounds', async (t) => {
    const barrier = new Barrier(2);
    const { client, elsewhere } = await scene(t, { barrier });
    const [one, other] = [await inData(await greeted(await client())), await inData(await greeted(await client()))];
    one?.write(message('1'));
    await elsewhere.until('one to wait', () => barrier.waiting === 1);
    assert.equal(one?.received, '');
    await other?.ask(message('2'), /^250 /m);
    await one?.until(/^250 /m);
    assert.equal(barrier.rounds, 1);
    barrier.open();
    await sent(one as RawClient, '3');
  });

  it('is as slow as it is told to be', async (t) => {
    const { client } = await scene(t, { slow: { octet: 2 } });
    const began = performance.now();
    const raw = await client();
    const greeting = await raw.until(/^220 .*\r\n/m);
    assert.ok(performance.now() - began >= greeting.length, 'at least so long, whatever the machine does');
  });
});

describe('the DNS of the tests', { skip: lacksLoopbackNetwork }, () => {
  it('leads from a domain to its hosts', async (t) => {
    const elsewhere = await Elsewhere.open(t);
    const hosts: FaultyMx[] = [elsewhere.silentHost('192.0.2.1'), elsewhere.silentHost('2001:db8::102')];
    const [first, second] = hosts as [FaultyMx, FaultyMx];
    assert.equal(second.ip, '127.4.1.2');
    elsewhere.domain('both.example', first, second);
    elsewhere.dns.set('nowhere.example', { mx: [{ preference: 0, host: '' }] });
    elsewhere.dns.set('broken.example', 'servfail');
    elsewhere.dns.set('silent.example', 'silence');
    const resolver = systemResolver({ servers: [elsewhere.dns.address], timeout: 200, tries: 1 });
    assert.deepEqual(
      [...(await resolver.mx('both.example'))].sort((a, b) => a.preference - b.preference),
      [
        { preference: 10, host: first.name },
        { preference: 20, host: second.name },
      ],
    );
    assert.deepEqual(await resolver.addresses(first.name), ['192.0.2.1']);
    assert.deepEqual(await resolver.addresses(second.name), ['2001:db8::102']);
    assert.deepEqual(await resolver.mx('nowhere.example'), [{ preference: 0, host: '' }]);
    assert.deepEqual(await resolver.mx('unknown.example'), []);
    await assert.rejects(resolver.mx('broken.example'), { name: 'DnsTemporary' });
    await assert.rejects(resolver.mx('silent.example'), { name: 'DnsTemporary' });
    assert.ok(elsewhere.dns.asked.includes('MX both.example'));
  });
});
