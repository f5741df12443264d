import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { selfSigned } from '../../platform/node/certificates.ts';
import { httpsPolicyFetcher, type PolicyFetcherOptions } from '../../platform/node/policy-fetcher.ts';
import { dnsOf } from '../delivery/outbound-edge.ts';

const policy = 'version: STSv1\r\nmode: enforce\r\nmx: mx.example.net\r\nmax_age: 60\r\n';
const text = { 'content-type': 'text/plain; charset=utf-8' };
const dns = dnsOf({}, { 'mta-sts.example.net': ['127.0.0.1'] });

/** A web server on loopback with a certificate for `named`, and a fetcher that trusts it. */
async function web(
  t: { after(run: () => Promise<void>): void },
  answer: RequestListener,
  { named = 'mta-sts.example.net', ...options }: PolicyFetcherOptions & { readonly named?: string } = {},
): Promise<{ fetch: () => Promise<string>; readonly asked: string[] }> {
  const { key, certificate } = selfSigned(named, Date.now());
  const asked: string[] = [];
  const server = createServer({ key, cert: certificate }, (request, response) => {
    asked.push(`${request.headers.host} ${request.url}`);
    answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  const { port } = server.address() as AddressInfo;
  const fetcher = httpsPolicyFetcher({ port, ca: certificate, isAllowed: () => true, ...options });
  return { fetch: () => fetcher.fetch('example.net', dns), asked };
}

describe('fetching a policy', () => {
  it('asks the well-known place of the host mta-sts', async (t) => {
    const { fetch, asked } = await web(t, (_request, response) => response.writeHead(200, text).end(policy));
    assert.equal(await fetch(), policy);
    assert.match(asked[0] ?? '', /^mta-sts\.example\.net(?::\d+)? \/\.well-known\/mta-sts\.txt$/);
  });

  it('does not follow redirects, nor take other codes or types', async (t) => {
    const elsewhere = { ...text, location: 'https://mta-sts.example.net/other' };
    for (const [code, headers, said] of [
      [301, elsewhere, /the answer was 301/],
      [404, text, /the answer was 404/],
      [200, { 'content-type': 'text/html' }, /"text\/html" instead of text\/plain/],
    ] as const) {
      const { fetch, asked } = await web(t, (_request, response) => response.writeHead(code, headers).end(policy));
      await assert.rejects(fetch(), said);
      assert.equal(asked.length, 1);
    }
  });

  it('trusts no certificate that it can not check, or that names another', async (t) => {
    const stranger = selfSigned('mta-sts.example.net', Date.now()).certificate;
    for (const options of [{ ca: stranger }, { named: 'www.example.net' }]) {
      const { fetch, asked } = await web(t, (_request, response) => response.writeHead(200, text).end(policy), options);
      await assert.rejects(fetch());
      assert.deepEqual(asked, []);
    }
  });

  it('ends at 64 KB', async (t) => {
    const { fetch } = await web(t, (_request, response) => response.writeHead(200, text).end('x'.repeat(64 * 1024 + 1)));
    await assert.rejects(fetch(), /more than 65536 octets/);
    const most = await web(t, (_request, response) => response.writeHead(200, text).end('x'.repeat(64 * 1024)));
    assert.equal((await most.fetch()).length, 64 * 1024);
  });

  it('ends when its time is over, however little comes now and then', async (t) => {
    const drip: RequestListener = (_request, response) => {
      response.writeHead(200, text);
      const timer = setInterval(() => response.write('x'), 20);
      response.on('close', () => clearInterval(timer));
    };
    const { fetch } = await web(t, drip, { time: 400 });
    await assert.rejects(fetch());
  });

  it('does not go where DNS says it would be this machine', async () => {
    const fetcher = httpsPolicyFetcher();
    await assert.rejects(fetcher.fetch('example.net', dns), /mta-sts\.example\.net has no address/);
    await assert.rejects(fetcher.fetch('nowhere.example', dns), /mta-sts\.nowhere\.example has no address/);
  });
});
