import { type RequestOptions, request } from 'node:https';
import type { LookupFunction } from 'node:net';
import { isReachable } from '../../core/delivery/host-addresses.ts';
import type { PolicyFetcher } from '../../core/delivery/mta-sts/policy-fetcher.ts';
import type { Resolver } from '../../core/delivery/resolver.ts';
import type { IpAddress } from '../../core/values/network.ts';
import { dnsName } from './dns-name.ts';

export interface PolicyFetcherOptions {
  /** @default 443 */
  readonly port?: number;
  /** PEM of who is trusted. @default - those Node trusts */
  readonly ca?: string;
  /** ms for the whole of it; the mail waits for it. @default 20 s */
  readonly time?: number;
  /** What may be connected to. @default - no address of this machine */
  readonly isAllowed?: (ip: IpAddress) => boolean;
}

const mostOctets = 64 * 1024; // RFC 8461 section 3.3
const path = '/.well-known/mta-sts.txt';

/** HTTPS as RFC 8461 section 3.3 asks for it: the certificate is checked, redirects are not followed. */
export function httpsPolicyFetcher({ time = 20_000, isAllowed = isReachable, ...options }: PolicyFetcherOptions = {}): PolicyFetcher {
  return {
    fetch: (domain, resolver) => {
      const host = dnsName(`mta-sts.${domain}`);
      if (host === undefined) return Promise.reject(new Error('the domain can have no host in DNS'));
      return get({
        ...options,
        host,
        servername: host,
        path,
        agent: false,
        headers: { accept: 'text/plain', 'user-agent': 'mailweir' },
        minVersion: 'TLSv1.2',
        lookup: lookupBy(resolver, isAllowed),
        signal: AbortSignal.timeout(time),
      });
    },
  };
}

function get(options: RequestOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request(options, (response) => {
      const chunks: Buffer[] = [];
      let octets = 0;
      response.on('error', reject);
      response.on('data', (chunk: Buffer) => {
        octets += chunk.length;
        if (octets > mostOctets) asked.destroy(new Error(`more than ${mostOctets} octets`));
        else chunks.push(chunk);
      });
      response.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
      const fault = faultOf(response.statusCode, response.headers['content-type']);
      if (fault !== undefined) asked.destroy(new Error(fault));
    });
    asked.on('error', reject);
    asked.end();
  });
}

function faultOf(status: number | undefined, type: string | undefined): string | undefined {
  if (status !== 200) return `the answer was ${status}`;
  return /^text\/plain\b/i.test(type ?? '')
    ? undefined
    : `the answer was ${JSON.stringify((type ?? 'nothing').slice(0, 60))} instead of text/plain`;
}

/** Node's own would ask the hosts file. */
function lookupBy(resolver: Resolver, isAllowed: (ip: IpAddress) => boolean): LookupFunction {
  return (host, { all }, done) => {
    resolver.addresses(host).then(
      (found) => {
        const addresses = found.filter(isAllowed).map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
        const [first] = addresses;
        if (first === undefined) done(new Error(`${host} has no address`), '');
        else if (all === true) done(null, addresses);
        else done(null, first.address, first.family);
      },
      (error: Error) => done(error, ''),
    );
  };
}
