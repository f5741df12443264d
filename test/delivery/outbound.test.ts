import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { HostAddress, Transport } from '../../core/delivery/transport.ts';
import type { RawClient } from '../harness/raw-client.ts';
import { SmtpEdge, until } from '../smtp/smtp-edge.ts';
import { dnsOf, RemoteHost, secretsOf, transportTo } from './outbound-edge.ts';

const oneHost = dnsOf({ 'example.net': [{ preference: 10, host: 'mx.example.net' }] }, { 'mx.example.net': ['192.0.2.1'] });

async function submit(
  client: RawClient,
  to: readonly string[],
  text = 'Subject: out\r\n\r\nhello\r\n..\r\n',
  parameters = '',
): Promise<void> {
  await client.ask(`MAIL FROM:<alice@example.org>${parameters}\r\n`, /^250 /m);
  for (const one of to) await client.ask(`RCPT TO:<${one}>\r\n`, /^250 /m);
  await client.ask('DATA\r\n', /^354 /m);
  await client.ask(`${text}.\r\n`, /^250 /m);
}

interface Scene {
  readonly edge: SmtpEdge;
  readonly client: RawClient;
  readonly asked: HostAddress[];
}

interface SceneOptions {
  readonly dns?: ReturnType<typeof dnsOf>;
  readonly settings?: Record<string, string | number>;
  readonly transport?: Transport;
}

async function scene(
  t: Parameters<typeof SmtpEdge.open>[0],
  ports: Readonly<Record<string, number>>,
  { dns = oneHost, settings = {}, transport }: SceneOptions = {},
): Promise<Scene> {
  const asked: HostAddress[] = [];
  const world = {
    resolver: dns,
    transport: transport ?? transportTo(ports, asked),
    secrets: secretsOf({ relay: 'letmein' }),
  };
  const edge = await SmtpEdge.open(t, { deliver: true, world, settings });
  return { edge, client: await edge.greeted('msa'), asked };
}

/** Does not wait for the sweep. */
const wake = async (edge: SmtpEdge): Promise<void> => edge.runner?.wake(await rowsOf(edge));
/** Without their texts: a row that is just being finished has none any more. */
const rowsOf = (edge: SmtpEdge) => edge.world.spool.list({ limit: 100 });

/** Alice's reports, as they stand in her INBOX. */
async function reportsTo(edge: SmtpEdge, wanted: number): Promise<readonly string[]> {
  await until('the reports to come', async () => (await edge.inbox('alice')).length === wanted);
  return edge.inbox('alice');
}

