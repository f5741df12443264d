import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { HostAddress } from '../../core/delivery/transport.ts';
import type { RawClient } from '../harness/raw-client.ts';
import { SmtpEdge, until } from '../smtp/smtp-edge.ts';
import { CountingSink } from './counting-sink.ts';
import { dnsOf, RemoteHost, transportTo } from './outbound-edge.ts';

const shared = [{ preference: 10, host: 'mx.example.net' }];

async function submit(client: RawClient, to: string): Promise<void> {
  await client.ask('MAIL FROM:<alice@example.org>\r\n', /^250 /m);
  await client.ask(`RCPT TO:<${to}>\r\n`, /^250 /m);
  await client.ask('DATA\r\n', /^354 /m);
  await client.ask('Subject: out\r\n\r\nhello\r\n.\r\n', /^250 /m);
}

async function scene(t: Parameters<typeof SmtpEdge.open>[0], port?: number, settings: Record<string, number> = {}) {
  const asked: HostAddress[] = [];
  let questions = 0;
  const dns = dnsOf({ 'example.net': shared, 'example.com': shared }, { 'mx.example.net': ['192.0.2.1'] });
  const mx = (domain: string) => {
    questions += 1;
    return dns.mx(domain);
  };
  const world = { resolver: { ...dns, mx }, transport: transportTo(port === undefined ? {} : { '192.0.2.1': port }, asked) };
  const edge = await SmtpEdge.open(t, { deliver: true, world, settings });
  const errorOf = async (domain: string): Promise<string> =>
    (await edge.spooled()).find(({ row }) => row.nextHop.kind === 'domain' && row.nextHop.domain === domain)?.row.lastError ?? '';
  return { edge, client: await edge.greeted('msa'), asked, errorOf, questions: () => questions };
}

describe('a host that failed', () => {
  it('gets no second connection, whatever is queued for it, of whatever domain', async (t) => {
    const { edge, client, asked, errorOf, questions } = await scene(t);
    await submit(client, 'x@example.net');
    await until('the attempt to end', async () => (await errorOf('example.net')) !== '');
    await submit(client, 'x@example.com');
    await until('the other attempt to end', async () => (await errorOf('example.com')) !== '');
    await submit(client, 'y@example.net');
    await until('the third to end', async () => (await edge.spooled()).every(({ row }) => row.lastError !== undefined));
    assert.deepEqual([asked.length, questions()], [1, 2], 'one connection, and the DNS of each domain once');
    assert.match(await errorOf('example.com'), /^4\.4\.1 mx\.example\.net\[192\.0\.2\.1\]: failed, not tried before .*: connect: /);
    assert.ok(edge.events.some(([name]) => name === 'host-failed'));
  });

  it('is held by an operator: nothing is sent to the domain, and its DNS is not asked', async (t) => {
    const far = await RemoteHost.open(t);
    const { edge, client, errorOf, questions } = await scene(t, far.port);
    const peer = { kind: 'hop', domain: 'example.net' } as const;
    await edge.world.failures.hold(peer, 'example.net', 'they asked us to wait', edge.world.clock.now());
    await submit(client, 'x@example.net');
    await until('the row to be put off', async () => (await errorOf('example.net')) !== '');
    assert.match(await errorOf('example.net'), /held by an operator: they asked us to wait/);
    assert.deepEqual([far.connections, questions()], [0, 0]);
  });
});

describe('a host that bears fewer connections than there are sessions', () => {
  it('gets all its mail over those it takes: it is not left alone, and what it bears is learnt', async (t) => {
    const gate = Promise.withResolvers<void>();
    t.after(async () => gate.resolve());
    const sink = await CountingSink.open(t, { bears: 2, answers: gate.promise });
    const { edge, client } = await scene(t, sink.port, { 'outbound/sessions': 5 });
    edge.slots.full = true;
    for (let i = 0; i < 12; i += 1) await submit(client, 'x@example.net');
    edge.slots.full = false;
    edge.runner?.wake((await edge.spooled()).map(({ row }) => row));
    await until('the others to be refused and to leave', () => sink.refused > 0 && edge.slots.taken === 2);
    gate.resolve();
    await until('all to arrive', () => sink.messages === 12);
    await until('the spool to be empty', async () => (await edge.spooled()).length === 0);
    const { failures, caps } = await edge.world.failures.list(9);
    assert.deepEqual([failures, caps.length, sink.most], [[], 1, 2]);
  });
});
