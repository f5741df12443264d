import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { HostAddress } from '../../core/delivery/transport.ts';
import type { RawMessage } from '../../platform/aws/ses/client.ts';
import { sesService } from '../../platform/aws/ses/sending-service.ts';
import type { RawClient } from '../harness/raw-client.ts';
import { SmtpEdge, until } from '../smtp/smtp-edge.ts';
import { dnsOf, RemoteHost, transportTo } from './outbound-edge.ts';
import { policiesOf } from './route-deps.ts';

const oneHost = (txt: Record<string, readonly string[]> = {}) =>
  dnsOf({ 'example.net': [{ preference: 10, host: 'mx.example.net' }] }, { 'mx.example.net': ['192.0.2.1'] }, txt);

async function submit(client: RawClient, to: string): Promise<void> {
  await client.ask('MAIL FROM:<alice@example.org>\r\n', /^250 /m);
  await client.ask(`RCPT TO:<${to}>\r\n`, /^250 /m);
  await client.ask('DATA\r\n', /^354 /m);
  await client.ask('Subject: out\r\n\r\nhello\r\n.\r\n', /^250 /m);
}

const rowsOf = async (edge: SmtpEdge) => (await edge.spooled()).map(({ row }) => row);

describe('a message that was submitted', () => {
  it('leaves by SES when the route says so; its id there is told by the event that ends the row', async (t) => {
    const sent: RawMessage[] = [];
    const calls = { ready: async () => {}, send: async (message: RawMessage) => `0102-${sent.push(message)}` };
    const ses = sesService({ clock: { sleep: async () => {} }, open: async () => calls });
    const world = { ses, resolver: oneHost(), transport: transportTo({}) };
    const edge = await SmtpEdge.open(t, { deliver: true, world, settings: { 'outbound/route': 'ses' } });
    await submit(await edge.greeted('msa'), 'x@example.net');
    await until('the spool to be empty', async () => (await edge.spooled()).length === 0);
    assert.deepEqual(
      sent.map(({ from, to }) => [from, to]),
      [['alice@example.org', ['x@example.net']]],
    );
    assert.match(Buffer.from(sent[0]?.data ?? []).toString(), /\r\nSubject: out\r\n[\s\S]*\r\n\r\nhello\r\n$/);
    await until('the event', () => JSON.stringify(edge.events).includes('SES has it as 0102-1'));
  });

  it('leaves by the rule for its domain, and all other mail as before', async (t) => {
    const [relay, far] = [await RemoteHost.open(t), await RemoteHost.open(t)];
    const dns = dnsOf({}, { 'example.net': ['192.0.2.1'], 'example.com': ['192.0.2.2'], 'relay.example': ['192.0.2.50'] });
    const world = { resolver: dns, transport: transportTo({ '192.0.2.50': relay.port, '192.0.2.2': far.port }) };
    const settings = { 'route/to/example.net': 'relay.example:2525' };
    const edge = await SmtpEdge.open(t, { deliver: true, world, settings });
    const client = await edge.greeted('msa');
    await submit(client, 'x@example.net');
    await submit(client, 'y@example.com');
    await until('both to arrive', () => relay.taken.length === 1 && far.taken.length === 1);
    assert.deepEqual([relay.taken[0]?.to, far.taken[0]?.to], [['x@example.net'], ['y@example.com']]);
  });

  it('leaves all the same while that policy is tested, and an event tells that the certificate would not do', async (t) => {
    const far = await RemoteHost.open(t);
    const world = {
      resolver: oneHost({ '_mta-sts.example.net': ['v=STSv1; id=1;'] }),
      transport: transportTo({ '192.0.2.1': far.port }),
      policyFetcher: policiesOf({ 'example.net': 'version: STSv1\nmode: testing\nmx: mx.example.net\nmax_age: 86400\n' }),
    };
    const edge = await SmtpEdge.open(t, { deliver: true, world });
    await submit(await edge.greeted('msa'), 'x@example.net');
    await until('it to arrive', () => far.taken.length === 1);
    const told = edge.events.filter(([name]) => name === 'mta-sts-would-refuse').map(([, fields]) => fields);
    assert.deepEqual(told, [{ domain: 'example.net', hosts: 'mx.example.net', reason: 'no TLS with a certificate that names it' }]);
  });

  it('stays here when the MTA-STS policy of its domain is enforced and the host can not show by its certificate who it is', async (t) => {
    const far = await RemoteHost.open(t);
    const asked: HostAddress[] = [];
    const world = {
      resolver: oneHost({ '_mta-sts.example.net': ['v=STSv1; id=1;'] }),
      transport: transportTo({ '192.0.2.1': far.port }, asked),
      policyFetcher: policiesOf({ 'example.net': 'version: STSv1\nmode: enforce\nmx: mx.example.net\nmax_age: 86400\n' }),
    };
    const edge = await SmtpEdge.open(t, { deliver: true, world });
    await submit(await edge.greeted('msa'), 'x@example.net');
    await until('the attempt to end', async () => (await rowsOf(edge))[0]?.attempts === 1);
    assert.deepEqual([...new Set(asked.map(({ tls }) => tls))], ['starttls-required']);
    assert.equal(far.taken.length, 0);
    assert.match((await rowsOf(edge))[0]?.lastError ?? '', /certificate/i);
    assert.equal((await rowsOf(edge))[0]?.held, false);
  });
});