describe('an outbound session', () => {
  it('hands a message to the best host over TLS, with dots and octets as they were', async (t) => {
    const far = await RemoteHost.open(t);
    const { edge, client } = await scene(t, { '192.0.2.1': far.port });
    await submit(client, ['x@example.net', 'y@example.net'], 'Subject: out\r\n\r\n..dot\r\nd\xe4ta\r\n', ' BODY=8BITMIME');
    await until('it to arrive', () => far.taken.length === 1);
    await until('the spool to be empty', async () => (await rowsOf(edge)).length === 0);
    const [one] = far.taken;
    assert.deepEqual(
      [one?.from, one?.to, one?.secure, one?.bodyType],
      ['alice@example.org', ['x@example.net', 'y@example.net'], true, '8bitmime'],
    );
    assert.ok(one?.text.endsWith('\r\n\r\n.dot\r\nd\xe4ta\r\n'), one?.text);
    await until('the slot to be given back', () => edge.slots.taken === 0);
    assert.deepEqual(edge.failures, []);
  });

  it('delivers many messages over one connection', async (t) => {
    const far = await RemoteHost.open(t);
    const { edge, client } = await scene(t, { '192.0.2.1': far.port }, { settings: { 'outbound/sessions': 1 } });
    edge.slots.full = true;
    for (let i = 0; i < 5; i++) await submit(client, ['x@example.net']);
    await until('the session to be refused a slot', async () => (await rowsOf(edge)).length === 5 && far.connections === 0);
    edge.slots.full = false;
    await wake(edge);
    await until('all to arrive', () => far.taken.length === 5);
    assert.equal(far.connections, 1);
  });

  it('sends in plain to a host whose TLS does not work', async (t) => {
    const far = await RemoteHost.open(t, { maxVersion: 'TLSv1.2', ciphers: 'PSK' });
    const { client, asked } = await scene(t, { '192.0.2.1': far.port });
    await submit(client, ['x@example.net']);
    await until('it to arrive', () => far.taken.length === 1);
    assert.deepEqual([asked.map(({ tls }) => tls), far.taken[0]?.secure], [['opportunistic', 'none'], false]);
  });

  it('takes the next host when one refuses the connection', async (t) => {
    const far = await RemoteHost.open(t);
    const dns = dnsOf(
      {
        'example.net': [
          { preference: 20, host: 'second.example.net' },
          { preference: 10, host: 'first.example.net' },
        ],
      },
      { 'first.example.net': ['192.0.2.8', '192.0.2.9'], 'second.example.net': ['192.0.2.1'] },
    );
    const { client, asked } = await scene(t, { '192.0.2.1': far.port }, { dns });
    await submit(client, ['x@example.net']);
    await until('it to arrive', () => far.taken.length === 1);
    assert.deepEqual(
      asked.map(({ ip }) => ip),
      ['192.0.2.8', '192.0.2.9', '192.0.2.1'],
    );
  });

  it('keeps only the recipients that were put off, and reports those refused for good at once', async (t) => {
    const far = await RemoteHost.open(t, {
      refuses: { 'busy@example.net': { code: 451, text: 'greylisted' }, 'gone@example.net': { code: 550, text: 'no such user' } },
    });
    const { edge, client } = await scene(t, { '192.0.2.1': far.port });
    await submit(client, ['x@example.net', 'busy@example.net', 'gone@example.net']);
    await until('the attempt to end', async () => (await rowsOf(edge)).some(({ attempts }) => attempts === 1));
    const row = (await rowsOf(edge)).find(({ attempts }) => attempts === 1);
    assert.deepEqual(far.taken[0]?.to, ['x@example.net']);
    assert.deepEqual(
      row?.recipients.map(({ address, last }) => [address, last?.host]),
      [['busy@example.net', 'mx.example.net']],
    );
    assert.match(row?.lastError ?? '', /busy@example\.net: 451 .*greylisted; gone@example\.net: 550 .*no such user/);
    assert.deepEqual(
      row?.history.settled.map(({ address, result }) => [address, result]),
      [
        ['x@example.net', 'delivered'],
        ['gone@example.net', 'failed'],
      ],
    );
    assert.equal(row?.held, false);
    assert.ok((row?.nextAttemptAt ?? 0) >= (row?.acceptedAt ?? 0) + 60_000);
    const [report] = await reportsTo(edge, 1);
    assert.match(
      report ?? '',
      /^Final-Recipient: rfc822; gone@example\.net\r\nAction: failed\r\nStatus: 5\.0\.0\r\nRemote-MTA: dns; mx\./m,
    );
    assert.doesNotMatch(report ?? '', /busy@/);
  });

  it('sends again what a host may have taken without saying so, and never loses it', async (t) => {
    const far = await RemoteHost.open(t, { answers: ['vanish'] });
    const { edge, client } = await scene(t, { '192.0.2.1': far.port });
    await submit(client, ['x@example.net']);
    await until('the attempt to end', async () => (await rowsOf(edge))[0]?.attempts === 1);
    const [row] = await rowsOf(edge);
    assert.match(row?.lastError ?? '', /^4\.4\.2 /);
    if (row !== undefined) await edge.world.spool.retry(row.id, edge.world.clock.now());
    await wake(edge);
    await until('it to arrive twice', () => far.taken.length === 2);
    await until('the spool to be empty', async () => (await rowsOf(edge)).length === 0);
  });

  it('goes on with the next message after one was refused', async (t) => {
    const far = await RemoteHost.open(t, { answers: [554, 452] });
    const { edge, client } = await scene(t, { '192.0.2.1': far.port }, { settings: { 'outbound/sessions': 1 } });
    edge.slots.full = true;
    for (let i = 0; i < 3; i++) await submit(client, ['x@example.net']);
    edge.slots.full = false;
    await wake(edge);
    await until('the last to arrive', () => far.taken.length === 1);
    await until('one to stay', async () => (await rowsOf(edge)).length === 1);
    await reportsTo(edge, 1);
    const rows = await rowsOf(edge);
    assert.deepEqual(
      rows.map(({ attempts, held }) => [attempts, held]),
      [[1, false]],
      'the one that was put off',
    );
    assert.equal(far.connections, 1);
  });

  it('tries a domain once for all messages that wait for it', async (t) => {
    const { edge, client, asked } = await scene(t, {});
    edge.slots.full = true;
    for (let i = 0; i < 4; i++) await submit(client, ['x@example.net']);
    edge.slots.full = false;
    await wake(edge);
    await until('all to be put off', async () => (await rowsOf(edge)).every(({ attempts }) => attempts === 1));
    assert.equal(asked.length, 1);
    assert.match((await rowsOf(edge))[3]?.lastError ?? '', /^4\.4\.1 mx\.example\.net\[192\.0\.2\.1\]: ECONNREFUSED/);
  });

  it('is stopped while it connects: the row stays as it was, and so do those behind it', async (t) => {
    let connecting = 0;
    const never: Transport = {
      connect: (_to, signal) => {
        connecting += 1;
        return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      },
    };
    const { edge, client } = await scene(t, {}, { transport: never });
    edge.slots.full = true;
    for (let i = 0; i < 3; i++) await submit(client, ['x@example.net']);
    edge.slots.full = false;
    await wake(edge);
    await until('it to connect', () => connecting === 1);
    await edge.runner?.close();
    const rows = await rowsOf(edge);
    assert.deepEqual(
      rows.map(({ attempts, lastError }) => [attempts, lastError]),
      Array(3).fill([0, undefined]),
    );
    assert.deepEqual(
      rows.map(({ claimedBy }) => claimedBy),
      Array(3).fill(undefined),
    );
    await until('the slot to be given back', () => edge.slots.taken === 0);
  });

  it('does not send again what is out when the store can not note it at once', async (t) => {
    const far = await RemoteHost.open(t);
    const { edge, client } = await scene(t, { '192.0.2.1': far.port });
    const { spool } = edge.world;
    const finish = spool.finish;
    let failures = 0;
    Object.assign(spool, {
      finish: (...args: Parameters<typeof finish>) => (failures++ === 0 ? Promise.reject(new Error('busy')) : finish(...args)),
    });
    await submit(client, ['x@example.net']);
    await until('the spool to be empty', async () => (await rowsOf(edge)).length === 0);
    assert.deepEqual([far.taken.length, failures], [1, 2]);
  });

  it('gives its slot back though saying goodbye to the host fails', async (t) => {
    const broken: Transport = {
      connect: async () => ({
        usable: true,
        limits: {},
        takeDialogue: () => [],
        send: async ({ recipients }) => recipients.map(({ address }) => ({ address, result: 'accepted', reply: '250 ok' })),
        quit: () => Promise.reject(new Error('no goodbye')),
      }),
    };
    const { edge, client } = await scene(t, {}, { transport: broken });
    await submit(client, ['x@example.net']);
    await until('the spool to be empty', async () => (await rowsOf(edge)).length === 0);
    await until('the slot to be given back', () => edge.slots.taken === 0);
  });

  it('reports what nobody will ever take, with the reason', async (t) => {
    const { edge, client } = await scene(t, {}, { dns: dnsOf({ 'example.net': [{ preference: 0, host: '' }] }) });
    await submit(client, ['x@example.net']);
    const [report] = await reportsTo(edge, 1);
    assert.match(report ?? '', /^Status: 5\.1\.10\r\nDiagnostic-Code: X-Mailweir; 5\.1\.10 /m);
    assert.deepEqual(await rowsOf(edge), []);
  });

  it('sends all to a smarthost, with its password only under TLS', async (t) => {
    const relay = await RemoteHost.open(t, {
      onAuth: ({ username, password }, _session, done) => done(null, password === 'letmein' ? { user: username } : {}),
    });
    const settings = { 'outbound/route': 'smarthost', 'outbound/smarthost': '127.0.0.1:2525 relayed secret:relay' };
    const { edge, client, asked } = await scene(t, { '127.0.0.1': relay.port }, { settings });
    await submit(client, ['x@example.net', 'y@example.com']);
    await until('the attempts to end', async () => (await rowsOf(edge)).every(({ attempts }) => attempts === 1));
    // The relay's certificate proves nothing, so neither the password nor the mail goes there.
    assert.equal(relay.taken.length, 0);
    assert.deepEqual([...new Set(asked.map(({ tls }) => tls))], ['starttls-required']);
    assert.match((await rowsOf(edge))[0]?.lastError ?? '', /certificate|altname/i);
  });

  it('sends all to a smarthost without credentials', async (t) => {
    const relay = await RemoteHost.open(t);
    const settings = { 'outbound/route': 'smarthost', 'outbound/smarthost': '127.0.0.1:2525' };
    const { client } = await scene(t, { '127.0.0.1': relay.port }, { settings });
    await submit(client, ['x@example.net', 'y@example.com']);
    await until('both to arrive', () => relay.taken.length === 2);
  });

  it('asks for SMTPUTF8 when the header needs it, and reports the message where that is not offered', async (t) => {
    const modern = await RemoteHost.open(t);
    const old = await RemoteHost.open(t, { hideSMTPUTF8: true });
    const dns = dnsOf({}, { 'example.net': ['192.0.2.1'], 'example.com': ['192.0.2.2'] });
    const { edge, client } = await scene(t, { '192.0.2.1': modern.port, '192.0.2.2': old.port }, { dns });
    await submit(client, ['x@example.net', 'y@example.com'], 'Subject: \xc3\xa4\r\n\r\nx\r\n', ' SMTPUTF8');
    await until('one to arrive', () => modern.taken.length === 1);
    const [report] = await reportsTo(edge, 1);
    assert.equal(modern.taken[0]?.utf8, true);
    assert.match(report ?? '', /^Status: 5\.6\.7\r\n(?!Remote-MTA)/m);
    assert.match(report ?? '', /^Diagnostic-Code: X-Mailweir; 5\.6\.7 /m, 'it was not asked, so it did not say so');
    await submit(client, ['y@example.com'], 'Subject: ascii\r\n\r\nx\r\n', ' SMTPUTF8');
    await until('plain ASCII to arrive', () => old.taken.length === 1);
  });
});
